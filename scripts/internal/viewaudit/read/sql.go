package read

import (
	"errors"
	"path/filepath"
	"regexp"
	"strings"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/scripts/internal/googlesql/catalog"
	"example.com/rollcall/scripts/internal/googlesql/syntax"
	"example.com/rollcall/scripts/internal/googlesql/tokens"
)

// statements are the views of a file of SQL.
func statements(file, text string) (views []*View, faults diag.List) {
	name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	parts := split(text)
	for _, part := range parts {
		v := &View{File: file, Text: text, Offset: part.start}
		if len(parts) == 1 { // a bare query has its file's name
			v.Name = Name([]string{name}, NoDataset)
		}
		if f := v.parse(text[part.start:part.end]); f != nil {
			faults = append(faults, *f)
			continue
		}
		views = append(views, v)
	}
	if len(parts) == 0 {
		faults.Add(file, diag.Pos{Line: 1, Col: 1}, "there is no statement in the file")
	}
	return views, faults
}

type part struct{ start, end int }

// split cuts a text at the semicolons between its statements.
func split(text string) (parts []part) {
	start, last := -1, 0
	for _, t := range tokens.Scan(text) {
		if t.Text == ";" {
			if start >= 0 {
				parts = append(parts, part{start, last})
			}
			start = -1
			continue
		}
		if start < 0 {
			start = t.Offset
		}
		last = t.Offset + len(t.Text)
	}
	if start >= 0 {
		parts = append(parts, part{start, last})
	}
	return parts
}

var (
	template = regexp.MustCompile(`\{[{%]`)
	legacy   = regexp.MustCompile(`\[[\w-]+:[\w-]+\.[\w$-]+\]|\[[\w-]+\.[\w$-]+\]`)
)

// parse reads the statement at v.Offset: a CREATE VIEW, or a query when v has a name. It returns what is wrong with it.
func (v *View) parse(statement string) *diag.Fault {
	fail := func(pos diag.Pos, message string) *diag.Fault {
		return &diag.Fault{File: v.File, Pos: pos, Message: message}
	}
	root, err := syntax.Parse(statement)
	if bad, ok := errors.AsType[*catalog.Error](err); ok {
		message := bad.Message
		switch {
		case template.MatchString(statement):
			message = "this is a template: give the SQL that is made from it (dbt compile writes it to target/compiled)"
		case legacy.MatchString(statement):
			message = "this is legacy SQL: rewrite the view in GoogleSQL first"
		}
		return fail(v.Place(bad.Pos), message)
	}
	if err != nil {
		return fail(v.At(0), err.Error())
	}
	switch root.Kind {
	case "QueryStatement":
		if v.Name == "" {
			return fail(v.At(0), "a query without a name: write CREATE VIEW before it, or give it a file of its own")
		}
		v.SQL = statement
	case "CreateViewStatement", "CreateMaterializedViewStatement":
		v.create(root, statement)
	default:
		return fail(v.At(0), "not a CREATE VIEW: left out")
	}
	return nil
}

func (v *View) create(root *syntax.Node, statement string) {
	v.Name = Name(root.Child("PathExpression").Path(), NoDataset)
	v.Description = description(root)
	if list := root.Child("ColumnWithOptionsList"); list != nil {
		for _, c := range list.Children {
			if name := c.Child("Identifier"); name != nil {
				v.Columns = append(v.Columns, Column{name.Value, description(c)})
			}
		}
	}
	start := root.Child("Query").Start
	for { // the parentheses around a query are not part of it to the parser
		before := strings.TrimRight(statement[:start], " \t\n")
		if !strings.HasSuffix(before, "(") {
			break
		}
		start = len(before) - 1
	}
	v.SQL = statement[start:]
	v.Offset += start
}

// description is the description among a node's OPTIONS.
func description(n *syntax.Node) string {
	options := n.Child("OptionsList")
	if options == nil {
		return ""
	}
	for _, entry := range options.Children {
		if len(entry.Children) == 2 && strings.EqualFold(entry.Children[0].Value, "description") {
			return strings.TrimSpace(entry.Children[1].Value)
		}
	}
	return ""
}
