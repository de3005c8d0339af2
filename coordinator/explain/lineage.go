package explain

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/pipeline"
)

// NodeKind says what a node of a Lineage is.
type NodeKind string

// The kinds of nodes.
const (
	SourceNode NodeKind = "source"
	TableNode  NodeKind = "table"
	ModelNode  NodeKind = "model"
	ColumnNode NodeKind = "column"
)

// Node is one source, table, model or column.
type Node struct {
	Name string   `json:"name"` // "kit", "raw.kit_subscribers", "story_days", "story_days.viewers"
	Kind NodeKind `json:"kind"`
}

// Edge says that one node is made from another.
type Edge struct {
	From    string `json:"from"`
	To      string `json:"to"`
	Mapping string `json:"mapping,omitempty"` // which partitions a model reads of an input; empty: the same
}

// Lineage is a graph of what is made from what. Each node stands after all nodes that it is made from, and each
// edge after those that lead to earlier nodes: one pass over the edges follows every path.
type Lineage struct {
	Nodes []Node `json:"nodes"`
	Edges []Edge `json:"edges"`
}

// TableLineage returns the lineage of sources, raw tables and models.
func TableLineage(m *manifest.Manifest, p *pipeline.Pipeline) Lineage {
	var l Lineage
	for _, s := range p.SortedSources() {
		l.Nodes = append(l.Nodes, Node{s.Name, SourceNode})
		for _, table := range s.SortedTables() {
			l.Nodes = append(l.Nodes, Node{table, TableNode})
			l.Edges = append(l.Edges, Edge{From: s.Name, To: table})
		}
	}
	for _, model := range m.Models {
		l.Nodes = append(l.Nodes, Node{model.Name, ModelNode})
		for _, in := range model.Inputs {
			last := len(l.Edges) - 1
			if last >= 0 && l.Edges[last].From == ShortName(in.Table) && l.Edges[last].To == model.Name { // it is read twice
				l.Edges[last].Mapping = cmp.Or(l.Edges[last].Mapping, "same") + " and " + cmp.Or(mapping(in), "same")
				continue
			}
			l.Edges = append(l.Edges, Edge{ShortName(in.Table), model.Name, mapping(in)})
		}
	}
	return l
}

func mapping(in manifest.Input) string {
	if in.Mapping == manifest.Same {
		return ""
	}
	return strings.NewReplacer("_n_", fmt.Sprintf(" %d ", in.N), "_", " ").Replace(string(in.Mapping))
}

// ColumnLineage returns the lineage of the models' columns, with the columns of raw tables that they read, and
// their sources.
func ColumnLineage(m *manifest.Manifest, p *pipeline.Pipeline) Lineage {
	var l, models Lineage
	raw := map[string]bool{}
	for _, model := range m.Models {
		for _, c := range model.Columns {
			to := model.Name + "." + c.Name
			models.Nodes = append(models.Nodes, Node{to, ColumnNode})
			for _, ref := range c.Lineage {
				from := ShortName(ref.String())
				models.Edges = append(models.Edges, Edge{From: from, To: to})
				if from == ref.String() {
					raw[from] = true
				}
			}
		}
	}
	for _, s := range p.SortedSources() {
		l.Nodes = append(l.Nodes, Node{s.Name, SourceNode})
		for _, table := range s.SortedTables() {
			for _, name := range slices.Sorted(maps.Keys(raw)) {
				if strings.HasPrefix(name, table+".") {
					l.Nodes = append(l.Nodes, Node{name, ColumnNode})
					l.Edges = append(l.Edges, Edge{From: s.Name, To: name})
				}
			}
		}
	}
	return Lineage{append(l.Nodes, models.Nodes...), append(l.Edges, models.Edges...)}
}

// ShortName removes the dataset from the name of a model's table or column. Names of raw tables keep theirs.
func ShortName(name string) string { return strings.TrimPrefix(name, "mart.") }

// Has reports whether there is a node with the name.
func (l Lineage) Has(name string) bool { return slices.Contains(l.Names(), name) }

// Names returns the names of all nodes.
func (l Lineage) Names() (names []string) {
	for _, n := range l.Nodes {
		names = append(names, n.Name)
	}
	return names
}

// Through returns the part of the graph that a node belongs to: all that it is made from, itself, and all that
// is made from it.
func (l Lineage) Through(name string) Lineage {
	up, down := map[string]bool{name: true}, map[string]bool{name: true}
	for _, e := range slices.Backward(l.Edges) {
		up[e.From] = up[e.From] || up[e.To]
	}
	for _, e := range l.Edges {
		down[e.To] = down[e.To] || down[e.From]
	}
	part := Lineage{Nodes: []Node{}, Edges: []Edge{}}
	for _, n := range l.Nodes {
		if up[n.Name] || down[n.Name] {
			part.Nodes = append(part.Nodes, n)
		}
	}
	for _, e := range l.Edges {
		if up[e.From] && up[e.To] || down[e.From] && down[e.To] {
			part.Edges = append(part.Edges, e)
		}
	}
	return part
}

// Tree draws the graph as a tree, with sources at the top and each node below what it is made from. The
// branches of a node are drawn once; where it appears again, "…" stands for them. show returns the text of a
// node.
func (l Lineage) Tree(show func(n Node) string) string {
	nodes, below, fed := map[string]Node{}, map[string][]Edge{}, map[string]bool{}
	for _, n := range l.Nodes {
		nodes[n.Name] = n
	}
	for _, e := range l.Edges {
		below[e.From] = append(below[e.From], e)
		fed[e.To] = true
	}
	var b strings.Builder
	drawn := map[string]bool{}
	var branches func(name, indent string)
	branches = func(name, indent string) {
		drawn[name] = true
		for i, e := range below[name] {
			branch, next := "├─ ", "│  "
			if i == len(below[name])-1 {
				branch, next = "└─ ", "   "
			}
			b.WriteString(indent + branch + show(nodes[e.To]))
			if e.Mapping != "" {
				b.WriteString(", " + e.Mapping)
			}
			if drawn[e.To] && below[e.To] != nil {
				b.WriteString(" …\n")
				continue
			}
			b.WriteString("\n")
			branches(e.To, indent+next)
		}
	}
	for _, n := range l.Nodes {
		if !fed[n.Name] {
			if b.Len() > 0 {
				b.WriteString("\n")
			}
			b.WriteString(show(n) + "\n")
			branches(n.Name, "")
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Mermaid returns the graph as a flowchart in the language of https://mermaid.js.org/syntax/flowchart.html,
// which GitHub draws.
func (l Lineage) Mermaid() string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	ids := map[string]string{}
	for i, n := range l.Nodes {
		ids[n.Name] = fmt.Sprintf("n%d", i)
		shape := "[%q]"
		if n.Kind == SourceNode {
			shape = "([%q])"
		}
		fmt.Fprintf(&b, "  %s"+shape+"\n", ids[n.Name], n.Name)
	}
	for _, e := range l.Edges {
		arrow := "-->"
		if e.Mapping != "" {
			arrow = "-->|" + e.Mapping + "|"
		}
		fmt.Fprintf(&b, "  %s %s %s\n", ids[e.From], arrow, ids[e.To])
	}
	return b.String()
}
