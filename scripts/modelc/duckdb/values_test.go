package duckdb

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"example.com/rollcall/scripts/modelc/oracle"
)

// textOf returns an answer as the files of the corpus write it.
func textOf(a oracle.Answer, ordered bool) string {
	if a.Error != "" {
		return errorAnswer + strings.Join(strings.Fields(a.Error), " ")
	}
	var head, lines []string
	for _, c := range a.Columns {
		head = append(head, strings.TrimSpace(c.Name+" "+c.Type))
	}
	for _, row := range a.Rows {
		cells := make([]string, len(row))
		for i, v := range row {
			cells[i] = cell(v, a.Columns[i].Type)
		}
		lines = append(lines, strings.Join(cells, " | "))
	}
	if !ordered {
		slices.Sort(lines)
	}
	return strings.Join(append([]string{strings.Join(head, " | ")}, lines...), "\n")
}

// cell returns a value of an answer as text.
func cell(v any, t string) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case []any:
		types, around := fieldTypes(t), "{}"
		if element, ok := elementOf(t); ok {
			types, around = slices.Repeat([]string{element}, len(v)), "[]"
		}
		cells := make([]string, len(v))
		for i := range v {
			cells[i] = cell(v[i], types[i])
		}
		return around[:1] + strings.Join(cells, ", ") + around[1:]
	}
	text := v.(string)
	switch t {
	case "STRING":
		return quoted(text)
	case "BYTES":
		return "x'" + text + "'"
	case "FLOAT64":
		return float(text)
	case "TIMESTAMP":
		at, err := time.Parse(time.RFC3339Nano, text)
		if err == nil {
			return at.UTC().Format("2006-01-02T15:04:05.999999Z")
		}
	}
	return text
}

// fieldTypes returns the types of a STRUCT's fields.
func fieldTypes(t string) []string {
	fields := splitFields(strings.TrimSuffix(strings.TrimPrefix(t, "STRUCT<"), ">"))
	for i, field := range fields {
		if _, after, ok := strings.Cut(field, " "); ok {
			fields[i] = after
		}
	}
	return fields
}

// quoted writes a text in one line of its characters.
func quoted(text string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		panic(err) // a string can always be encoded
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// float writes the fewest digits that give the same number back, with an exponent for very large and very
// small numbers.
func float(text string) string {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	e := strconv.FormatFloat(v, 'e', -1, 64)
	_, exponent, _ := strings.Cut(e, "e")
	if e, err := strconv.Atoi(exponent); err == nil && -5 < e && e < 16 {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return e
}

// run returns what a query gives in DuckDB, as textOf writes it, or why it fails while it runs. A query that
// DuckDB does not understand fails the test: that is never the right answer.
func run(t testing.TB, conn *sql.Conn, query string, ordered bool) (string, error) {
	t.Helper()
	var args []any
	for name, date := range parameters {
		if strings.Contains(query, "$"+name) {
			args = append(args, sql.Named(name, date))
		}
	}
	rows, err := conn.QueryContext(t.Context(), query, args...)
	if err != nil {
		return "", failure(t, query, err)
	}
	defer rows.Close()
	columns, err := rows.ColumnTypes()
	if err != nil {
		t.Fatal(err)
	}
	var a oracle.Answer
	for _, c := range columns {
		a.Columns = append(a.Columns, oracle.Column{Name: c.Name(), Type: googleType(c.DatabaseTypeName())})
	}
	for rows.Next() {
		values, targets := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		for i, v := range values {
			values[i] = valueOf(v, columns[i].DatabaseTypeName())
		}
		a.Rows = append(a.Rows, values)
	}
	if err := rows.Err(); err != nil {
		return "", failure(t, query, err)
	}
	return textOf(a, ordered), nil
}

func failure(t testing.TB, query string, err error) error {
	t.Helper()
	var failed *duckdb.Error
	notUnderstood := []duckdb.ErrorType{
		duckdb.ErrorTypeParser, duckdb.ErrorTypeSyntax, duckdb.ErrorTypeBinder, duckdb.ErrorTypeCatalog, duckdb.ErrorTypeInternal,
	}
	if !errors.As(err, &failed) || slices.Contains(notUnderstood, failed.Type) {
		t.Fatalf("%s\nis not a statement of DuckDB's: %v", query, err)
	}
	return err
}

// googleType returns the GoogleSQL type of a DuckDB type.
func googleType(duck string) string {
	if element, ok := strings.CutSuffix(duck, "[]"); ok {
		return "ARRAY<" + googleType(element) + ">"
	}
	if strings.HasPrefix(duck, "STRUCT(") {
		var fields []string
		for _, f := range duckFields(duck) {
			fields = append(fields, f.Name+" "+googleType(f.Type))
		}
		return "STRUCT<" + strings.Join(fields, ", ") + ">"
	}
	for google, d := range scalars {
		if strings.ReplaceAll(d, " ", "") == duck {
			return google
		}
	}
	return duck
}

// duckFields returns the fields of DuckDB's STRUCT("a" BIGINT, "b" VARCHAR).
func duckFields(duck string) []oracle.Column {
	var fields []oracle.Column
	rest := strings.TrimSuffix(strings.TrimPrefix(duck, "STRUCT("), ")")
	for len(rest) > 0 {
		name, after, _ := strings.Cut(strings.TrimPrefix(rest, `"`), `" `)
		end, depth := len(after), 0
		for i, c := range after {
			depth += strings.Count("(", string(c)) - strings.Count(")", string(c))
			if c == ',' && depth == 0 {
				end = i
				break
			}
		}
		fields = append(fields, oracle.Column{Name: name, Type: after[:end]})
		rest = strings.TrimPrefix(after[end:], ", ")
	}
	return fields
}

// valueOf returns a value of DuckDB's driver as [oracle.Answer] has it.
func valueOf(v any, duck string) any {
	switch v := v.(type) {
	case nil, string:
		return v
	case []byte:
		return fmt.Sprintf("%x", v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case duckdb.Decimal:
		scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(v.Scale)), nil)
		text := new(big.Rat).SetFrac(v.Value, scale).FloatString(int(v.Scale))
		if strings.Contains(text, ".") {
			text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
		}
		return text
	case time.Time:
		if duck == "DATE" {
			return v.UTC().Format(time.DateOnly)
		}
		return v.UTC().Format(time.RFC3339Nano)
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = valueOf(v[i], strings.TrimSuffix(duck, "[]"))
		}
		return list
	case map[string]any:
		var list []any
		for _, f := range duckFields(duck) {
			list = append(list, valueOf(v[f.Name], f.Type))
		}
		return list
	}
	return fmt.Sprint(v)
}
