package propose

import (
	"fmt"
	"slices"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/scripts/internal/viewaudit/algebra"
	"example.com/rollcall/scripts/internal/viewaudit/resolve"
	"example.com/rollcall/shared/partition"
)

// Model is a proposed model.
type Model struct {
	Name        string
	View        *resolve.View // that it is made from
	Replaces    []string      // the titles of the views whose rows it holds
	Grain       partition.Grain
	PartitionBy string   // of an incremental model; empty: a table
	UniqueKey   []string // nil: none is known
	Inputs      []Input
	Columns     []Column
	Notes       []Note
	Unknown     []*resolve.Table // that it reads and that Rollcall does not have
	Faults      []string         // what modelc has against it as it stands
	SQL         string
	Stands      bool // the project has it already: only Name and Columns' names count

	marked map[algebra.Place]bool // the places in views of which it reads the partition alone
	window []window               // the days that the view asked for, of which the model has more
	loose  bool                   // some of what it reads so is read otherwise too, in one place: its rows have to be chosen
}

// Input is a table with its mappings, as the header writes them.
type Input struct {
	Table    string
	Mappings []string
}

// Column is a column of a proposed model.
type Column struct {
	Name        string
	Description string
	NotNull     bool
	of          string // the view's column, in lower case
}

// Table is the model's table.
func (m *Model) Table() string { return "mart." + m.Name }

// from is the model's table in a FROM. A table whose column has its name needs another: the name alone would be the row's.
func (m *Model) from() string {
	if slices.ContainsFunc(m.Columns, func(c Column) bool { return c.Name == m.Name }) {
		return m.Table() + " AS given"
	}
	return m.Table()
}

// Incremental reports whether each run writes a partition, rather than the whole table.
func (m *Model) Incremental() bool { return m.PartitionBy != "" }

// column is what the model calls a column of the view.
func (m *Model) column(of string) string {
	for _, c := range m.Columns {
		if c.of == of {
			return c.Name
		}
	}
	return of
}

func (m *Model) note(v *resolve.View, pos diag.Pos, decide bool, format string, args ...any) {
	n := Note{v.File, pos, fmt.Sprintf(format, args...), decide}
	if !slices.Contains(m.Notes, n) {
		m.Notes = append(m.Notes, n)
	}
}

// model proposes the model of a view that leads.
func (p *planner) model(f *Fate) *Model {
	v := f.View
	m := &Model{Name: p.name(v), View: v}
	f.Model = m
	for _, o := range p.plan.Fates {
		if o == f && v.Made == nil || o.Of == f {
			m.Replaces = append(m.Replaces, o.View.Title())
		}
	}
	date := p.slice(m)
	m.columns(p)
	if date != "" {
		m.PartitionBy = m.column(date)
	}
	e := &editor{planner: p, model: m, mappings: map[string][]mapping{}}
	m.SQL = e.query(v)
	m.SQL = p.named(m, m.SQL)
	if m.loose && m.Incremental() {
		m.SQL = "SELECT *\nFROM (\n" + m.SQL + "\n)\nWHERE " + e.bound(m.PartitionBy, m.Grain, true)
	}
	m.Inputs = e.inputs()
	if p.stands(m) {
		return m
	}
	m.key(p)
	if v.Opaque != "" {
		m.note(v, v.At(0), true, "%s is not looked into here, so it is not known whether another view is the same, and which "+
			"partitions matter", v.Opaque)
	}
	return m
}

// unit is what a grain's partitions are called.
func unit(grain partition.Grain) string {
	if grain == partition.Monthly {
		return "month"
	}
	return "day"
}

// slice decides the model's grain, and the view's column that is the date of its partitions; "" when there is none.
func (p *planner) slice(m *Model) (date string) {
	r := m.View.Relation
	m.Grain, m.marked = p.grain(m.View, map[*resolve.View]bool{}), map[algebra.Place]bool{}
	if r == nil {
		return ""
	}
	most := 0
	for _, c := range r.Columns {
		grain, ok := newSlicer(p.tables, "").dateOf(c.Expr)
		if !ok {
			continue
		}
		s := newSlicer(p.tables, grain)
		if s.restrict(r.Block, c.Expr) && s.settled(r.Block) && len(s.marked) > most {
			most, date, m.Grain, m.marked = len(s.marked), c.Name, grain, s.whole(r)
			m.loose = false
			for t := range s.marked {
				m.loose = m.loose || !m.marked[t.Place]
			}
		}
	}
	if date == "" {
		s := newSlicer(p.tables, m.Grain)
		s.snapshots(r.Block)
		m.marked = s.whole(r)
	}
	return date
}

// grain is daily, unless all that a view reads is monthly.
func (p *planner) grain(v *resolve.View, seen map[*resolve.View]bool) partition.Grain {
	if seen[v] {
		return partition.Monthly
	}
	seen[v] = true
	grain := partition.Monthly
	for _, in := range v.Reads {
		of := in.Table.Grain
		if in.View != nil {
			if m := p.fates[in.View].holder(); m != nil {
				of = m.Grain
			} else {
				of = p.grain(in.View, seen)
			}
		}
		if of != partition.Monthly {
			grain = partition.Daily
		}
	}
	if len(v.Reads) == 0 {
		return partition.Daily
	}
	return grain
}
