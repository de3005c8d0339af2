package compile

import (
	"database/sql"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"example.com/rollcall/coordinator/coordtest"
	dialect "example.com/rollcall/scripts/modelc/duckdb"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse/duckdb"
	"example.com/rollcall/shared/warehouse/warehousetest"
)

// database is a DuckDB in memory with the empty tables of a project: raw, mart and staged.
type database struct {
	*sql.DB
	t *testing.T
	*manifest.Manifest
	partitionBy map[string]string // the partition column of each table
}

func open(t *testing.T, project fs.FS, m *manifest.Manifest) *database {
	t.Helper()
	d := &database{warehousetest.OpenMemory(t, dialect.Settings), t, m, map[string]string{}}
	raw, err := RawTables(project)
	if err != nil {
		t.Fatal(err)
	}
	d.do("CREATE SCHEMA raw; CREATE SCHEMA mart; CREATE SCHEMA staging")
	for _, table := range raw {
		d.create(table.Name, table.Schema)
		d.partitionBy[table.Name] = table.PartitionBy
	}
	for _, model := range m.Models {
		d.create(model.TableName(), model.Schema())
		d.partitionBy[model.TableName()] = model.PartitionBy
		d.create("staging."+model.Name, model.Schema())
	}
	return d
}

func (d *database) create(table string, columns schema.Schema) {
	d.t.Helper()
	var list []string
	for _, f := range columns {
		list = append(list, fmt.Sprintf("%q %s", f.Name, duckdb.ColumnType(f)))
	}
	d.do(fmt.Sprintf("CREATE TABLE %s (%s)", table, strings.Join(list, ", ")))
}

func (d *database) do(query string, args ...any) {
	d.t.Helper()
	if _, err := d.Exec(query, args...); err != nil {
		d.t.Fatalf("%v, in:\n%s", err, query)
	}
}

// arguments returns the arguments of a model's statement. Every partition of an input with rows counts as arrived.
func (d *database) arguments(query, model string, p partition.Partition) []any {
	d.t.Helper()
	return coordtest.Arguments(d.t, d.DB, query, d.Model(model), p, func(table string) string { return d.partitionBy[table] })
}

// rows returns the result of a query, each value as text.
func (d *database) rows(query string, args ...any) []map[string]string {
	d.t.Helper()
	result, err := d.Query(query, args...)
	if err != nil {
		d.t.Fatalf("%v, in:\n%s", err, query)
	}
	defer result.Close()
	columns, err := result.Columns()
	if err != nil {
		d.t.Fatal(err)
	}
	all, err := warehousetest.Values(result)
	if err != nil {
		d.t.Fatal(err)
	}
	var rows []map[string]string
	for _, values := range all {
		row := map[string]string{}
		for i, name := range columns {
			row[name] = fmt.Sprint(values[i])
		}
		rows = append(rows, row)
	}
	return rows
}

// statement returns one of a model's statements over its staged table.
func (d *database) statement(model string, pick func(manifest.Statements) string) string {
	d.t.Helper()
	m := d.Model(model)
	if m == nil {
		d.t.Fatalf("no model %s", model)
	}
	return strings.ReplaceAll(pick(m.SQL[manifest.DuckDB]), manifest.StagePlaceholder, "staging."+model)
}

// stage replaces the staged rows of a model with the result of its query.
func (d *database) stage(model string, p partition.Partition) {
	d.t.Helper()
	query := d.statement(model, func(s manifest.Statements) string { return s.Stage })
	d.do("DELETE FROM staging." + model)
	d.do("INSERT INTO staging."+model+" "+query, d.arguments(query, model, p)...)
}

func (d *database) merge(model string, p partition.Partition) {
	d.t.Helper()
	query := d.statement(model, func(s manifest.Statements) string { return s.Merge })
	d.do(query, d.arguments(query, model, p)...)
}

// audit returns the one row of a model's audit.
func (d *database) audit(model string, p partition.Partition) map[string]string {
	d.t.Helper()
	query := d.statement(model, func(s manifest.Statements) string { return s.Audit })
	rows := d.rows(query, d.arguments(query, model, p)...)
	if len(rows) != 1 {
		d.t.Fatalf("the audit of %s gives %d rows", model, len(rows))
	}
	return rows[0]
}

// failing returns the texts of the checks that count failures, with the counts.
func (d *database) failing(model string, p partition.Partition) map[string]string {
	d.t.Helper()
	failing := map[string]string{}
	row := d.audit(model, p)
	for i, check := range d.Model(model).Checks {
		if n := row[fmt.Sprintf("failures_%d", i)]; n != "0" {
			failing[check.Text] = n
		}
	}
	return failing
}
