package algebra

import (
	"fmt"
	"regexp"
	"strings"
)

// operators lists the calls that are written between their arguments.
var operators = map[string]string{
	"$and": "AND", "$or": "OR", "$equal": "=", "$not_equal": "!=", "$less": "<", "$less_or_equal": "<=",
	"$add": "+", "$subtract": "-", "$multiply": "*", "$divide": "/", "$like": "LIKE", "$concat_op": "||",
}

// SQL returns an expression as one would write it by hand, without the tables of columns. known returns the
// names of expressions that are columns already, and "" for others; it may be nil.
func SQL(e *Expr, known func(*Expr) string) string {
	w := writer{known}
	return w.text(e)
}

type writer struct{ known func(*Expr) string }

func (w writer) text(e *Expr) string {
	if w.known != nil {
		if name := w.known(e); name != "" {
			return name
		}
	}
	switch e.Op {
	case "ref":
		if len(e.Args) > 0 {
			return w.text(e.Args[0])
		}
		return e.Name
	case "literal":
		return literalSQL(e)
	case "parameter":
		return "@" + e.Name
	case "cast":
		if safe, ok := strings.CutPrefix(e.Name, "safe "); ok {
			return fmt.Sprintf("SAFE_CAST(%s AS %s)", w.text(e.Args[0]), safe)
		}
		return fmt.Sprintf("CAST(%s AS %s)", w.text(e.Args[0]), e.Name)
	case "subquery":
		return "(SELECT …)"
	case "by":
		return w.text(e.Args[0]) + strings.TrimPrefix(" "+strings.ToUpper(e.Name), " ASC")
	case "field", "json":
		return w.text(e.Args[0]) + "." + e.Name
	case "over":
		var parts []string
		if len(e.Args[1].Args) > 0 {
			parts = append(parts, "PARTITION BY "+w.list(e.Args[1].Args))
		}
		if len(e.Args[2].Args) > 0 {
			parts = append(parts, "ORDER BY "+w.list(e.Args[2].Args))
		}
		return w.text(e.Args[0]) + " OVER (" + strings.Join(parts, " ") + ")"
	case "call":
		return w.call(e)
	case "aggregate":
		return w.aggregate(e)
	}
	return strings.ToUpper(e.Name) + "(" + w.list(e.Args) + ")"
}

func (w writer) list(list []*Expr) string {
	texts := make([]string, len(list))
	for i, e := range list {
		texts[i] = w.text(e)
	}
	return strings.Join(texts, ", ")
}

func (w writer) call(e *Expr) string {
	if operator, ok := operators[e.Name]; ok {
		texts := make([]string, len(e.Args))
		for i, a := range e.Args {
			texts[i] = w.text(a)
			if _, nested := operators[a.Name]; nested && a.Op == "call" && w.text(a) != a.Name && len(a.Args) > 1 {
				texts[i] = "(" + texts[i] + ")"
			}
		}
		turned := map[string]string{"<": ">", "<=": ">=", "=": "=", "!=": "!="}
		if turned[operator] != "" && isConstant(e.Args[0]) && !isConstant(e.Args[1]) {
			return texts[1] + " " + turned[operator] + " " + texts[0]
		}
		return strings.Join(texts, " "+operator+" ")
	}
	switch e.Name {
	case "$in":
		return w.text(e.Args[0]) + " IN (" + w.list(e.Args[1:]) + ")"
	case "$unary_minus":
		return "-" + w.text(e.Args[0])
	case "$is_null":
		return w.text(e.Args[0]) + " IS NULL"
	case "$not":
		if a := e.Args[0]; a.Op == "call" && a.Name == "$is_null" {
			return w.text(a.Args[0]) + " IS NOT NULL"
		}
		return "NOT (" + w.text(e.Args[0]) + ")"
	case "date_sub", "date_add", "timestamp_sub", "timestamp_add":
		if len(e.Args) == 3 {
			return fmt.Sprintf("%s(%s, INTERVAL %s %s)",
				strings.ToUpper(e.Name), w.text(e.Args[0]), w.text(e.Args[1]), w.text(e.Args[2]))
		}
	}
	return strings.ToUpper(strings.TrimPrefix(e.Name, "$")) + "(" + w.list(e.Args) + ")"
}

func (w writer) aggregate(e *Expr) string {
	name, distinct := strings.CutSuffix(e.Name, " distinct")
	args := w.list(e.Args)
	if distinct {
		args = "DISTINCT " + args
	}
	if name == "$count_star" {
		return "COUNT(*)"
	}
	return strings.ToUpper(name) + "(" + args + ")"
}

func isConstant(e *Expr) bool {
	is := true
	e.Walk(func(e *Expr) bool { is = is && e.Op != "ref" && e.Op != "subquery"; return is })
	return is
}

var (
	quoted = regexp.MustCompile(`^"([^'"\\]*)"$`)
	part   = regexp.MustCompile(`^CAST\("(\w+)" AS .*\)$`) // DAY, of an enumeration
)

// literalSQL writes text in single quotes and a date without its type.
func literalSQL(e *Expr) string {
	text := e.Name
	if m := part.FindStringSubmatch(text); m != nil && strings.Contains(e.Type, ".") {
		return m[1]
	}
	switch e.Type {
	case "DATE", "NUMERIC":
		text = strings.TrimPrefix(text, e.Type+" ")
		if e.Type == "NUMERIC" {
			return strings.Trim(text, `"`)
		}
	}
	if m := quoted.FindStringSubmatch(text); m != nil {
		return "'" + m[1] + "'"
	}
	return text
}
