package duckdb

import (
	"fmt"
	"strings"
)

// Strings that GoogleSQL casts. DuckDB accepts more: '1.5' and '1e3' as a BIGINT, 'yes' as a BOOLEAN.
const (
	wholePattern   = `\s*[-+]?[0-9]+\s*`
	hexPattern     = `\s*[-+]?0[xX][0-9a-fA-F]+\s*`
	decimalPattern = `\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*`
	numericPattern = `\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE](\+?[0-9]+|-0*[0-9]))?\s*` // DuckDB rounds 1e-12 up
	floatPattern   = `(?i)` + decimalPattern + `|\s*[-+]?(inf|infinity|nan)\s*`
	boolPattern    = `(?i)true|false`
	datePattern    = `(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-[0-9]{1,2}-[0-9]{1,2}`

	// FLOAT64s that are only GoogleSQL's. DuckDB can compute those of up to 16 hexadecimal digits without a point.
	hexFloatPattern = `\s*[-+]?0[xX][0-9a-fA-F]{1,16}\s*`
	oddFloatPattern = `(?i)\s*[-+]?(0x([0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(p[-+]?[0-9]+)?|nan\([a-z0-9_]*\))\s*`
)

// conversion returns the cast of a text. A safe cast gives NULL instead of an error.
type conversion func(text string, safe bool) string

// conversions lists the casts that are rewritten, by the types from and to.
var conversions = map[[2]string]conversion{
	{"INT64", "FLOAT64"}:   simple("DOUBLE"),
	{"INT64", "NUMERIC"}:   simple("DECIMAL(38, 9)"),
	{"INT64", "STRING"}:    simple("VARCHAR"),
	{"INT64", "BOOL"}:      simple("BOOLEAN"),
	{"BOOL", "INT64"}:      simple("BIGINT"),
	{"BOOL", "STRING"}:     simple("VARCHAR"),
	{"FLOAT64", "INT64"}:   around("round(%s)", "BIGINT"),
	{"FLOAT64", "NUMERIC"}: around("printf('%%.40f', %s)", "DECIMAL(38, 9)"),
	{"FLOAT64", "STRING"}:  floatToString,
	{"NUMERIC", "INT64"}:   simple("BIGINT"),
	{"NUMERIC", "FLOAT64"}: func(text string, _ bool) string { return numericToFloat(text) },
	{"NUMERIC", "STRING"}:  numericToString,
	{"STRING", "INT64"}:    oneOf("BIGINT", form{wholePattern, simple("BIGINT")}, form{hexPattern, hexadecimal("BIGINT")}),
	{"STRING", "FLOAT64"}: oneOf("DOUBLE",
		form{floatPattern, simple("DOUBLE")}, form{hexFloatPattern, hexadecimal("DOUBLE")}, form{oddFloatPattern, unreadable}),
	{"STRING", "NUMERIC"}: oneOf("DECIMAL(38, 9)",
		form{numericPattern, simple("DECIMAL(38, 9)")}, form{decimalPattern, unreadable}),
	{"STRING", "BOOL"}:      checked(boolPattern, "BOOLEAN"),
	{"STRING", "DATE"}:      checked(datePattern, "DATE"),
	{"DATE", "STRING"}:      simple("VARCHAR"),
	{"DATE", "TIMESTAMP"}:   simple("TIMESTAMPTZ"),
	{"TIMESTAMP", "DATE"}:   simple("DATE"),
	{"TIMESTAMP", "STRING"}: timestampToString,
	{"STRING", "BYTES"}:     func(text string, _ bool) string { return "encode(" + text + ")" },
}

// cast is CAST or SAFE_CAST.
func (r *rewriter) cast(n *node) string {
	operator := r.operator(n)
	safe := operator == "SAFE_CAST AS"
	if operator != "CAST AS" && !safe || len(n.Children) != 2 {
		return r.refuseUnknown(n, "CAST with FORMAT", "")
	}
	value, to := n.Children[0], r.writtenType(n.Children[1])
	duck, ok := duckType(to)
	from := r.typeOf(value)
	switch {
	case value.Kind == "StringLiteral":
		from = "STRING"
	case from == "": // the analyzer leaves out a cast that changes nothing, and places what is cast where the cast is
		from = r.typeOf(n)
	}
	convert := conversions[[2]string{from, to}]
	switch {
	case !ok:
		return r.refuseUnknown(n.Children[1], "type "+to, "")
	case value.Kind == "NullLiteral":
		return fmt.Sprintf("CAST(NULL AS %s)", duck)
	case to == "DATE" && isDate(value), to == "TIMESTAMP" && value.Kind == "StringLiteral" && !safe:
		return r.dateOrTime(value, to, value.Value)
	case from == to:
		return fmt.Sprintf("CAST(%s AS %s)", r.bareText(value), duck)
	case convert != nil:
		return convert(r.text(value), safe)
	}
	return r.refuseUnknown(n, fmt.Sprintf("CAST from %s to %s", from, to), "")
}

func castWord(safe bool) string {
	if safe {
		return "TRY_CAST"
	}
	return "CAST"
}

func simple(duck string) conversion { return around("%s", duck) }

func around(format, duck string) conversion {
	return func(text string, safe bool) string {
		return fmt.Sprintf("%s(%s AS %s)", castWord(safe), fmt.Sprintf(format, text), duck)
	}
}

// form is a form of strings that are cast, and how.
type form struct {
	pattern string
	cast    conversion
}

// oneOf casts strings of some forms, the first that fits, and no others.
func oneOf(duck string, forms ...form) conversion {
	return func(text string, safe bool) string {
		var b strings.Builder
		for _, f := range forms {
			fmt.Fprintf(&b, " WHEN regexp_full_match(%s, %s) THEN %s", text, quote(f.pattern), f.cast(text, safe))
		}
		if !safe {
			fmt.Fprintf(&b, " WHEN %s IS NOT NULL THEN error('not of type %s: ' || %s)", text, duck, text)
		}
		return "CASE" + b.String() + " END"
	}
}

// checked casts strings that match a pattern.
func checked(pattern, duck string) conversion { return oneOf(duck, form{pattern, simple(duck)}) }

// hexadecimal casts hexadecimal digits that may have a sign, which DuckDB does not accept.
func hexadecimal(duck string) conversion {
	return func(text string, safe bool) string {
		digits := fmt.Sprintf("%s(regexp_extract(%s, '0[xX][0-9a-fA-F]+') AS UBIGINT)", castWord(safe), text)
		return fmt.Sprintf("%s(regexp_extract(%s, '[-+]') || %s AS %s)", castWord(safe), text, digits, duck)
	}
}

// unreadable fails for strings that DuckDB cannot cast.
func unreadable(text string, _ bool) string {
	return fmt.Sprintf("error('DuckDB cannot read this number: ' || %s)", text)
}

// numericToString removes trailing zeros, and the point when no digit follows it.
func numericToString(text string, _ bool) string {
	return fmt.Sprintf("rtrim(rtrim(CAST(%s AS VARCHAR), '0'), '.')", text)
}

// floatToString writes 15 digits, or 17 if 15 would not give the same number back. To add 0 turns -0 into 0.
func floatToString(text string, _ bool) string {
	return fmt.Sprintf("CASE WHEN CAST(printf('%%.15g', %s) AS DOUBLE) = %s THEN printf('%%.15g', %s + 0e0) "+
		"ELSE printf('%%.17g', %s) END", text, text, text, text)
}

// timestampToString writes the fraction of a second in three or six digits, or not at all when it is zero.
func timestampToString(text string, _ bool) string {
	return fmt.Sprintf(`regexp_replace(strftime(%s, '%%Y-%%m-%%d %%H:%%M:%%S.%%f+00'), '(\.000)?000\+00$', '+00')`, text)
}
