package viewaudit

import (
	"cmp"
	"fmt"
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
	Tree       *googlesql.Node // of the query
	Reads      []Read          // in the order of the text
	Columns    []Output
	QueryNames []string          // names of the columns in the query itself, which CREATE VIEW can change; "": none
	Relation   *algebra.Relation // nil when the query cannot be compared
	Opaque     string            // the construct because of which Relation is nil
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
}

// Resolve determines what views read and return. It type-checks each view in dependency order and brings it
// into a form that can be compared. tables are the known tables; renamed maps old names of tables to those in
// tables. Columns of unknown tables are guessed from how the views use them. Views that GoogleSQL rejects,
// and views that read them, are findings.
func Resolve(found []*Definition, tables []*Table, renamed map[string]string) (*Result, diag.List, error) {
	r := &resolver{
		renamed: renamed, tables: map[string]*Table{}, byName: map[string]*View{}, state: map[*View]int{},
		result: &Result{Tables: map[string]*Table{}},
	}
	for _, t := range tables {
		r.tables[strings.ToLower(t.Name)] = t
	}
	for _, v := range found {
		view := &View{Definition: v}
		r.views = append(r.views, view)
		r.byName[strings.ToLower(v.Name)] = view
	}
	slices.SortFunc(r.views, func(a, b *View) int { return cmp.Compare(a.Name, b.Name) })
	for _, v := range r.views {
		if err := r.findReads(v); err != nil {
			return nil, nil, err
		}
	}
	for _, v := range r.views {
		if err := r.visit(v); err != nil {
			return nil, nil, err
		}
	}
	err := r.analyzeGuesses()
	return r.result, r.findings, err
}

// analyzeGuesses analyzes the views of guessed tables again, because later views may have changed the
// guesses.
func (r *resolver) analyzeGuesses() error {
	kept := r.result.Views
	r.result.Views = nil
	for _, v := range kept {
		if v.guesses() {
			ok, err := r.analyze(v)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
		}
		r.result.Views = append(r.result.Views, v)
	}
	return nil
}

type resolver struct {
	renamed  map[string]string
	tables   map[string]*Table // by lower-case name, including guessed ones
	views    []*View
	byName   map[string]*View // likewise
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
func (r *resolver) visit(v *View) error {
	if r.state[v] != 0 {
		return nil
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
		if err := r.visit(in.View); err != nil {
			return err
		}
		if r.state[in.View] == rejected && state == resolved {
			r.find(v, v.At(in.Path.Start), "the view %s, which it reads, could not be read", in.View.Title())
			state = rejected
		}
	}
	r.trail = r.trail[:len(r.trail)-1]
	if state == resolved {
		ok, err := r.analyze(v)
		if err != nil {
			return err
		}
		if !ok {
			state = rejected
		}
	}
	r.state[v] = state
	if state == resolved {
		r.result.Views = append(r.result.Views, v)
		for _, in := range v.Reads {
			r.result.Tables[in.Table.Name] = in.Table
		}
	}
	return nil
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

// findReads finds the tables that a view's query reads. An unknown name becomes a guessed table.
func (r *resolver) findReads(v *View) error {
	tree, err := googlesql.Parse(v.SQL)
	if err != nil { // readDefinitions has parsed it before
		return fmt.Errorf("%s: %w", v.File, err)
	}
	v.Tree = tree
	with, aliases := map[string]bool{}, map[string]bool{}
	tree.Walk(func(n *googlesql.Node) {
		switch n.Kind {
		case "AliasedQuery":
			with[strings.ToLower(n.Children[0].Value)] = true
		case "TablePathExpression":
			aliases[strings.ToLower(Alias(n))] = true
		}
	})
	tree.Walk(func(n *googlesql.Node) {
		path := n.Child("PathExpression")
		if n.Kind != "TablePathExpression" || path == nil {
			return
		}
		parts := path.Path()
		first := strings.ToLower(parts[0])
		if len(parts) == 1 && with[first] {
			return
		}
		in := r.lookup(v, parts)
		if in.Table == nil && len(parts) > 1 && (aliases[first] || with[first]) {
			return // an array of a table before it
		}
		if in.Table == nil {
			in.Table = r.known(tableName(parts, v.dataset()), Guessed)
		}
		in.Path = path
		v.Reads = append(v.Reads, in)
	})
	return nil
}

// Alias returns the name of a table of FROM within its query.
func Alias(n *googlesql.Node) string {
	if alias := n.Child("Alias"); alias != nil {
		return alias.Children[0].Value
	}
	path := n.Child("PathExpression")
	if path == nil {
		return ""
	}
	parts := strings.Split(strings.Join(path.Path(), "."), ".")
	return parts[len(parts)-1]
}

func (v *View) dataset() string {
	dataset, _, _ := strings.Cut(v.Name, ".")
	return dataset
}

// lookup returns the view or known table that a path names, or an empty Read. A name without a dataset
// belongs to the view's own dataset, or else to the only dataset that has a view of that name.
func (r *resolver) lookup(v *View, path []string) Read {
	name := tableName(path, v.dataset())
	for _, old := range []string{strings.Join(path, "."), name} {
		if now, ok := r.renamed[old]; ok {
			name = now
		}
	}
	if view := r.byName[strings.ToLower(name)]; view != nil {
		return Read{Table: r.known(view.Name, OfView), View: view}
	}
	if t := r.tables[strings.ToLower(name)]; t != nil && t.Origin != Guessed {
		return Read{Table: t}
	}
	if len(path) > 1 {
		return Read{}
	}
	var only *View
	for _, o := range r.views {
		if _, view, _ := strings.Cut(o.Name, "."); strings.EqualFold(view, path[0]) && o != v {
			if only != nil {
				return Read{}
			}
			only = o
		}
	}
	if only == nil {
		return Read{}
	}
	return Read{Table: r.known(only.Name, OfView), View: only}
}

// known returns the table of a name and origin. It creates the table if necessary; the columns follow later.
func (r *resolver) known(name string, origin Origin) *Table {
	key := strings.ToLower(name)
	if t := r.tables[key]; t != nil && t.Origin == origin {
		return t
	}
	r.tables[key] = &Table{Name: name, Origin: origin}
	return r.tables[key]
}

// ResolveQuery resolves one query that reads only tables.
func ResolveQuery(name, sql string, tables []*Table) (*View, error) {
	v := &Definition{Name: "alone." + name, File: name, Text: sql, SQL: sql}
	result, findings, err := Resolve([]*Definition{v}, tables, nil)
	if err == nil {
		err = findings.Err()
	}
	if err != nil {
		return nil, err
	}
	return result.Views[0], nil
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
