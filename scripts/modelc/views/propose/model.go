package propose

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"example.com/rollcall/scripts/modelc/fault"
	"example.com/rollcall/scripts/modelc/views/algebra"
	"example.com/rollcall/scripts/modelc/views/read"
	"example.com/rollcall/scripts/modelc/views/resolve"
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

func (m *Model) note(v *resolve.View, pos fault.Pos, decide bool, format string, args ...any) {
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
		if o == f || o.Of == f {
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

var (
	prefix = regexp.MustCompile(`^(v|vw|view|vista)_`)
	suffix = regexp.MustCompile(`_(v|vw|view)$`)
	camel  = regexp.MustCompile(`([a-z0-9])([A-Z])`)
	other  = regexp.MustCompile(`[^a-z0-9_]+`)
	many   = regexp.MustCompile(`__+`)
)

// snake is a name in lower snake case.
func snake(name string) string {
	name = other.ReplaceAllString(strings.ToLower(camel.ReplaceAllString(name, "${1}_$2")), "_")
	name = strings.Trim(many.ReplaceAllString(name, "_"), "_")
	if name == "" || name[0] < 'a' {
		name = "x_" + name
	}
	return strings.TrimRight(name[:min(len(name), 100)], "_")
}

// name is a name for a view's model that no other has.
func (p *planner) name(v *resolve.View) string {
	dataset, view, _ := strings.Cut(v.Name, ".")
	short := suffix.ReplaceAllString(prefix.ReplaceAllString(snake(view), ""), "")
	long := snake(dataset + "_" + short)
	name := short
	for i := 2; p.names[name]; i++ {
		name = long
		if dataset == read.NoDataset || p.names[name] {
			name = fmt.Sprintf("%s_%d", short, i)
		}
	}
	p.names[name] = true
	return name
}

// columns gives the model the view's columns, under names that a model's can have.
func (m *Model) columns(p *planner) {
	used := map[string]bool{}
	for i, c := range m.View.Columns {
		name := snake(c.Name)
		if p.settings.Reserved(name) || strings.HasPrefix(name, "sha256") {
			name += "_value"
		}
		for used[name] {
			name += "_2"
		}
		used[name] = true
		column := Column{Name: name, of: strings.ToLower(c.Name)}
		column.Description = m.describe(p, i)
		m.Columns = append(m.Columns, column)
		if name != c.Name {
			m.note(m.View, m.View.At(0), false, "the column %s is called %s, as a model's columns are", c.Name, name)
		}
	}
}

// describe says of a column what its view says, or where it comes from, or how the view makes it.
func (m *Model) describe(p *planner, i int) string {
	c := m.View.Columns[i]
	if c.Description != "" {
		return c.Description
	}
	if m.View.Relation != nil && len(c.Lineage) == 1 && base(m.View.Relation.Columns[i].Expr) != nil {
		from := c.Lineage[0]
		if t := p.tables[from.Table]; t != nil {
			if column := t.Column(from.Column); column != nil && column.Description != "" {
				return column.Description
			}
		}
		return from.Column + " of " + from.Table + "."
	}
	expr := m.View.Item(i)
	if expr != nil && expr.Kind == "PathExpression" {
		path := expr.Path()
		for _, in := range m.View.Reads {
			if in.View == nil {
				continue
			}
			holder := p.fates[in.View].holder()
			k := slices.IndexFunc(in.View.Columns, func(o resolve.Output) bool { return strings.EqualFold(o.Name, path[len(path)-1]) })
			if k < 0 || holder == nil || holder.View != in.View {
				continue
			}
			return holder.Columns[k].Description
		}
	}
	const most = 200
	if expr != nil && expr.Kind != "PathExpression" && expr.End-expr.Start <= most {
		return strings.Join(strings.Fields(m.View.SQL[expr.Start:expr.End]), " ") + "."
	}
	return "As the view " + m.View.Title() + " made it."
}

// base is the column of a table that an expression hands on, nil when it is anything else.
func base(e *algebra.Expr) *algebra.Expr {
	switch {
	case e.Op == "ref" && e.Source.Kind == algebra.Table:
		return e
	case e.Op == "ref" && len(e.Args) == 1:
		return base(e.Args[0])
	}
	return nil
}
