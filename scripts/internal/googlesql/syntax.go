package googlesql

import (
	"fmt"
	"runtime"

	goccy "github.com/goccy/go-googlesql"
)

// Node is a node of a statement's syntax tree, as plain Go data.
type Node struct {
	Range
	Kind     string // the parser's name for it: "FunctionCall"
	Value    string // an identifier's name, a string's value, a whole number, an operator; NOT for NOT BETWEEN
	Children []*Node
	Parent   *Node
}

// Range is a range of byte offsets in the statement.
type Range struct{ Start, End int }

// Parse returns the syntax tree of a statement of any kind. A syntax error is an *Error.
func Parse(sql string) (root *Node, err error) {
	if err := goccy.Init(); err != nil {
		return nil, fmt.Errorf("start GoogleSQL: %w", err)
	}
	defer Catch(&err)
	language := newLanguage()
	analyzer := Must(goccy.NewAnalyzerOptions(language))
	options := Must(analyzer.GetParserOptions())
	output, err := goccy.ParseStatement(sql, options)
	if err != nil {
		return nil, statementError(err)
	}
	for _, kept := range []any{language, analyzer, options, output} {
		defer runtime.KeepAlive(kept)
	}
	return nodeOf(Must(output.Statement()), nil), nil
}

func nodeOf(ast goccy.ASTNode, parent *Node) *Node {
	n := &Node{Kind: Must(ast.GetNodeKindString()), Parent: parent}
	n.Start, n.End = offsets(Must(ast.GetParseLocationRange()))
	switch ast := ast.(type) {
	case *goccy.ASTIdentifier:
		n.Value = Must(ast.GetAsString())
	case *goccy.ASTStringLiteral:
		n.Value = Must(ast.StringValue())
	case *goccy.ASTIntLiteral:
		n.Value = Must(ast.Image())
	case *goccy.ASTBinaryExpression:
		n.Value = Must(ast.GetSQLForOperator())
	case *goccy.ASTBetweenExpression:
		if Must(ast.IsNot()) {
			n.Value = "NOT"
		}
	}
	for i := range Must(ast.NumChildren()) {
		n.Children = append(n.Children, nodeOf(Must(ast.Child(i)), n))
	}
	return n
}

// Child returns the first child of the given kind, or nil.
func (n *Node) Child(kind string) *Node {
	for _, c := range n.Children {
		if c.Kind == kind {
			return c
		}
	}
	return nil
}

// Walk calls visit for n and every node below it.
func (n *Node) Walk(visit func(*Node)) {
	visit(n)
	for _, c := range n.Children {
		c.Walk(visit)
	}
}

// Path returns the names that make up a path, in order.
func (n *Node) Path() []string {
	var parts []string
	for _, c := range n.Children {
		if c.Kind == "Identifier" {
			parts = append(parts, c.Value)
		}
	}
	return parts
}
