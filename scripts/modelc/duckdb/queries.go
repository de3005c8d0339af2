package duckdb

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// path is a column, a field of one, or a table's row.
func (r *rewriter) path(n *node) string {
	if reason := r.facts.special[n.Range]; reason != "" {
		return r.refuse(n, r.source(n), reason)
	}
	if r.facts.fields[n.Range] && len(n.Children) == 1 {
		return r.refuse(n, r.source(n), "a field of UNNEST's element; put the element's name before it")
	}
	if same := r.names.grouped[n]; same != nil {
		return r.path(same)
	}
	if ordinal, ok := r.names.ordinals[n]; ok {
		return fmt.Sprint(ordinal)
	}
	if reason := r.names.clashes[n]; reason != "" {
		return r.refuse(n, r.source(n), reason)
	}
	if r.facts.rows[n.Range] {
		return r.row(n)
	}
	text := r.splice(n, ".", r.text)
	if table := r.names.elements[n]; table != "" {
		return quoteName(table) + "." + text
	}
	return text
}

// selection is a SELECT. Over no rows, DuckDB gives a row for a grouping set without columns.
func (r *rewriter) selection(n *node) string {
	group, having := n.Child("GroupBy"), n.Child("Having")
	sets := group != nil && slices.ContainsFunc(group.Children, func(c *node) bool {
		return c.Child("Rollup") != nil || c.Child("Cube") != nil || c.Child("GroupingSetList") != nil
	})
	return r.splice(n, "SELECT ALL DISTINCT", func(c *node) string {
		switch {
		case sets && c == group && having == nil:
			return r.text(c) + " HAVING COUNT(*) > 0"
		case sets && c == having:
			return fmt.Sprintf("HAVING COUNT(*) > 0 AND (%s)", r.text(c.Children[0]))
		}
		return r.text(c)
	})
}

const locationWords = "JOIN INNER LEFT RIGHT FULL OUTER CROSS IN BETWEEN ,"

// keywords is a range of keywords between other nodes. A comma binds weaker than JOIN in DuckDB.
func (r *rewriter) keywords(n *node) string {
	if join := n.Parent; join.Kind == "Join" && r.names.joinKind(join) == "," && join.Parent.Kind == "Join" &&
		r.names.joinKind(join.Parent) != "," {
		return " CROSS JOIN"
	}
	return r.gap(n, n.Start, n.End, locationWords)
}

// star is * or t.*, with or without REPLACE and EXCEPT, which is EXCLUDE in DuckDB.
func (r *rewriter) star(n *node) string {
	if n.Parent.Kind == "SelectColumn" {
		if name := r.names.twice(fromOf(n)); name != "" {
			return r.refuse(n, "*", "a table in FROM has two columns "+name+"; rename one of them")
		}
		if r.names.mustList(n) {
			return r.listed(n)
		}
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

// selectColumn gives a column without an alias the name that it has in GoogleSQL, if another text no longer
// says it.
func (r *rewriter) selectColumn(n *node) string {
	text := r.splice(n, "", r.text)
	if name := outputName(n); name != "" && n.Child("Alias") == nil && !isNamed(text, name) {
		text += " AS " + quoteName(name)
	}
	return text
}

// isNamed reports whether a column that is written as text, without AS, has a name.
func isNamed(text, name string) bool { return strings.HasSuffix("."+text, "."+quoteName(name)) }

// listed is a star that would have other columns in DuckDB, or in another order, as the list of its columns.
func (r *rewriter) listed(n *node) string {
	replaced := map[string]*node{}
	if modifiers := n.Child("StarModifiers"); modifiers != nil {
		for _, c := range modifiers.Children {
			if c.Kind == "StarReplaceItem" {
				replaced[strings.ToLower(c.Child("Identifier").Value)] = c.Children[0]
			}
		}
	}
	columns := r.names.starColumns(n)
	if len(columns) == 0 {
		return r.refuse(n, "*", "its columns are not known; list them")
	}
	var list []string
	for _, c := range columns {
		var text string
		if other := replaced[strings.ToLower(c.name)]; other != nil {
			text = r.text(other)
		} else if len(c.path) > 0 {
			text = r.columnText(n, c)
		} else { // a field of an expression
			text = fmt.Sprintf("struct_extract(%s, %s)", r.text(n.Children[0]), quote(c.name))
		}
		switch {
		case c.name == "":
			return r.refuse(n, "*", "stands for a column without a name; name the column")
		case !isNamed(text, c.name):
			text += " AS " + quoteName(c.name)
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

// columnText is a column that a star stands for.
func (r *rewriter) columnText(star *node, c column) string {
	if len(c.sides) > 0 {
		return fmt.Sprintf("COALESCE(%s, %s)", r.columnText(star, c.sides[0]), r.columnText(star, c.sides[1]))
	}
	if len(c.path) == 1 && r.names.countNamed(fromOf(star), c.name) > 1 {
		return r.refuse(star, "*", "stands for several columns "+c.name+"; name the subqueries in FROM")
	}
	quoted := make([]string, len(c.path))
	for i, name := range c.path {
		quoted[i] = quoteName(name)
	}
	return strings.Join(quoted, ".")
}

// join always needs a condition in DuckDB. In GoogleSQL, a join with an array does not. USING takes an array's element
// rather than a column of that name in GoogleSQL.
func (r *rewriter) join(n *node) string {
	if using := n.Child("UsingClause"); using != nil {
		for _, key := range using.Children {
			for _, side := range n.Children {
				if isTable(side) && r.names.countNamed(side, key.Value) > 1 {
					return r.refuse(key, "USING", "one side has several columns "+key.Value+"; rename the array's")
				}
			}
		}
	}
	text := r.splice(n, "", r.text)
	if kind := r.names.joinKind(n); kind == "," || kind == "CROSS" || n.Child("OnClause") != nil || n.Child("UsingClause") != nil {
		return text
	}
	return text + " ON TRUE"
}

// table is one table in FROM: a path of a table or an array, or UNNEST.
func (r *rewriter) table(n *node) string {
	if _, ok := r.names.array(n); ok {
		return r.array(n)
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
	case !ok && len(parts) == 1: // of a query in WITH
		return quoteName(parts[0])
	case !ok, !strings.HasSuffix("."+strings.Join(parts, "."), "."+t.name):
		return r.refuse(n, r.source(n), "an array of a table; name the table and write its name before the array's")
	case len(parts) > 3:
		return r.refuse(n, r.source(n), "is not dataset.table")
	}
	for i, p := range parts {
		parts[i] = quoteName(p)
	}
	return strings.Join(parts[max(0, len(parts)-2):], ".")
}

// array is UNNEST, or the path of an array. The alias becomes the column's name as well as the table's,
// because in GoogleSQL the alias is the element. Places in the array count from 0.
func (r *rewriter) array(n *node) string {
	for _, c := range n.Children {
		if !slices.Contains([]string{"UnnestExpression", "PathExpression", "Alias", "WithOffset"}, c.Kind) {
			return r.refuseUnknown(c, wording(c), "of an array")
		}
	}
	source := n.Child("PathExpression")
	if unnest := n.Child("UnnestExpression"); unnest != nil {
		if len(unnest.Children) != 1 || len(unnest.Children[0].Children) != 1 {
			return r.refuseUnknown(n, "UNNEST", "of several arrays")
		}
		source = unnest.Children[0].Children[0]
	}
	array := r.text(source)
	alias := tableAlias(n)
	if element, _ := elementOf(r.typeOf(source)); isStruct(element) && alias == "" {
		return r.refuse(n, "UNNEST", "of STRUCTs needs an alias")
	}
	name := quoteName(cmp.Or(alias, unnamedElement))
	offset := n.Child("WithOffset")
	if offset == nil {
		return fmt.Sprintf("UNNEST(%s) AS %s(%s)", array, name, name)
	}
	place := quoteName(offsetName(offset))
	return fmt.Sprintf("(SELECT %s, %s - 1 AS %[2]s FROM UNNEST(%[3]s) WITH ORDINALITY AS %[1]s(%[1]s, %[2]s)) AS %[1]s",
		name, place, array)
}

// unnamedElement is the name that an element without one gets in DuckDB.
const unnamedElement = "unnested"

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
