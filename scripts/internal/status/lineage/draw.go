package lineage

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/list"
)

// Tree draws the graph as a tree, sources at the top, each node below what it is made from. What is made from a node that has
// been drawn before is not drawn again. Each node's name is shown as show says.
func (g Graph) Tree(show func(n Node) string) string {
	w := list.NewWriter()
	kinds, fed := map[string]Node{}, map[string]bool{}
	for _, n := range g.Nodes {
		kinds[n.Name] = n
	}
	below := map[string][]Edge{}
	for _, e := range g.Edges {
		below[e.From] = append(below[e.From], e)
		fed[e.To] = true
	}
	drawn := map[string]bool{}
	var draw func(n Node, note string)
	draw = func(n Node, note string) {
		text := show(n)
		if note != "" {
			text += ", " + note
		}
		if drawn[n.Name] && below[n.Name] != nil {
			w.AppendItem(text + " …")
			return
		}
		drawn[n.Name] = true
		w.AppendItem(text)
		w.Indent()
		for _, e := range below[n.Name] {
			draw(kinds[e.To], e.Mapping)
		}
		w.UnIndent()
	}
	style := list.StyleConnectedLight
	style.CharItemSingle = "" // the root stands by itself
	var trees []string
	for _, n := range g.Nodes {
		if !fed[n.Name] {
			w.Reset()
			w.SetStyle(style)
			draw(n, "")
			trees = append(trees, trim(w.Render()))
		}
	}
	return strings.Join(trees, "\n\n")
}

// trim takes away what the list writer puts before everything to stand for a root's own branch.
func trim(tree string) string {
	lines := strings.Split(tree, "\n")
	for i := range lines {
		lines[i] = strings.TrimPrefix(strings.TrimPrefix(lines[i], " "), "  ")
	}
	return strings.Join(lines, "\n")
}

// Mermaid is the graph as a flowchart, in the language that GitHub draws (https://mermaid.js.org/syntax/flowchart.html).
func (g Graph) Mermaid() string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	ids := map[string]string{}
	for i, n := range g.Nodes {
		ids[n.Name] = "n" + strconv.Itoa(i)
		open, end := "[", "]"
		if n.Kind == Source {
			open, end = "([", "])"
		}
		fmt.Fprintf(&b, "  %s%s\"%s\"%s\n", ids[n.Name], open, n.Name, end)
	}
	for _, e := range g.Edges {
		arrow := "-->"
		if e.Mapping != "" {
			arrow = "-->|" + e.Mapping + "|"
		}
		fmt.Fprintf(&b, "  %s %s %s\n", ids[e.From], arrow, ids[e.To])
	}
	return b.String()
}

func itoa(n int) string { return strconv.Itoa(n) }

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
