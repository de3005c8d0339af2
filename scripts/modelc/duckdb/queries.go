package duckdb

import (
	"fmt"
	"strings"
)

// path is a column, or a field of one.
func (r *rewriter) path(n *node) string {
	if reason := r.facts.foreign[n.span]; reason != "" {
		return r.refuse(n, r.source(n), reason)
	}
	if r.facts.fields[n.span] && len(n.children) == 1 {
		return r.refuse(n, r.source(n), "a field of UNNEST's element: put the element's name before it")
	}
	if ordinal, ok := r.names.ordinals[n]; ok {
		return fmt.Sprint(ordinal)
	}
	if reason := r.names.clashes[n]; reason != "" {
		return r.refuse(n, r.source(n), reason)
	}
	return r.splice(n, ".", r.text)
}

// counted is a node below which literal numbers stand for themselves: a place in the SELECT list, a number of rows.
func (r *rewriter) counted(n *node) string {
	words := map[string]string{
		"OrderingExpression": "ASC DESC",
		"GroupingItem":       "",
		"Limit":              "LIMIT",
		"LimitOffset":        "OFFSET",
		"WindowFrameExpr":    "UNBOUNDED PRECEDING FOLLOWING CURRENT ROW",
	}[n.kind]
	return r.splice(n, words, r.bareText)
}

// star is *, or t.*, perhaps with EXCEPT, which is EXCLUDE in DuckDB, and REPLACE.
func (r *rewriter) star(n *node) string {
	if reason := r.names.stars[n]; reason != "" {
		return r.refuse(n, "*", reason)
	}
	if base := n.children; strings.HasPrefix(n.kind, "Dot") && (!isPath(base[0]) || len(base[0].children) > 1) {
		return r.refuse(n, "*", "of a STRUCT; name its fields")
	}
	return r.splice(n, ". *", func(c *node) string {
		if c.kind != "StarModifiers" {
			return r.text(c)
		}
		return r.splice(c, "REPLACE", func(c *node) string {
			if c.kind != "StarExceptList" {
				return r.text(c)
			}
			var names []string
			for _, name := range c.children {
				names = append(names, r.text(name))
			}
			return "EXCLUDE (" + strings.Join(names, ", ") + ")"
		})
	})
}

// join needs a condition in DuckDB; in GoogleSQL one with an array may do without.
func (r *rewriter) join(n *node) string {
	text := r.splice(n, "", r.text)
	kind := strings.ToUpper(r.source(n.child("Location")))
	if kind == "," || strings.HasPrefix(kind, "CROSS") || n.child("OnClause") != nil || n.child("UsingClause") != nil {
		return text
	}
	return text + " ON TRUE"
}

// table is one table in FROM: a path, or UNNEST.
func (r *rewriter) table(n *node) string {
	if unnest := n.child("UnnestExpression"); unnest != nil {
		return r.unnest(n, unnest)
	}
	return r.splice(n, "", func(c *node) string {
		if c.kind == "PathExpression" {
			return r.tableName(c)
		}
		return r.text(c)
	})
}

// tableName is dataset.table, or the name of a query in WITH. A project before it is left out.
func (r *rewriter) tableName(n *node) string {
	var parts []string
	for _, c := range n.children {
		parts = append(parts, strings.Split(c.value, ".")...) // `dataset.table` is one identifier
	}
	t, ok := r.facts.tables[n.span]
	switch {
	case !ok && len(parts) == 1 && r.names.queries[strings.ToLower(parts[0])] != nil:
		return quoteName(parts[0])
	case !ok, !strings.HasSuffix("."+strings.Join(parts, "."), "."+t.name):
		return r.refuse(n, r.source(n), "an array in FROM: write UNNEST(…)")
	case len(parts) > 3:
		return r.refuse(n, r.source(n), "is not dataset.table")
	}
	for i, p := range parts {
		parts[i] = quoteName(p)
	}
	return strings.Join(parts[max(0, len(parts)-2):], ".")
}

// unnest names the column as well as the table by the alias, since in GoogleSQL the alias is the element. A place in the
// array counts from 0.
func (r *rewriter) unnest(n, unnest *node) string {
	if len(unnest.children) != 1 || len(unnest.children[0].children) != 1 {
		return r.refuse(n, "UNNEST", "of several arrays "+unknownReason)
	}
	array := r.text(unnest.children[0].children[0])
	if element, _ := elementOf(r.typeOf(unnest.children[0].children[0])); strings.HasPrefix(element, "STRUCT") && n.child("Alias") == nil {
		return r.refuse(n, "UNNEST", "of structs needs an alias")
	}
	name := "unnested"
	if alias := n.child("Alias"); alias != nil {
		name = r.text(alias.children[0])
	}
	offset := n.child("WithOffset")
	if offset == nil {
		return fmt.Sprintf("UNNEST(%s) AS %s(%s)", array, name, name)
	}
	place := `"offset"`
	if alias := offset.child("Alias"); alias != nil {
		place = r.text(alias.children[0])
	}
	return fmt.Sprintf("(SELECT UNNEST(%s) AS %s, generate_subscripts(%s, 1) - 1 AS %s) AS %s", array, name, array, place, name)
}

// merge is a MERGE statement: its target is a table, not a column.
func (r *rewriter) merge(n *node) string {
	target := n.child("PathExpression")
	return r.splice(n, "MERGE INTO USING ON", func(c *node) string {
		if c == target {
			return r.tableName(c)
		}
		return r.text(c)
	})
}

// assignment is SET column = value; DuckDB wants the column alone.
func (r *rewriter) assignment(n *node) string {
	target := n.children[0]
	return r.splice(n, "=", func(c *node) string {
		if c == target {
			return r.text(c.children[len(c.children)-1])
		}
		return r.bareText(c)
	})
}
