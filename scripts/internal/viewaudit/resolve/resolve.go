// Package resolve finds out what views read and give: it tells views, Rollcall's tables and others apart, type-checks each
// view against what it reads, in the order in which they read one another, and brings it into a form that can be compared.
//
// The columns of a table that nobody has described are guessed from how the views use them.
package resolve

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/scripts/internal/googlesql/syntax"
	"example.com/rollcall/scripts/internal/viewaudit/algebra"
	"example.com/rollcall/scripts/internal/viewaudit/read"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// Origin says how a table is known.
type Origin string

// The origins.
const (
	Project   Origin = "project"   // a raw table or a model of this project
	Described Origin = "described" // told by INFORMATION_SCHEMA.COLUMNS
	Guessed   Origin = "guessed"   // from the views alone
	OfView    Origin = "view"
)

// Table is a table or a view that views read.
type Table struct {
	Name        string // dataset.table
	Origin      Origin
	Columns     []Column
	Grain       partition.Grain
	PartitionBy string // empty: not partitioned, or not known
}

// Column is a column of a table.
type Column struct {
	Name        string
	Type        string // as GoogleSQL writes it
	Required    bool
	Description string
}

// Column is the column with the given name, in any case; nil when there is none.
func (t *Table) Column(name string) *Column {
	i := slices.IndexFunc(t.Columns, func(c Column) bool { return strings.EqualFold(c.Name, name) })
	if i < 0 {
		return nil
	}
	return &t.Columns[i]
}

// View is a view and what it means.
type View struct {
	*read.View
	Tree     *syntax.Node // of the query
	Reads    []Read       // in the order of the text
	Columns  []Output
	Given    []string          // the names of the columns in the query itself, which CREATE VIEW may change; "": none
	Relation *algebra.Relation // nil when it has no form that can be compared
	Opaque   string            // why not
}

// Output is a column that a view gives.
type Output struct {
	Column
	Lineage []manifest.ColumnRef // the tables' columns that it is made from, those of views traced back to tables
}

// Read is a place where a view reads a table.
type Read struct {
	Path  *syntax.Node // the table's path in the tree
	Table *Table
	View  *View // when it is a view
}

// Result is what there is to know of a number of views.
type Result struct {
	Views  []*View           // each after those that it reads, and by name where that leaves a choice
	Tables map[string]*Table // what they read, views too
}

// Settings are what is known beside the views.
type Settings struct {
	Tables  []*Table          // of the project, and described ones
	Renamed map[string]string // old.table → the table that it is now
}

// Resolve looks at all views. Those that cannot be understood are faults, and so are those that read them.
func Resolve(found []*read.View, s Settings) (*Result, diag.List, error) {
	r := &resolver{
		settings: s, tables: map[string]*Table{}, byName: map[string]*View{}, state: map[*View]int{},
		result: &Result{Tables: map[string]*Table{}},
	}
	for _, t := range s.Tables {
		r.tables[strings.ToLower(t.Name)] = t
	}
	for _, v := range found {
		view := &View{View: v}
		r.views = append(r.views, view)
		r.byName[strings.ToLower(v.Name)] = view
	}
	slices.SortFunc(r.views, func(a, b *View) int { return cmp.Compare(a.Name, b.Name) })
	for _, v := range r.views {
		if err := r.find(v); err != nil {
			return nil, nil, err
		}
	}
	for _, v := range r.views {
		if err := r.visit(v); err != nil {
			return nil, nil, err
		}
	}
	err := r.again()
	return r.result, r.faults, err
}

// again analyzes the views of guessed tables once more: what later views made of a table counts for the earlier ones too.
func (r *resolver) again() error {
	kept := r.result.Views
	r.result.Views = nil
	for _, v := range kept {
		if v.guesses() {
			if ok, err := r.analyze(v); err != nil || !ok {
				if err != nil {
					return err
				}
				continue
			}
		}
		r.result.Views = append(r.result.Views, v)
	}
	return nil
}

type resolver struct {
	settings Settings
	tables   map[string]*Table // by name in lower case; guessed ones too
	views    []*View
	byName   map[string]*View // likewise
	state    map[*View]int
	trail    []*View
	analyzed int
	result   *Result
	faults   diag.List
}

func (r *resolver) fault(v *View, pos diag.Pos, format string, args ...any) {
	r.faults.Add(v.File, pos, format, args...)
}

// The states of a view.
const (
	under = 1 + iota // being looked at, so that to meet it again is a circle
	sound
	broken
)

// visit resolves a view after those that it reads.
func (r *resolver) visit(v *View) error {
	if r.state[v] != 0 {
		return nil
	}
	r.state[v] = under
	r.trail = append(r.trail, v)
	state := sound
	for _, in := range v.Reads {
		if in.View == nil {
			continue
		}
		if r.state[in.View] == under {
			r.fault(v, v.At(in.Path.Start), "views read each other in a circle: %s", r.circle(in.View))
			state = broken
			continue
		}
		if err := r.visit(in.View); err != nil {
			return err
		}
		if r.state[in.View] == broken && state == sound {
			r.fault(v, v.At(in.Path.Start), "reads the view %s, which could not be read", in.View.Title())
			state = broken
		}
	}
	r.trail = r.trail[:len(r.trail)-1]
	if state == sound {
		ok, err := r.analyze(v)
		if err != nil {
			return err
		}
		if !ok {
			state = broken
		}
	}
	r.state[v] = state
	if state == sound {
		r.result.Views = append(r.result.Views, v)
		for _, in := range v.Reads {
			r.result.Tables[in.Table.Name] = in.Table
		}
	}
	return nil
}

func (r *resolver) circle(back *View) string {
	var names []string
	for _, v := range r.trail[slices.Index(r.trail, back):] {
		names = append(names, v.Title())
	}
	return strings.Join(append(names, back.Title()), " → ")
}

// Guesses are the tables whose columns are guessed, by name.
func (r *Result) Guesses() (tables []*Table) {
	for _, name := range slices.Sorted(maps.Keys(r.Tables)) {
		if t := r.Tables[name]; t.Origin == Guessed {
			tables = append(tables, t)
		}
	}
	return tables
}

// Item is the expression of the i-th column in the query's own SELECT list; nil when the list is not that of the columns
// one by one.
func (v *View) Item(i int) *syntax.Node {
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
