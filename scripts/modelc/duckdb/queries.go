package duckdb

import (
	"fmt"
	"strings"
)

// path is a column, or a field of one.
func (r *rewriter) path(n *node) string {
	if reason := r.facts.special[n.Range]; reason != "" {
		return r.refuse(n, r.source(n), reason)
	}
	if r.facts.fields[n.Range] && len(n.Children) == 1 {
		return r.refuse(n, r.source(n), "a field of UNNEST's element; put the element's name before it")
	}
	if ordinal, ok := r.names.ordinals[n]; ok {
		return fmt.Sprint(ordinal)
	}
	if reason := r.names.clashes[n]; reason != "" {
		return r.refuse(n, r.source(n), reason)
	}
	return r.splice(n, ".", r.text)
}

// keywords is a range of keywords between other nodes.
func (r *rewriter) keywords(n *node) string {
	return r.gap(n, n.Start, n.End, "JOIN INNER LEFT RIGHT FULL OUTER CROSS IN LIKE NOT BETWEEN ,")
}

// star is * or t.*, with or without REPLACE and EXCEPT, which is EXCLUDE in DuckDB.
func (r *rewriter) star(n *node) string {
	if reason := r.names.stars[n]; reason != "" {
		return r.refuse(n, "*", reason)
	}
	if base := n.Children; strings.HasPrefix(n.Kind, "Dot") && (!isPath(base[0]) || len(base[0].Children) > 1) {
		return r.refuse(n, "*", "of a STRUCT; list its fields")
	}
	return r.splice(n, ". *", func(c *node) string {
		if c.Kind != "StarModifiers" {
			return r.text(c)
		}
		return r.splice(c, "REPLACE", func(c *node) string {
			if c.Kind != "StarExceptList" {
				return r.text(c)
			}
			var names []string
			for _, name := range c.Children {
				names = append(names, r.text(name))
			}
			return "EXCLUDE (" + strings.Join(names, ", ") + ")"
		})
	})
}

// join always needs a condition in DuckDB. In GoogleSQL, a join with an array does not.
func (r *rewriter) join(n *node) string {
	text := r.splice(n, "", r.text)
	kind := strings.ToUpper(r.source(n.Child("Location")))
	if kind == "," || strings.HasPrefix(kind, "CROSS") || n.Child("OnClause") != nil || n.Child("UsingClause") != nil {
		return text
	}
	return text + " ON TRUE"
}

// table is one table in FROM: a path, or UNNEST.
func (r *rewriter) table(n *node) string {
	if unnest := n.Child("UnnestExpression"); unnest != nil {
		return r.unnest(n, unnest)
	}
	return r.splice(n, "", func(c *node) string {
		if c.Kind == "PathExpression" {
			return r.tableName(c)
		}
		return r.text(c)
	})
}

// tableName is dataset.table, or the name of a query in WITH. The project is left out.
func (r *rewriter) tableName(n *node) string {
	var parts []string
	for _, c := range n.Children {
		parts = append(parts, strings.Split(c.Value, ".")...) // `dataset.table` is one identifier
	}
	t, ok := r.facts.tables[n.Range]
	switch {
	case !ok && len(parts) == 1 && r.names.queries[strings.ToLower(parts[0])] != nil:
		return quoteName(parts[0])
	case !ok, !strings.HasSuffix("."+strings.Join(parts, "."), "."+t.name):
		return r.refuse(n, r.source(n), "an array in FROM; write UNNEST(…)")
	case len(parts) > 3:
		return r.refuse(n, r.source(n), "is not dataset.table")
	}
	for i, p := range parts {
		parts[i] = quoteName(p)
	}
	return strings.Join(parts[max(0, len(parts)-2):], ".")
}

// unnest gives the alias to the column as well as the table, because in GoogleSQL the alias is the element.
// Places in the array count from 0.
func (r *rewriter) unnest(n, unnest *node) string {
	if len(unnest.Children) != 1 || len(unnest.Children[0].Children) != 1 {
		return r.refuseUnknown(n, "UNNEST", "of several arrays")
	}
	source, alias := unnest.Children[0].Children[0], n.Child("Alias")
	array := r.text(source)
	if element, _ := elementOf(r.typeOf(source)); strings.HasPrefix(element, "STRUCT") && alias == nil {
		return r.refuse(n, "UNNEST", "of STRUCTs needs an alias")
	}
	name := "unnested"
	if alias != nil {
		name = r.text(alias.Children[0])
	}
	offset := n.Child("WithOffset")
	if offset == nil {
		return fmt.Sprintf("UNNEST(%s) AS %s(%s)", array, name, name)
	}
	place := `"offset"`
	if alias := offset.Child("Alias"); alias != nil {
		place = r.text(alias.Children[0])
	}
	return fmt.Sprintf("(SELECT UNNEST(%s) AS %s, generate_subscripts(%s, 1) - 1 AS %s) AS %s",
		array, name, array, place, name)
}

// merge is a MERGE statement: its target is a table, not a column.
func (r *rewriter) merge(n *node) string {
	target := n.Child("PathExpression")
	return r.splice(n, "MERGE INTO USING ON", func(c *node) string {
		if c == target {
			return r.tableName(c)
		}
		return r.text(c)
	})
}

// assignment is SET column = value. DuckDB does not accept a table before the column.
func (r *rewriter) assignment(n *node) string {
	target := n.Children[0]
	return r.splice(n, "=", func(c *node) string {
		if c == target {
			return r.text(c.Children[len(c.Children)-1])
		}
		return r.bareText(c)
	})
}
