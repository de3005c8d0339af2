package resolve

import (
	"fmt"
	"strings"

	"example.com/rollcall/scripts/internal/googlesql/syntax"
	"example.com/rollcall/scripts/internal/viewaudit/read"
)

// find parses a view's query and finds the tables that it reads. What is no view and no known table becomes a guessed one.
func (r *resolver) find(v *View) error {
	tree, err := syntax.Parse(v.SQL)
	if err != nil { // package read has parsed it before
		return fmt.Errorf("%s: %w", v.File, err)
	}
	v.Tree = tree
	with, aliases := map[string]bool{}, map[string]bool{}
	tree.All(func(n *syntax.Node) {
		switch n.Kind {
		case "AliasedQuery":
			with[strings.ToLower(n.Children[0].Value)] = true
		case "TablePathExpression":
			aliases[strings.ToLower(Alias(n))] = true
		}
	})
	tree.All(func(n *syntax.Node) {
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
			return // an array of a table that stands before it
		}
		if in.Table == nil {
			in.Table = r.guessed(read.Name(parts, v.dataset()))
		}
		in.Path = path
		v.Reads = append(v.Reads, in)
	})
	return nil
}

// Alias is the name by which a FROM's table is known in its query.
func Alias(n *syntax.Node) string {
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

// lookup is the view or known table that a path stands for. A name without a dataset is of the view's own, or else of the
// only dataset whose view has it.
func (r *resolver) lookup(v *View, path []string) Read {
	name := read.Name(path, v.dataset())
	for _, old := range []string{strings.Join(path, "."), name} {
		if now, ok := r.settings.Renamed[old]; ok {
			name = now
		}
	}
	if view := r.byName[strings.ToLower(name)]; view != nil {
		return Read{Table: r.viewTable(view), View: view}
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
	return Read{Table: r.viewTable(only), View: only}
}

// viewTable is a view as a table. Its columns come when it is analyzed.
func (r *resolver) viewTable(v *View) *Table {
	return r.known(v.Name, OfView)
}

func (r *resolver) guessed(name string) *Table { return r.known(name, Guessed) }

func (r *resolver) known(name string, origin Origin) *Table {
	key := strings.ToLower(name)
	if t := r.tables[key]; t != nil && t.Origin == origin {
		return t
	}
	r.tables[key] = &Table{Name: name, Origin: origin}
	return r.tables[key]
}
