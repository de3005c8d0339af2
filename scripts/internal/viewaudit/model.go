package viewaudit

import (
	"fmt"
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/scripts/internal/viewaudit/algebra"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// Model is a proposed model.
type Model struct {
	Name        string
	View        *View    // that it is made from
	Replaces    []string // the titles of the views whose rows it holds
	Grain       partition.Grain
	PartitionBy string           // of an incremental model; empty: a table
	UniqueKey   []string         // nil: unknown
	Inputs      []manifest.Input // by table
	Columns     []ModelColumn
	Notes       []Note
	Unknown     []UnknownTable
	Findings    []string // the errors that modelc finds in it
	SQL         string
	Existing    bool // the project has it already: only Name and the names of Columns are used

	lags    map[algebra.Place]int // how many partitions before its own it needs of the table that a place in a view reads
	windows []window              // the days that the view asked for; the model has more
}

// lag returns how many partitions before its own the model needs of the table that a place in a view reads.
func (m *Model) lag(place algebra.Place) int {
	if lag, ok := m.lags[place]; ok {
		return lag
	}
	return everything
}

// UnknownTable is a table that a model reads and the project does not have.
type UnknownTable struct {
	Name string
	As   string // its name in the model
}

// listed returns the inputs that the header lists: those whose mapping is not same.
func (m *Model) listed() []manifest.Input {
	return slices.DeleteFunc(slices.Clone(m.Inputs), func(in manifest.Input) bool { return in.Mapping == manifest.Same })
}

// ModelColumn is a column of a proposed model.
type ModelColumn struct {
	Name        string
	Description string
	NotNull     bool
	of          string // the view's column, in lower case
}

// Table returns the name of the model's table.
func (m *Model) Table() string { return "mart." + m.Name }

// from returns the model's table for FROM. A table with a column of the same name needs an alias; otherwise
// the name would mean the row.
func (m *Model) from() string {
	if slices.ContainsFunc(m.Columns, func(c ModelColumn) bool { return c.Name == m.Name }) {
		return m.Table() + " AS given"
	}
	return m.Table()
}

// Incremental reports whether each run writes one partition instead of the whole table.
func (m *Model) Incremental() bool { return m.PartitionBy != "" }

// column returns the model's name for a column of the view.
func (m *Model) column(of string) string {
	for _, c := range m.Columns {
		if c.of == of {
			return c.Name
		}
	}
	return of
}

func (m *Model) note(v *View, pos diag.Pos, decide bool, format string, args ...any) {
	n := Note{v.File, pos, fmt.Sprintf(format, args...), decide}
	if !slices.Contains(m.Notes, n) {
		m.Notes = append(m.Notes, n)
	}
}

// model proposes the model of a view that leads.
func (p *planner) model(f *Placement) *Model {
	v := f.View
	m := &Model{Name: p.name(v), View: v}
	f.Model = m
	for _, o := range p.plan.Placements {
		if o == f && v.MadeFrom == nil || o.Of == f {
			m.Replaces = append(m.Replaces, o.View.Title())
		}
	}
	date := p.slice(m)
	m.setColumns(p)
	if date != "" {
		m.PartitionBy = m.column(date)
	}
	e := &editor{planner: p, model: m, reached: map[string]reach{}}
	m.SQL = e.query(v)
	names := make([]string, len(m.Columns))
	for i, c := range m.Columns {
		names[i] = c.Name
	}
	m.SQL = p.renamed(m.SQL, v.columnNames(), names)
	if m.Incremental() && e.readsMore() {
		m.SQL = fmt.Sprintf("SELECT *\nFROM (\n%s\n)\nWHERE %s = @partition_date", m.SQL, m.PartitionBy)
	}
	m.Inputs = e.inputs()
	if p.findExisting(m) {
		return m
	}
	m.setKey(p)
	if v.Opaque != "" {
		m.note(v, v.At(0), true, "%s is not compared, so it is unknown whether another view is the same, "+
			"and which partitions the model needs", v.Opaque)
	}
	return m
}

// unit returns the word for one partition of a grain.
func unit(grain partition.Grain) string {
	if grain == partition.Monthly {
		return "month"
	}
	return "day"
}

// slice sets the model's grain and returns the view's column that is the date of its partitions, "" when
// there is none.
func (p *planner) slice(m *Model) (date string) {
	r := m.View.Relation
	m.Grain = p.grain(m.View, map[*View]bool{})
	if r == nil {
		return ""
	}
	for _, grain := range []partition.Grain{partition.Daily, partition.Monthly} {
		for _, c := range r.Columns {
			s := newSlicer(p.tables, grain)
			if of, ok := s.grainOf(c.Expr); ok && of == grain && s.incremental(r, c.Expr) {
				m.Grain, m.lags, m.windows = grain, s.places(r), s.windows
				return c.Name
			}
		}
	}
	s := newSlicer(p.tables, m.Grain)
	s.bound(r.Block)
	m.lags = s.places(r)
	return ""
}

// grain is monthly if everything that a view reads is monthly, and otherwise daily.
func (p *planner) grain(v *View, seen map[*View]bool) partition.Grain {
	if seen[v] {
		return partition.Monthly
	}
	seen[v] = true
	grain := partition.Monthly
	for _, in := range v.Reads {
		of := in.Table.Grain
		if in.View != nil {
			if m := p.placements[in.View].holder(); m != nil {
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

// setKey sets the unique key: the columns that the view groups by, if it returns all of them. Otherwise, it
// guesses a key where one is needed.
func (m *Model) setKey(p *planner) {
	defer m.notNull(p)
	r := m.View.Relation
	if r != nil && len(r.Block.Sources) == 1 && r.Block.Sources[0].Kind == algebra.Group {
		if key, ok := m.grouped(r.Block.Sources[0]); ok {
			m.UniqueKey = key
			return
		}
	}
	if !m.Incremental() {
		return
	}
	m.UniqueKey = []string{m.PartitionBy}
	names := func(keep func(i int, name, typ string) bool) {
		for i, c := range m.Columns {
			if keep(i, c.Name, m.View.Columns[i].Type) && !slices.Contains(m.UniqueKey, c.Name) {
				m.UniqueKey = append(m.UniqueKey, c.Name)
			}
		}
	}
	names(func(i int, name, typ string) bool {
		isID := name == "id" || strings.HasSuffix(name, "_id")
		return isID && (typ == "STRING" || typ == "INT64") && (r == nil || base(r.Columns[i].Expr) != nil)
	})
	if len(m.UniqueKey) == 1 { // columns that are not numbers usually identify the row
		names(func(_ int, _, typ string) bool { return typ == "STRING" || typ == "DATE" || typ == "BOOL" })
	}
	m.note(m.View, m.View.At(0), true, "unique_key is a guess, [%s]: the view does not show which columns "+
		"identify its rows; the audit fails if it is wrong", strings.Join(m.UniqueKey, ", "))
}

// grouped returns the columns that are a group's keys. It reports false when one is not returned, or there
// are no keys.
func (m *Model) grouped(group *algebra.Source) (key []string, ok bool) {
	for _, k := range group.Keys {
		i := slices.IndexFunc(m.View.Relation.Columns, func(c algebra.Column) bool {
			return c.Expr.Op == "ref" && c.Expr.Source == group && algebra.Equal(c.Expr.Args[0], k)
		})
		if i < 0 || m.View.Columns[i].Type == "FLOAT64" || m.View.Columns[i].Type == "JSON" {
			return nil, false
		}
		if name := m.Columns[i].Name; !slices.Contains(key, name) {
			key = append(key, name)
		}
	}
	if m.Incremental() && !slices.Contains(key, m.PartitionBy) {
		key = append([]string{m.PartitionBy}, key...)
	}
	return key, len(key) > 0
}

// notNull adds a test to the partition's date, and to the keys whose source columns are never NULL.
func (m *Model) notNull(p *planner) {
	for i := range m.Columns {
		c := &m.Columns[i]
		c.NotNull = c.Name == m.PartitionBy
		if m.View.Relation == nil || !slices.Contains(m.UniqueKey, c.Name) {
			continue
		}
		from := m.View.Relation.Columns[i].Expr
		if column := base(from); column != nil && always(from) {
			if of := p.tables[column.Source.Table].Column(column.Name); of != nil && of.Required {
				c.NotNull = true
			}
		}
	}
}

// always reports whether there is no outer join between a table's column and an expression that returns it.
func always(e *algebra.Expr) bool {
	for e.Op == "ref" && len(e.Args) == 1 {
		if e.Source.Kind == algebra.Optional || e.Source.Kind == algebra.Full {
			return false
		}
		e = e.Args[0]
	}
	return true
}

// setColumns gives the model the view's columns, under names that are allowed in a model.
func (m *Model) setColumns(p *planner) {
	used := map[string]bool{}
	for i, c := range m.View.Columns {
		name := snake(c.Name)
		if p.settings.reserved(name) || strings.HasPrefix(name, "sha256") {
			name += "_value"
		}
		for used[name] {
			name += "_2"
		}
		used[name] = true
		column := ModelColumn{Name: name, of: strings.ToLower(c.Name)}
		column.Description = m.describe(p, i)
		m.Columns = append(m.Columns, column)
		if !strings.EqualFold(name, c.Name) { // names of columns are not case-sensitive in BigQuery
			m.note(m.View, m.View.At(0), false,
				"the column %s is renamed to %s: names in models are lower snake case", c.Name, name)
		}
	}
}

// describe returns the description of a column: from the view, from the column that it returns, or the view's
// expression.
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
			holder := p.placements[in.View].holder()
			k := slices.IndexFunc(in.View.Columns, func(o Output) bool {
				return strings.EqualFold(o.Name, path[len(path)-1])
			})
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
	return "Computed as in the view " + m.View.Title() + "."
}

// base returns the column of a table that an expression returns unchanged, nil for any other expression.
func base(e *algebra.Expr) *algebra.Expr {
	switch {
	case e.Op == "ref" && e.Source.Kind == algebra.Table:
		return e
	case e.Op == "ref" && len(e.Args) == 1:
		return base(e.Args[0])
	}
	return nil
}
