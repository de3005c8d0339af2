package duckdb

import "fmt"

// Strings that GoogleSQL casts. DuckDB accepts more: '1.5' and '1e3' as a BIGINT, 'yes' as a BOOLEAN.
const (
	wholePattern   = `\s*([-+]?[0-9]+|0[xX][0-9a-fA-F]+)\s*`
	signedHex      = `\s*[-+]0[xX][0-9a-fA-F]+\s*`
	decimalPattern = `\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*`
	floatPattern   = `(?i)` + decimalPattern + `|\s*[-+]?(inf|infinity|nan)\s*`
	boolPattern    = `(?i)true|false`
	datePattern    = `[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}`
)

// conversion returns the cast of a text. A safe cast gives NULL instead of an error.
type conversion func(text string, safe bool) string

// conversions lists the casts that are rewritten, by the types from and to.
var conversions = map[[2]string]conversion{
	{"INT64", "FLOAT64"}:    simple("DOUBLE"),
	{"INT64", "NUMERIC"}:    simple("DECIMAL(38, 9)"),
	{"INT64", "STRING"}:     simple("VARCHAR"),
	{"INT64", "BOOL"}:       simple("BOOLEAN"),
	{"BOOL", "INT64"}:       simple("BIGINT"),
	{"BOOL", "STRING"}:      simple("VARCHAR"),
	{"FLOAT64", "INT64"}:    around("round(%s)", "BIGINT"),
	{"FLOAT64", "NUMERIC"}:  around("printf('%%.40f', %s)", "DECIMAL(38, 9)"),
	{"FLOAT64", "STRING"}:   floatToString,
	{"NUMERIC", "INT64"}:    simple("BIGINT"),
	{"NUMERIC", "FLOAT64"}:  func(text string, _ bool) string { return numericToFloat(text) },
	{"NUMERIC", "STRING"}:   numericToString,
	{"STRING", "INT64"}:     stringToInt,
	{"STRING", "FLOAT64"}:   checked(floatPattern, "DOUBLE"),
	{"STRING", "NUMERIC"}:   checked(decimalPattern, "DECIMAL(38, 9)"),
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
	if value.Kind == "StringLiteral" {
		from = "STRING"
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

// checked accepts only the strings that GoogleSQL would cast.
func checked(pattern, duck string) conversion {
	return func(text string, safe bool) string {
		if safe {
			return fmt.Sprintf("CASE WHEN regexp_full_match(%s, %s) THEN TRY_CAST(%s AS %s) END",
				text, quote(pattern), text, duck)
		}
		return fmt.Sprintf("CASE WHEN NOT regexp_full_match(%s, %s) THEN error('not of type %s: ' || %s) "+
			"ELSE CAST(%s AS %s) END", text, quote(pattern), duck, text, text, duck)
	}
}

// stringToInt fails for hexadecimal digits with a sign, which GoogleSQL accepts and DuckDB does not.
func stringToInt(text string, safe bool) string {
	if !safe {
		return checked(wholePattern, "BIGINT")(text, safe)
	}
	return fmt.Sprintf("CASE WHEN regexp_full_match(%s, %s) THEN TRY_CAST(%s AS BIGINT) "+
		"WHEN regexp_full_match(%s, %s) THEN error('hexadecimal with a sign: ' || %s) END",
		text, quote(wholePattern), text, text, quote(signedHex), text)
}

// numericToString removes trailing zeros, and the point when no digit follows it.
func numericToString(text string, _ bool) string {
	return fmt.Sprintf("rtrim(rtrim(CAST(%s AS VARCHAR), '0'), '.')", text)
}

// floatToString writes 15 digits, or 17 if 15 would not give the same number back.
func floatToString(text string, _ bool) string {
	return fmt.Sprintf("CASE WHEN CAST(printf('%%.15g', %s) AS DOUBLE) = %s THEN printf('%%.15g', %s) "+
		"ELSE printf('%%.17g', %s) END", text, text, text, text)
}

// timestampToString writes the fraction of a second in three or six digits, or not at all when it is zero.
func timestampToString(text string, _ bool) string {
	return fmt.Sprintf(
		`(regexp_replace(strftime(%s, '%%Y-%%m-%%d %%H:%%M:%%S.%%f'), '(\.000)?000$', '') || '+00')`, text)
}
