package viewaudit

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/scripts/internal/googlesql"
	"example.com/rollcall/scripts/internal/viewaudit/algebra"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
)

// Origin says where the columns of a table come from.
type Origin string

// The origins of tables.
const (
	OfProject Origin = "project"   // a raw table or a model of this project
	Described Origin = "described" // in INFORMATION_SCHEMA.COLUMNS
	Guessed   Origin = "guessed"   // from how the views use them
	OfView    Origin = "view"
)

// Table is a table or view that views read.
type Table struct {
	Name        string // dataset.table
	Origin      Origin
	Columns     []Column
	Grain       partition.Grain
	PartitionBy string // empty: not partitioned, or unknown
	Like        string // of a guessed table: one that is known, whose name differs only in case; empty: none
}

// Column is a column of a table.
type Column struct {
	Name        string
	Type        string // as GoogleSQL writes it
	Required    bool
	Description string
}

// Column returns the column with the given name, ignoring case, or nil.
func (t *Table) Column(name string) *Column {
	i := slices.IndexFunc(t.Columns, func(c Column) bool { return strings.EqualFold(c.Name, name) })
	if i < 0 {
		return nil
	}
	return &t.Columns[i]
}

// View is a view with its meaning.
type View struct {
	*Definition
	Name       string          // by which it is compared, see names
	Tree       *googlesql.Node // of the query
	Reads      []Read          // in the order of the text
	Columns    []Output
	QueryNames []string          // names of the columns in the query itself, which CREATE VIEW can change; "": none
	Relation   *algebra.Relation // nil when the query cannot be compared
	Opaque     string            // the construct because of which Relation is nil

	ranges func(table string) []algebra.Range // that a model reads of a table; nil for a view, which reads whole tables
}

// Title returns the view's name for people.
func (v *View) Title() string {
	if v.MadeFrom != nil {
		return strings.Join(v.MadeFrom, " and ")
	}
	return strings.TrimPrefix(v.Name, noDataset+".")
}

func (v *View) columnNames() []string {
	names := make([]string, len(v.Columns))
	for i, c := range v.Columns {
		names[i] = c.Name
	}
	return names
}

// Output is a column that a view returns.
type Output struct {
	Column
	Lineage []manifest.ColumnRef // the table columns that it is computed from, through views
}

// Read is a place where a view reads a table.
type Read struct {
	Path  *googlesql.Node // the table's path in the tree
	Table *Table
	View  *View // when it is a view
}

// Result describes a number of views.
type Result struct {
	Views  []*View           // each after those that it reads, and otherwise by name
	Tables map[string]*Table // the tables and views that they read
	Shared []SharedName      // the names that several projects have
}

// resolve determines what views read and return. It type-checks each view in dependency order and brings it
// into a form that can be compared. tables are the known tables; renamed maps old names of tables to those in
// tables; ranges returns what the views read of a table, and is nil if they read whole tables. Columns of unknown tables
// are guessed from how the views use them. Views that GoogleSQL rejects, views that read them, and those that the audit
// itself cannot read, are findings.
func resolve(
	found []*Definition, tables []*Table, renamed map[string]string, ranges func(table string) []algebra.Range,
) (*Result, diag.List) {
	r := &resolver{
		renamed: renamed, tables: map[string]*Table{}, byName: map[string]*View{}, state: map[*View]int{},
		result: &Result{Tables: map[string]*Table{}},
	}
	for _, t := range tables {
		r.tables[t.Name] = t
	}
	var parsed []*View
	for _, d := range found {
		v := &View{Definition: d, ranges: ranges}
		var err error
		if v.Tree, err = googlesql.Parse(d.SQL); err != nil { // readDefinitions has parsed it before
			r.find(v, v.At(0), "the audit cannot read it: %v", err)
			continue
		}
		parsed = append(parsed, v)
	}
	r.names, r.result.Shared = newNames(parsed, renamed)
	for _, v := range parsed {
		v.Name = r.names.of(v.Project, v.Definition.Name)
		if first := r.byName[v.Name]; first != nil {
			r.find(v, v.At(0), "view %s is ignored: it is already defined in %s", v.Title(), first.File)
			continue
		}
		r.views = append(r.views, v)
		r.byName[v.Name] = v
	}
	slices.SortFunc(r.views, func(a, b *View) int { return cmp.Compare(a.Name, b.Name) })
	for _, v := range r.views {
		r.findReads(v)
	}
	for _, v := range r.views {
		r.visit(v)
	}
	r.analyzeGuesses()
	return r.result, r.findings
}

// analyzeGuesses analyzes the views of guessed tables again, because later views may have changed the
// guesses.
func (r *resolver) analyzeGuesses() {
	kept := r.result.Views
	r.result.Views = nil
	for _, v := range kept {
		if !v.guesses() || r.analyze(v) {
			r.result.Views = append(r.result.Views, v)
		}
	}
}

type resolver struct {
	renamed  map[string]string
	names    names
	tables   map[string]*Table // by name, including guessed ones
	views    []*View
	byName   map[string]*View
	state    map[*View]int
	trail    []*View
	analyzed int
	result   *Result
	findings diag.List
}

func (r *resolver) find(v *View, pos diag.Pos, format string, args ...any) {
	r.findings.Add(v.File, pos, format, args...)
}

// The states of a view.
const (
	visiting = 1 + iota // meeting it again is a cycle
	resolved
	rejected
)

// visit resolves a view after those that it reads.
func (r *resolver) visit(v *View) {
	if r.state[v] != 0 {
		return
	}
	r.state[v] = visiting
	r.trail = append(r.trail, v)
	state := resolved
	for _, in := range v.Reads {
		if in.View == nil {
			continue
		}
		if r.state[in.View] == visiting {
			r.find(v, v.At(in.Path.Start), "views read each other in a cycle: %s", r.cycle(in.View))
			state = rejected
			continue
		}
		r.visit(in.View)
		if r.state[in.View] == rejected && state == resolved {
			r.find(v, v.At(in.Path.Start), "the view %s, which it reads, could not be read", in.View.Title())
			state = rejected
		}
	}
	r.trail = r.trail[:len(r.trail)-1]
	if state == resolved && !r.analyze(v) {
		state = rejected
	}
	r.state[v] = state
	if state == resolved {
		r.result.Views = append(r.result.Views, v)
		for _, in := range v.Reads {
			r.result.Tables[in.Table.Name] = in.Table
		}
	}
}

func (r *resolver) cycle(back *View) string {
	var names []string
	for _, v := range r.trail[slices.Index(r.trail, back):] {
		names = append(names, v.Title())
	}
	return strings.Join(append(names, back.Title()), " → ")
}

// Guesses returns the tables whose columns are guessed, by name.
func (r *Result) Guesses() (tables []*Table) {
	for _, name := range slices.Sorted(maps.Keys(r.Tables)) {
		if t := r.Tables[name]; t.Origin == Guessed {
			tables = append(tables, t)
		}
	}
	return tables
}

// Item returns the expression of the i-th column in the query's own SELECT list, or nil when the list does
// not match the columns one to one.
func (v *View) Item(i int) *googlesql.Node {
	list := v.Tree.Child("Query")
	for _, kind := range []string{"Select", "SelectList"} {
		if list != nil {
			list = list.Child(kind)
		}
	}
	if list == nil || len(list.Children) != len(v.Columns) || list.Parent.Child("SelectAs") != nil {
		return nil
	}
	return list.Children[i].Children[0]
}

// resolveModel returns the relation of a model's query, with its inputs restricted as the compiler does; nil if it cannot
// be compared.
func resolveModel(name, sql string, inputs []manifest.Input, tables []*Table) *algebra.Relation {
	ranges := func(table string) (list []algebra.Range) {
		i := slices.IndexFunc(tables, func(t *Table) bool { return t.Name == table })
		for _, in := range inputs {
			if i < 0 || in.Table != table || tables[i].PartitionBy == "" {
				continue
			}
			from, until := in.Parameters()
			list = append(list, algebra.Range{
				Column: tables[i].PartitionBy, From: from, Until: until, One: in.Mapping == manifest.Same,
			})
		}
		return list
	}
	v := &Definition{Name: "alone." + name, File: name, Text: sql, SQL: sql}
	result, findings := resolve([]*Definition{v}, tables, nil, ranges)
	if len(findings) > 0 {
		return nil // compile reports the error
	}
	return result.Views[0].Relation
}

// projectTable returns a raw table or a model of this project.
func projectTable(t googlesql.Table) *Table {
	table := &Table{Name: t.Name, Origin: OfProject, Grain: t.Grain, PartitionBy: t.PartitionBy}
	for _, f := range t.Schema {
		typ := string(f.Type)
		if f.Mode == schema.Repeated {
			typ = "ARRAY<" + typ + ">"
		}
		table.Columns = append(table.Columns, Column{f.Name, typ, f.Mode == schema.Required, f.Description})
	}
	return table
}
