package compile

import (
	"database/sql"
	"fmt"
	"io/fs"
	"strings"
	"testing"

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
}

func open(t *testing.T, project fs.FS, m *manifest.Manifest) *database {
	t.Helper()
	d := &database{warehousetest.OpenMemory(t, dialect.Settings), t, m}
	raw, err := RawTables(project)
	if err != nil {
		t.Fatal(err)
	}
	d.do("CREATE SCHEMA raw; CREATE SCHEMA mart; CREATE SCHEMA staging")
	for _, table := range raw {
		d.create(table.Name, table.Schema)
	}
	for _, model := range m.Models {
		d.create(model.TableName(), model.Schema())
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

// parameters returns the parameters that a statement uses.
func parameters(query string, p partition.Partition) []any {
	var args []any
	for name, day := range map[string]partition.Partition{"partition_date": p, "partition_end": p.Add(1)} {
		if strings.Contains(query, "$"+name) {
			args = append(args, sql.Named(name, day.Start()))
		}
	}
	return args
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
	d.do("INSERT INTO staging."+model+" "+query, parameters(query, p)...)
}

func (d *database) merge(model string, p partition.Partition) {
	d.t.Helper()
	query := d.statement(model, func(s manifest.Statements) string { return s.Merge })
	d.do(query, parameters(query, p)...)
}

// audit returns the one row of a model's audit.
func (d *database) audit(model string, p partition.Partition) map[string]string {
	d.t.Helper()
	query := d.statement(model, func(s manifest.Statements) string { return s.Audit })
	rows := d.rows(query, parameters(query, p)...)
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
