// Package syntax gives the syntax tree of a GoogleSQL statement of any kind as plain Go data, with the places of its nodes
// in the text, for those who look for something in a statement or change a part of its text.
package syntax

import (
	"fmt"

	"github.com/goccy/go-googlesql"

	"example.com/rollcall/scripts/internal/googlesql/catalog"
)

// Node is one node of the tree. Start and End are byte offsets into the statement.
type Node struct {
	Kind       string // as GoogleSQL's parser calls it: "FunctionCall"
	Value      string // an identifier's name, a string literal's value, a whole number, an operator; NOT, of a NOT BETWEEN
	Start, End int
	Children   []*Node
	Parent     *Node
}

// Parse is the tree of one statement. What the parser has against it is a *catalog.Error.
func Parse(sql string) (root *Node, err error) {
	err = catalog.Parse(sql, func(statement googlesql.ASTStatementNode) (err error) {
		if root, err = nodeOf(statement, nil); err != nil {
			return fmt.Errorf("GoogleSQL's syntax tree: %w", err)
		}
		return nil
	})
	return root, err
}

func nodeOf(ast googlesql.ASTNode, parent *Node) (*Node, error) {
	n := &Node{Parent: parent}
	var err error
	if n.Kind, err = ast.GetNodeKindString(); err != nil {
		return nil, err
	}
	location, err := ast.GetParseLocationRange()
	if err != nil {
		return nil, err
	}
	if n.Start, n.End, err = Span(location); err != nil {
		return nil, err
	}
	switch ast := ast.(type) {
	case *googlesql.ASTIdentifier:
		n.Value, err = ast.GetAsString()
	case *googlesql.ASTStringLiteral:
		n.Value, err = ast.StringValue()
	case *googlesql.ASTIntLiteral:
		n.Value, err = ast.Image()
	case *googlesql.ASTBinaryExpression:
		n.Value, err = ast.GetSQLForOperator()
	case *googlesql.ASTBetweenExpression:
		var not bool
		if not, err = ast.IsNot(); not {
			n.Value = "NOT"
		}
	}
	if err != nil {
		return nil, err
	}
	count, err := ast.NumChildren()
	if err != nil {
		return nil, err
	}
	for i := range count {
		child, err := ast.Child(i)
		if err != nil {
			return nil, err
		}
		c, err := nodeOf(child, n)
		if err != nil {
			return nil, err
		}
		n.Children = append(n.Children, c)
	}
	return n, nil
}

// Span is a range of the parser's as byte offsets into the statement.
func Span(location *googlesql.ParseLocationRange) (start, end int, err error) {
	from, err := location.Start()
	if err != nil {
		return 0, 0, err
	}
	to, err := location.End()
	if err != nil {
		return 0, 0, err
	}
	s, err := from.GetByteOffset()
	if err != nil {
		return 0, 0, err
	}
	e, err := to.GetByteOffset()
	return int(s), int(e), err
}

// Child is the first child of the given kind, or nil.
func (n *Node) Child(kind string) *Node {
	for _, c := range n.Children {
		if c.Kind == kind {
			return c
		}
	}
	return nil
}

// All calls visit on n and everything below it.
func (n *Node) All(visit func(*Node)) {
	visit(n)
	for _, c := range n.Children {
		c.All(visit)
	}
}

// Path are the names of a path's parts, in order.
func (n *Node) Path() []string {
	var parts []string
	for _, c := range n.Children {
		if c.Kind == "Identifier" {
			parts = append(parts, c.Value)
		}
	}
	return parts
}
