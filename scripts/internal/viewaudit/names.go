package viewaudit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/scripts/internal/googlesql"
)

// names gives tables and views the names by which they are compared. As in BigQuery, case counts.
//
// A name is dataset.table, whatever project a path names: most views name one project, or none. Where two
// projects have the same dataset.table, these are different tables: the name is that of the project that is named
// most often, the home, and those of other projects are written as bq writes them, project:dataset.table.
type names struct{ homes map[string]string } // by dataset.table, for those that several projects have

// SharedName is a dataset.table that several projects have.
type SharedName struct {
	Name  string
	Home  string // the project whose table has the name
	Other string // a project whose table is called Other:Name
	View  bool   // the other is the name of a view
	File  string // where the other is read or defined first
	Pos   diag.Pos
}

func (s SharedName) text() string {
	text := fmt.Sprintf("Two projects have %s, %s and %s. They are different: %[1]s is that of %[2]s here, and that of %[3]s "+
		"is called %[4]s.", s.Name, s.Home, s.Other, projectName(s.Other, s.Name))
	if !s.View {
		text += fmt.Sprintf(" If it is a copy of the first, pass --map %s.%s=%[2]s.", s.Other, s.Name)
	}
	return text
}

// newNames finds the projects that views name. A path that is renamed names none.
func newNames(views []*View, renamed map[string]string) (names, []SharedName) {
	type place struct {
		view bool
		file string
		pos  diag.Pos
	}
	named := map[string]int{}                 // how often, by project
	projects := map[string]map[string]place{} // where first, by dataset.table and project
	note := func(project, name string, v *View, own bool, offset int) {
		if project == "" {
			return
		}
		named[project]++
		if projects[name] == nil {
			projects[name] = map[string]place{}
		}
		if _, ok := projects[name][project]; !ok {
			projects[name][project] = place{own, v.File, v.At(offset)}
		}
	}
	for _, v := range views {
		if v.MadeFrom != nil {
			continue // it names what the views name that it is made from
		}
		note(v.Project, v.Definition.Name, v, true, 0)
		for _, path := range v.paths() {
			if _, ok := renamed[strings.Join(path.Path(), ".")]; !ok && !v.isArray(path) {
				project, name := v.split(path.Path())
				note(project, name, v, false, path.Start)
			}
		}
	}
	n := names{map[string]string{}}
	var shared []SharedName
	for _, name := range slices.Sorted(maps.Keys(projects)) {
		has := projects[name]
		if len(has) == 1 {
			continue
		}
		list := slices.Sorted(maps.Keys(has))
		n.homes[name] = slices.MaxFunc(list, func(a, b string) int { return named[a] - named[b] })
		for _, other := range list {
			if other != n.homes[name] {
				at := has[other]
				shared = append(shared, SharedName{name, n.homes[name], other, at.view, at.file, at.pos})
			}
		}
	}
	return n, shared
}

// of returns the name of a project's dataset.table; an empty project is the home.
func (n names) of(project, name string) string {
	if home := n.homes[name]; home == "" || project == "" || project == home {
		return name
	}
	return projectName(project, name)
}

func projectName(project, name string) string {
	return strings.ReplaceAll(project, ".", "_") + ":" + name // a project's name has no underscores
}

// splitPath returns the project that a path names, or "", and its dataset.table. The path's parts have no quotes. A
// path without a dataset belongs to the given one.
func splitPath(path []string, dataset string) (project, name string) {
	parts := strings.Split(strings.Join(path, "."), ".")
	if len(parts) == 1 {
		return "", dataset + "." + parts[0]
	}
	last := len(parts) - 2
	return strings.Join(parts[:last], "."), strings.Join(parts[last:], ".")
}

// split is splitPath for a path in the view's query. A path without a project or a dataset belongs to those of the
// view.
func (v *View) split(path []string) (project, name string) {
	dataset, _, _ := strings.Cut(v.Definition.Name, ".")
	project, name = splitPath(path, dataset)
	if project == "" {
		project = v.Project
	}
	return project, name
}

// paths returns the paths in FROM, of tables and of arrays, without those of WITH queries.
func (v *View) paths() (paths []*googlesql.Node) {
	with := map[string]bool{}
	v.Tree.Walk(func(n *googlesql.Node) {
		if n.Kind == "AliasedQuery" {
			with[strings.ToLower(n.Children[0].Value)] = true
		}
	})
	v.Tree.Walk(func(n *googlesql.Node) {
		path := n.Child("PathExpression")
		if n.Kind != "TablePathExpression" || path == nil {
			return
		}
		if parts := path.Path(); len(parts) > 1 || !with[strings.ToLower(parts[0])] {
			paths = append(paths, path)
		}
	})
	return paths
}

// isArray reports whether a path in FROM begins with the name of another table: it may be an array of that table.
func (v *View) isArray(path *googlesql.Node) bool {
	parts, is := path.Path(), false
	v.Tree.Walk(func(n *googlesql.Node) {
		is = is || len(parts) > 1 && n.Kind == "TablePathExpression" && n != path.Parent &&
			strings.EqualFold(Alias(n), parts[0])
	})
	return is
}

// findReads finds the tables that a view's query reads. An unknown name becomes a guessed table.
func (r *resolver) findReads(v *View) {
	for _, path := range v.paths() {
		parts := path.Path()
		in := r.lookup(v, parts)
		if in.Table == nil && v.isArray(path) {
			continue
		}
		if in.Table == nil {
			in.Table = r.known(r.names.of(v.split(parts)), Guessed)
		}
		in.Path = path
		for _, o := range v.Reads {
			if o.Table != in.Table && strings.EqualFold(o.Table.Name, in.Table.Name) {
				r.find(v, v.At(path.Start), "%s and %s differ only in case: the audit cannot tell them apart in one view",
					o.Table.Name, in.Table.Name)
				r.state[v] = rejected
			}
		}
		v.Reads = append(v.Reads, in)
	}
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

// lookup returns the view or known table that a path names, or an empty Read. A name without a dataset
// belongs to the view's own dataset, or else to the only dataset that has a view of that name.
func (r *resolver) lookup(v *View, path []string) Read {
	name := r.names.of(v.split(path))
	for _, old := range []string{strings.Join(path, "."), name} {
		if now, ok := r.renamed[old]; ok {
			name = now
			break
		}
	}
	if view := r.byName[name]; view != nil {
		return Read{Table: r.known(view.Name, OfView), View: view}
	}
	if t := r.tables[name]; t != nil && t.Origin != Guessed {
		return Read{Table: t}
	}
	if len(path) > 1 {
		return Read{}
	}
	var only *View
	for _, o := range r.views {
		if _, view, _ := strings.Cut(o.Name, "."); view == path[0] && o != v {
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
	if t := r.tables[name]; t != nil && t.Origin == origin {
		return t
	}
	t := &Table{Name: name, Origin: origin}
	for other, o := range r.tables {
		if origin == Guessed && o.Origin != Guessed && other != name && strings.EqualFold(other, name) {
			t.Like = max(t.Like, other)
		}
	}
	r.tables[name] = t
	return t
}
