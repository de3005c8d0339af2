// Package lineage is the graph of what is made from what: sources bring tables, models are made from tables and other models,
// and the same from column to column, as scripts/modelc found it in the SQL.
package lineage

import (
	"cmp"
	"slices"
	"strings"

	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/pipeline"
)

// Kind says what a node is.
type Kind string

// The kinds of nodes.
const (
	Source Kind = "source"
	Table  Kind = "table"
	Model  Kind = "model"
	Column Kind = "column"
)

// Node is one source, table, model or column.
type Node struct {
	Name string `json:"name"` // "kit", "raw.kit_subscribers", "story_days", "story_days.viewers"
	Kind Kind   `json:"kind"`
}

// Edge says that one node is made from another.
type Edge struct {
	From    string `json:"from"`
	To      string `json:"to"`
	Mapping string `json:"mapping,omitempty"` // which partitions a model reads of an input, unless the same
}

// Graph is nodes in an order in which each stands after all that it is made from, and their edges.
type Graph struct {
	Nodes []Node `json:"nodes"`
	Edges []Edge `json:"edges"`
}

// Tables is the graph of sources, tables and models.
func Tables(m *manifest.Manifest, p *pipeline.Pipeline) Graph {
	var g Graph
	for _, s := range p.SortedSources() {
		g.Nodes = append(g.Nodes, Node{s.Name, Source})
		for _, table := range s.SortedTables() {
			g.Nodes = append(g.Nodes, Node{table, Table})
			g.Edges = append(g.Edges, Edge{From: s.Name, To: table})
		}
	}
	for _, model := range m.Models {
		g.Nodes = append(g.Nodes, Node{model.Name, Model})
		for _, in := range model.Inputs {
			if n := len(g.Edges); n > 0 && g.Edges[n-1].From == short(in.Table) && g.Edges[n-1].To == model.Name {
				g.Edges[n-1].Mapping = cmp.Or(g.Edges[n-1].Mapping, "same") + " and " + cmp.Or(mapping(in), "same") // read twice
				continue
			}
			g.Edges = append(g.Edges, Edge{short(in.Table), model.Name, mapping(in)})
		}
	}
	return g
}

func mapping(in manifest.Input) string {
	if in.Mapping == manifest.Same {
		return ""
	}
	text := strings.ReplaceAll(string(in.Mapping), "_", " ")
	if in.Mapping == manifest.LastNDays {
		text = strings.Replace(text, " n ", " "+itoa(in.N)+" ", 1)
	}
	return text
}

// Columns is the graph of columns, with the sources that bring those of raw tables.
func Columns(m *manifest.Manifest, p *pipeline.Pipeline) Graph {
	var g, models Graph
	raw := map[string]bool{}
	for _, model := range m.Models {
		for _, c := range model.Columns {
			to := model.Name + "." + c.Name
			models.Nodes = append(models.Nodes, Node{to, Column})
			for _, ref := range c.Lineage {
				from := short(ref.Table) + "." + ref.Column
				models.Edges = append(models.Edges, Edge{From: from, To: to})
				raw[from] = raw[from] || from == ref.String()
			}
		}
	}
	for _, s := range p.SortedSources() {
		g.Nodes = append(g.Nodes, Node{s.Name, Source})
		for _, table := range s.SortedTables() {
			for _, name := range sorted(raw) {
				if raw[name] && strings.HasPrefix(name, table+".") {
					g.Nodes = append(g.Nodes, Node{name, Column})
					g.Edges = append(g.Edges, Edge{From: s.Name, To: name})
				}
			}
		}
	}
	return Graph{append(g.Nodes, models.Nodes...), append(g.Edges, models.Edges...)}
}

// short is a model's table by the model's name; a raw table's name as it is.
func short(table string) string { return strings.TrimPrefix(table, "mart.") }

// Has reports whether there is a node of a name.
func (g Graph) Has(name string) bool {
	return slices.ContainsFunc(g.Nodes, func(n Node) bool { return n.Name == name })
}

// Names are the nodes' names.
func (g Graph) Names() (names []string) {
	for _, n := range g.Nodes {
		names = append(names, n.Name)
	}
	return names
}

// Through is the part of the graph that lies on a way through a node: all that it is made from, it, and all that is made
// from it.
func (g Graph) Through(name string) Graph {
	up, down := map[string]bool{name: true}, map[string]bool{name: true}
	for _, e := range slices.Backward(g.ordered()) {
		if up[e.To] {
			up[e.From] = true
		}
	}
	for _, e := range g.ordered() {
		if down[e.From] {
			down[e.To] = true
		}
	}
	part := Graph{Nodes: []Node{}, Edges: []Edge{}}
	for _, n := range g.Nodes {
		if up[n.Name] || down[n.Name] {
			part.Nodes = append(part.Nodes, n)
		}
	}
	for _, e := range g.Edges {
		if up[e.From] && up[e.To] || down[e.From] && down[e.To] {
			part.Edges = append(part.Edges, e)
		}
	}
	return part
}

// ordered are the edges by the place of what they lead to, so that one pass follows any way.
func (g Graph) ordered() []Edge {
	place := map[string]int{}
	for i, n := range g.Nodes {
		place[n.Name] = i
	}
	edges := slices.Clone(g.Edges)
	slices.SortStableFunc(edges, func(a, b Edge) int { return place[a.To] - place[b.To] })
	return edges
}
