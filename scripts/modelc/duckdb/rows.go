package duckdb

import (
	"fmt"
	"strings"
)

// value is an expression in DuckDB's dialect.
type value struct {
	text, typ string
	parts     []string // of a STRUCT that is put together where it is used: its fields; it is not NULL
}

// valueOf returns n in DuckDB's dialect. A table's row is put together from the table's columns.
func (r *rewriter) valueOf(n *node) value {
	v := value{typ: r.typeOf(n)}
	switch {
	case isPath(n) && r.facts.rows[n.Range]:
		for _, f := range structFields(v.typ) {
			v.parts = append(v.parts, r.text(n.Children[0])+"."+quoteName(f.name))
		}
	case n.Kind == "StructConstructorWithKeyword":
		for _, c := range n.Children {
			v.parts = append(v.parts, r.text(c.Children[0]))
		}
	default:
		v.text = r.operand(n)
	}
	return v
}

// fields returns the fields of a STRUCT, none of any other value.
func (v value) fields() []value {
	var list []value
	for i, f := range structFields(v.typ) {
		text := fmt.Sprintf("struct_extract(%s, %s)", v.text, quote(f.name))
		if i < len(v.parts) {
			text = v.parts[i]
		}
		list = append(list, value{text: text, typ: f.typ})
	}
	return list
}

// row is a table's name that stands for its row, a STRUCT of its columns. DuckDB would take the name for a
// column first, and a row of NULLs for NULL.
func (r *rewriter) row(n *node) string {
	v := r.valueOf(n)
	var fields []string
	for i, f := range structFields(v.typ) {
		fields = append(fields, quote(f.name)+": "+v.parts[i])
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

// structsCompared compares two STRUCTs field by field: a NULL in one is unknown, as it is outside of a
// STRUCT. DuckDB takes two NULLs in the same field for the same.
func (r *rewriter) structsCompared(n *node, operator string, left, right *node) string {
	l, o := r.valueOf(left), r.valueOf(right)
	text, ok := equal(l, o)
	switch {
	case !ok:
	case operator == "=":
		return text
	case !strings.HasPrefix(operator, "IS"):
		return "(NOT " + text + ")"
	case l.typ == o.typ:
		return r.splice(n, operator, r.text)
	}
	return r.refuseUnknown(n, "operator "+operator, fmt.Sprintf("of %s and %s", l.typ, o.typ))
}

// equal returns a condition in parentheses. ok is false when values of the types are not known to compare alike
// in both dialects.
func equal(left, right value) (text string, ok bool) {
	if !isStruct(left.typ) {
		return fmt.Sprintf("(%s = %s)", left.text, right.text), left.typ == right.typ && isScalar(left.typ)
	}
	fields, others := left.fields(), right.fields()
	if len(fields) != len(others) {
		return "", false
	}
	var terms []string
	for i := range fields {
		term, ok := equal(fields[i], others[i])
		if !ok {
			return "", false
		}
		terms = append(terms, term)
	}
	return "(" + strings.Join(terms, " AND ") + ")", len(terms) > 0
}
