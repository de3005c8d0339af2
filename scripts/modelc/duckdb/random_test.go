package duckdb

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"math/rand"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

var (
	expressions = flag.Int("expressions", 200, "how many random expressions to compare with GoogleSQL's answers")
	seed        = flag.Int64("seed", 1, "of the random expressions and queries")
)

// Random expressions of every type give in DuckDB what they give in GoogleSQL. More of them:
// go test ./scripts/modelc/duckdb -run RandomExpressions -expressions 3000 -seed 7
func TestRandomExpressionsReturnTheSame(t *testing.T) {
	rewrite, conn := testRewriter(t), open(t)
	random := rand.New(rand.NewSource(*seed))
	var queries []query
	for i := range *expressions {
		x := expression(random, typeNames[random.Intn(len(typeNames))], 1+random.Intn(3))
		queries = append(queries, query{name: x, sql: fmt.Sprintf("SELECT k, %s AS x FROM (%s)", x, strings.Join(randomRows, " UNION ALL "))})
		if i%100 == 0 {
			runtime.GC() // the analyzer's memory is freed by finalizers
		}
	}
	answer(t, queries)
	refused := 0
	for _, q := range queries {
		text, err := rewrite(q.sql)
		switch {
		case errors.As(err, new(*Refusal)): // a literal made a NUMERIC of something
			refused++
			continue
		case err != nil:
			t.Errorf("%s: %v", q.name, err)
			continue
		case strings.HasPrefix(q.answer, errorAnswer): // DuckDB may not compute what fails
			continue
		}
		if got, err := run(t, conn, text, false); got != q.answer {
			t.Errorf("%s\n%s\nGoogleSQL:\n%s\nDuckDB:\n%s", q.name, text, q.answer, cmp.Or(got, fmt.Sprint(err)))
		}
	}
	if refused > len(queries)/20 {
		t.Errorf("%d of %d expressions are refused", refused, len(queries))
	}
}

// randomRows holds the rows of the columns that random expressions use: small numbers, so that little overflows.
var randomRows = []string{
	`SELECT 1 AS k, 0 AS i, 5 AS j, 0.5 AS f, -2.25 AS g, NUMERIC '1.005' AS n, NUMERIC '-3' AS m, 'abc' AS s, 'b' AS r, TRUE AS b, FALSE AS c,
	DATE '2024-02-29' AS d, DATE '2025-12-31' AS e, TIMESTAMP '2024-02-29 23:59:59.999999+00' AS t, TIMESTAMP '1970-01-01 00:00:00+00' AS u`,
	`SELECT 2, NULL, -7, NULL, 1e-5, NULL, NUMERIC '0.000000005', NULL, '', NULL, TRUE,
	NULL, DATE '1969-12-31', NULL, TIMESTAMP '1969-12-31 23:59:59.5+00'`,
	`SELECT 3, 3, NULL, 2.675, NULL, NUMERIC '12345.678901234', NULL, 'É é', NULL, FALSE, NULL,
	DATE '2026-01-01', NULL, TIMESTAMP '2026-01-01 00:00:00+00', NULL`,
	`SELECT 4, -12, 2, 100.0, 0.1, NUMERIC '0.5', NUMERIC '-0.5', '12', 'e\u0301💥', TRUE, TRUE,
	DATE '2027-01-03', DATE '2026-12-28', TIMESTAMP '2026-06-15 12:34:56.789+00', TIMESTAMP '2027-01-03 00:00:00.001+00'`,
}

var typeNames = []string{"INT64", "FLOAT64", "NUMERIC", "STRING", "BOOL", "DATE", "TIMESTAMP"}

// leaves lists the expressions without parts. CAST(NULL …) is one of every type.
var leaves = map[string][]string{
	"INT64":     {"i", "j", "0", "1", "-1", "7", "100"},
	"FLOAT64":   {"f", "g", "0.5", "-1.25", "1e3"},
	"NUMERIC":   {"n", "m", "NUMERIC '1.5'", "NUMERIC '-0.000000001'"},
	"STRING":    {"s", "r", "'é'", "''", "'a b'", "'12'", "'💥x'"},
	"BOOL":      {"b", "c", "TRUE", "FALSE"},
	"DATE":      {"d", "e", "DATE '2024-02-29'", "DATE '2025-12-29'"},
	"TIMESTAMP": {"t", "u", "TIMESTAMP '2026-01-01 00:00:00.000001+00'"},
}

// forms lists the expressions with parts: <T> is an expression of the expression's own type, <INT64> one of that
// type, <X> one of any type, the same in the whole form, and «a|b» is a or b.
var forms = map[string][]string{
	"": {
		"IF(<BOOL>, <T>, <T>)", "COALESCE(<T>, <T>)", "IFNULL(<T>, <T>)", "NULLIF(<T>, <T>)", "«GREATEST|LEAST»(<T>, <T>)",
		"CASE WHEN <BOOL> THEN <T> WHEN <BOOL> THEN <T> END", "CASE <X> WHEN <X> THEN <T> ELSE <T> END",
	},
	"INT64": {
		"(<T> «+|-|*» <T>)", "(<T> «+|-|*» <T>)", "«DIV|MOD»(<T>, <T>)", "«ABS|SIGN|-|+»(<T>)", "LENGTH(<STRING>)", "STRPOS(<STRING>, <STRING>)",
		"EXTRACT(«YEAR|QUARTER|MONTH|DAY|DAYOFYEAR|DAYOFWEEK|ISOWEEK|ISOYEAR|WEEK|WEEK(MONDAY)» FROM <DATE>)",
		"EXTRACT(«HOUR|MINUTE|SECOND|MILLISECOND|MICROSECOND|DAY|WEEK|ISOYEAR» FROM <TIMESTAMP>)",
		"DATE_DIFF(<DATE>, <DATE>, «DAY|WEEK|MONTH|YEAR|QUARTER|ISOWEEK|WEEK(THURSDAY)»)",
		"TIMESTAMP_DIFF(<TIMESTAMP>, <TIMESTAMP>, «DAY|HOUR|MINUTE|SECOND|MILLISECOND|MICROSECOND»)",
		"CAST(«<FLOAT64>|<NUMERIC>|<BOOL>» AS INT64)", "SAFE_CAST(«<FLOAT64>|<NUMERIC>|<STRING>» AS INT64)",
		"«UNIX_SECONDS|UNIX_MILLIS|UNIX_MICROS»(<TIMESTAMP>)", "UNIX_DATE(<DATE>)", "ARRAY_LENGTH(SPLIT(<STRING>, «'a'|' '|'é'»))",
	},
	"FLOAT64": {
		"(<T> «+|-|*» «<T>|<INT64>|<NUMERIC>»)", "(«<INT64>|<T>» / «<INT64>|<T>»)", "SAFE_DIVIDE(«<INT64>|<T>», «<INT64>|<T>»)",
		"ROUND(«<INT64>|<T>», «0|1|2|3|4»)", "«CEIL|FLOOR|TRUNC|ROUND»(«<INT64>|<T>»)", "CAST(«<INT64>|<NUMERIC>» AS FLOAT64)",
		"SAFE_CAST(<STRING> AS FLOAT64)", "«ABS|SIGN|-»(<T>)", "SQRT(ABS(«<INT64>|<T>»))",
	},
	"NUMERIC": {
		"(<T> «+|-|*» «<T>|<INT64>»)", "(<T> / «1|10|100|1000»)", "ROUND(<T>, «0|1|2|5|8»)", "«CEIL|FLOOR|TRUNC|ROUND|ABS|SIGN|-»(<T>)",
		"CAST(«<INT64>|<FLOAT64>» AS NUMERIC)", "SAFE_CAST(<STRING> AS NUMERIC)",
	},
	"STRING": {
		"CONCAT(<T>, <T>)", "(<T> || <T>)", "«UPPER|LOWER|REVERSE|TRIM|LTRIM|RTRIM»(<T>)", "«TRIM|LTRIM|RTRIM»(<T>, «'a'|'é '|'x12'»)",
		"SUBSTR(<T>, «1|2|3», «0|1|2»)", "«LEFT|RIGHT»(<T>, «0|1|2»)", "REPLACE(<T>, <T>, <T>)", "CAST(<X> AS STRING)", "TO_JSON_STRING(<X>)",
		"FORMAT_DATE('«%Y-%m|%F|%a %d %b|%G-%V|%j %U %W|%A %B %y|%u%w»', <DATE>)", "FORMAT_TIMESTAMP('«%F %T|%H:%M|%I %p|%G-%V|%j %U»', <TIMESTAMP>)",
		`REGEXP_EXTRACT(<T>, r'«[a-z]+|(.)b|[0-9]|\w|.$|^.»')`, `REGEXP_REPLACE(<T>, r'«[a-z]|é|[0-9]+| »', r'«|x|<\0>»')`,
		"SPLIT(<T>, «'a'|' '|'é'»)[SAFE_OFFSET(«0|1»)]", "ARRAY_TO_STRING(SPLIT(<T>, «'a'|' '»), '-')", "TO_HEX(SHA256(<T>))",
	},
	"BOOL": {
		"(<X> «=|!=|<|<=|>|>=» <X>)", "(<X> «=|!=|<|<=|>|>=» <X>)", "(«<INT64>|<FLOAT64>|<NUMERIC>» «=|<|>=» «<INT64>|<FLOAT64>|<NUMERIC>»)",
		"(<T> «AND|OR» <T>)", "(NOT <T>)", "(<X> IS «|NOT »NULL)", "(<X> «|NOT »IN (<X>, <X>))", "(<X> «|NOT »BETWEEN <X> AND <X>)",
		"(<X> IS «|NOT »DISTINCT FROM <X>)", "(<STRING> LIKE «'%a%'|'_'|'é%'|'%2'|r»)", "«STARTS_WITH|ENDS_WITH»(<STRING>, <STRING>)",
		`REGEXP_CONTAINS(<STRING>, r'«a.|^[a-z]+$|é|(?i)X|\d»')`,
	},
	"DATE": {
		"«DATE_ADD|DATE_SUB»(<T>, INTERVAL «1|-2|13|i|j» «DAY|WEEK|MONTH|QUARTER|YEAR»)", "LAST_DAY(<T>)", "DATE(<TIMESTAMP>)",
		"DATE_TRUNC(<T>, «DAY|WEEK|MONTH|QUARTER|YEAR|ISOWEEK|WEEK(FRIDAY)»)", "(<T> «+|-» «1|i|-5»)", "CAST(<TIMESTAMP> AS DATE)",
		"SAFE_CAST(<STRING> AS DATE)", "DATE_FROM_UNIX_DATE(UNIX_DATE(<T>) + i)",
	},
	"TIMESTAMP": {
		"«TIMESTAMP_ADD|TIMESTAMP_SUB»(<T>, INTERVAL «1|-2|1500|i|j» «DAY|HOUR|MINUTE|SECOND|MILLISECOND|MICROSECOND»)",
		"TIMESTAMP_TRUNC(<T>, «DAY|HOUR|MINUTE|SECOND|MILLISECOND|MONTH|YEAR|WEEK|ISOWEEK»)", "TIMESTAMP(<DATE>)", "CAST(<DATE> AS TIMESTAMP)",
		"«TIMESTAMP_SECONDS|TIMESTAMP_MILLIS|TIMESTAMP_MICROS»(<INT64>)",
	},
}

var (
	choice = regexp.MustCompile(`«([^«»]*)»`)
	blank  = regexp.MustCompile(`<([A-Z][A-Z0-9]*)>`)
)

// expression returns a random expression of a type, with at most depth expressions in one another.
func expression(random *rand.Rand, typ string, depth int) string {
	pick := func(list []string) string { return list[random.Intn(len(list))] }
	if depth == 0 || random.Intn(8) == 0 {
		return pick(append(slices.Clip(leaves[typ]), "CAST(NULL AS "+typ+")"))
	}
	form := pick(slices.Concat(forms[""], forms[typ], forms[typ], forms[typ]))
	form = choice.ReplaceAllStringFunc(form, func(text string) string {
		return pick(strings.Split(strings.Trim(text, "«»"), "|"))
	})
	other := pick(typeNames)
	return blank.ReplaceAllStringFunc(form, func(text string) string {
		switch name := strings.Trim(text, "<>"); name {
		case "T":
			return expression(random, typ, depth-1)
		case "X":
			return expression(random, other, depth-1)
		default:
			return expression(random, name, depth-1)
		}
	})
}
