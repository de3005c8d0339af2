package duckdb

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/googlesql/catalog"
	"example.com/rollcall/scripts/internal/googlesql/syntax"
)

// A span is a range of bytes of the statement.
type span struct{ start, end int }

// A node is one node of the statement's syntax tree.
type node struct {
	span
	kind     string // as GoogleSQL's parser calls it: "FunctionCall"
	value    string // an identifier's name, a string literal's value
	children []*node
	parent   *node
}

// parse is the syntax tree of one statement.
func parse(sql string) (*node, error) {
	root, err := syntax.Parse(sql)
	if faulty, ok := errors.AsType[*catalog.Error](err); ok {
		return nil, fmt.Errorf("%w [at %d:%d]", faulty, faulty.Pos.Line, faulty.Pos.Col) // as the analyzer says it
	}
	if err != nil {
		return nil, err
	}
	return nodeOf(root, nil)
}

func nodeOf(of *syntax.Node, parent *node) (*node, error) {
	n := &node{span: span{of.Start, of.End}, kind: of.Kind, parent: parent}
	if n.kind == "Identifier" || n.kind == "StringLiteral" {
		n.value = of.Value
	}
	for _, child := range of.Children {
		c, err := nodeOf(child, n)
		if err != nil {
			return nil, err
		}
		n.children = append(n.children, c)
	}
	return n.tidy()
}

// tidy puts the children in the order of the text, each behind the one before, so that a node's text is its children's
// texts and what stands between them.
func (n *node) tidy() (*node, error) {
	switch n.kind {
	case "PathExpression": // in a grouping set its range takes in the parenthesis behind it
		n.end = n.children[len(n.children)-1].end
	case "SetOperation": // the operators' list stretches over the inputs between them
		operators := n.children[0]
		n.children = append(n.children[1:], operators.children...)
	}
	slices.SortStableFunc(n.children, func(a, b *node) int { return a.start - b.start })
	at := n.start
	for _, c := range n.children {
		if c.start < at || c.end > n.end {
			return nil, fmt.Errorf("the parser places %s [%d,%d) outside of its place in %s [%d,%d)",
				c.kind, c.start, c.end, n.kind, n.start, n.end)
		}
		at = c.end
	}
	return n, nil
}

// child is the first child of the given kind, or nil.
func (n *node) child(kind string) *node {
	for _, c := range n.children {
		if c.kind == kind {
			return c
		}
	}
	return nil
}

// all calls visit on n and everything below it.
func (n *node) all(visit func(*node)) {
	visit(n)
	for _, c := range n.children {
		c.all(visit)
	}
}

// name is a path's identifiers joined by dots, in upper case: a function's or a date part's name.
func (n *node) name() string {
	if n.kind == "Identifier" {
		return strings.ToUpper(n.value)
	}
	parts := make([]string, len(n.children))
	for i, c := range n.children {
		parts[i] = strings.ToUpper(c.value)
	}
	return strings.Join(parts, ".")
}
