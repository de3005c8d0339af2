package models_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2" // registers the database/sql driver

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse/duckdb"
)

// testWarehouse is a DuckDB in memory with the settings of the local warehouse and the tables of one model.
type testWarehouse struct {
	db      *sql.DB
	model   *manifest.Model
	schemas map[string]schema.Schema // of the tables that the model reads
}

// staged is the table of the rows that are not published yet.
const staged = "staging.rows"

func newTestWarehouse(t *testing.T, model *manifest.Model) *testWarehouse {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1) // the settings are the connection's
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &testWarehouse{db, model, map[string]schema.Schema{}}
	for name, value := range duckdb.Settings {
		w.exec(t, fmt.Sprintf("SET %s = '%s'", name, value))
	}
	w.exec(t, "CREATE SCHEMA raw; CREATE SCHEMA mart; CREATE SCHEMA staging")
	for _, in := range model.Inputs {
		w.schemas[in.Table] = tableSchema(t, in.Table)
	}
	for table, s := range w.schemas {
		w.create(t, table, s)
	}
	w.create(t, staged, model.Schema())
	w.create(t, model.TableName(), model.Schema())
	return w
}

// tableSchema returns the schema of a raw table or of a model. A model's columns with the test not_null are
// required.
func tableSchema(t *testing.T, table string) schema.Schema {
	t.Helper()
	dataset, name, _ := strings.Cut(table, ".")
	if dataset == "mart" {
		return modelSchema(all.Model(name))
	}
	files, err := filepath.Glob("../../functions/*/schema/" + name + ".json")
	if err != nil || len(files) != 1 {
		t.Fatalf("schema files of %s: %v, %v", table, files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	s, err := schema.Parse(data)
	if err != nil {
		t.Fatalf("%s: %v", files[0], err)
	}
	return s
}

func modelSchema(model *manifest.Model) schema.Schema {
	s := model.Schema()
	for _, check := range model.Checks {
		if i := slices.Index(s.Names(), check.Column); i >= 0 && check.Name == "not_null" {
			s[i].Mode = schema.Required
		}
	}
	return s
}

func (w *testWarehouse) exec(t *testing.T, text string, args ...any) {
	t.Helper()
	if _, err := w.db.ExecContext(t.Context(), text, args...); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
}

func (w *testWarehouse) create(t *testing.T, table string, s schema.Schema) {
	t.Helper()
	var columns []string
	for _, f := range s {
		columns = append(columns, f.Name+" "+duckdb.ColumnType(f))
	}
	w.exec(t, fmt.Sprintf("CREATE TABLE %s (%s)", table, strings.Join(columns, ", ")))
}

// fill replaces all rows of a table.
func (w *testWarehouse) fill(t *testing.T, table string, s schema.Schema, rows [][]any) {
	t.Helper()
	w.exec(t, "DELETE FROM "+table)
	if len(rows) == 0 {
		return
	}
	place := "(?" + strings.Repeat(", ?", len(s)-1) + ")"
	text := fmt.Sprintf("INSERT INTO %s VALUES %s", table, place+strings.Repeat(", "+place, len(rows)-1))
	w.exec(t, text, slices.Concat(rows...)...)
}

// statement returns one of the model's statements and its arguments. Every partition of an input with rows counts as
// arrived.
func (w *testWarehouse) statement(t *testing.T, text string, p partition.Partition) (string, []any) {
	t.Helper()
	args := coordtest.Arguments(t, w.db, text, w.model, p, func(table string) string {
		if name, ok := strings.CutPrefix(table, "mart."); ok {
			return all.Model(name).PartitionBy
		}
		return w.schemas[table][0].Name
	})
	return strings.ReplaceAll(text, manifest.StagePlaceholder, staged), args
}

// stage runs the model's query.
func (w *testWarehouse) stage(t *testing.T, p partition.Partition) {
	t.Helper()
	text, args := w.statement(t, w.model.SQL[manifest.DuckDB].Stage, p)
	w.exec(t, "DELETE FROM "+staged)
	w.exec(t, fmt.Sprintf("INSERT INTO %s BY NAME\n%s", staged, text), args...)
}

// merge runs the model's MERGE of the staged rows.
func (w *testWarehouse) merge(t *testing.T, p partition.Partition) {
	t.Helper()
	text, args := w.statement(t, w.model.SQL[manifest.DuckDB].Merge, p)
	w.exec(t, text, args...)
}

// audit returns the one row of the audit.
func (w *testWarehouse) audit(t *testing.T, p partition.Partition) map[string]int64 {
	t.Helper()
	text, args := w.statement(t, w.model.SQL[manifest.DuckDB].Audit, p)
	rows, err := w.db.QueryContext(t.Context(), text, args...)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values, targets := make([]int64, len(names)), make([]any, len(names))
	for i := range values {
		targets[i] = &values[i]
	}
	if !rows.Next() {
		t.Fatalf("the audit returns no row: %v", rows.Err())
	}
	if err := rows.Scan(targets...); err != nil { // a null is an error here
		t.Fatalf("the audit's row: %v", err)
	}
	row := map[string]int64{}
	for i, name := range names {
		row[name] = values[i]
	}
	if rows.Next() || rows.Err() != nil {
		t.Fatalf("the audit returns more than one row: %v", rows.Err())
	}
	return row
}

// failing returns the texts of the checks that failed in an audit.
func (w *testWarehouse) failing(audit map[string]int64) []string {
	var list []string
	for i, check := range w.model.Checks {
		if audit["failures_"+strconv.Itoa(i)] > 0 {
			list = append(list, check.Text)
		}
	}
	return list
}

// read returns the given columns of a table as text, sorted by them.
func (w *testWarehouse) read(t *testing.T, table string, columns []string) [][]string {
	t.Helper()
	var list []string
	for _, name := range columns {
		list = append(list, fmt.Sprintf("ifnull(CAST(%s AS VARCHAR), '')", name))
	}
	text := fmt.Sprintf("SELECT %s FROM %s ORDER BY ALL", strings.Join(list, ", "), table)
	rows, err := w.db.QueryContext(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	lines := [][]string{columns}
	for rows.Next() {
		line, targets := make([]string, len(columns)), make([]any, len(columns))
		for i := range line {
			targets[i] = &line[i]
		}
		if err := rows.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}
