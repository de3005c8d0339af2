package duckdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
)

// bookkeeping creates the driver's own tables.
const bookkeeping = `
CREATE SCHEMA IF NOT EXISTS rollcall;
CREATE TABLE IF NOT EXISTS rollcall.tables (
	name       VARCHAR PRIMARY KEY, -- dataset.table
	definition JSON NOT NULL        -- a warehouse.Definition
);
ALTER TABLE rollcall.tables ADD COLUMN IF NOT EXISTS created_at TIMESTAMPTZ;
CREATE TABLE IF NOT EXISTS rollcall.jobs (
	id           VARCHAR PRIMARY KEY,
	labels       JSON NOT NULL,
	submitted_at TIMESTAMPTZ NOT NULL,
	ended_at     TIMESTAMPTZ NOT NULL,
	took_us      BIGINT NOT NULL,
	affected     BIGINT NOT NULL,  -- rows written
	reason       VARCHAR,          -- of a failure, with message and transient
	message      VARCHAR,
	transient    BOOLEAN,
	result       JSON              -- rows of a SELECT
);`

// querier is a connection or a transaction.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// EnsureTable implements warehouse.Driver.
func (d *Driver) EnsureTable(ctx context.Context, def warehouse.Definition) error {
	if len(def.Schema) == 0 {
		return fmt.Errorf("table %s: the definition has no columns", def.Table)
	}
	return d.write(ctx, func(_ *sql.Conn, tx *sql.Tx) error {
		have, err := definition(ctx, tx, def.Table)
		if errors.Is(err, warehouse.ErrNotFound) {
			return createTable(ctx, tx, def, "TABLE IF NOT EXISTS", d.next())
		}
		if err != nil {
			return err
		}
		added, err := warehouse.Additions(have, def)
		if err != nil || len(added) == 0 {
			return err
		}
		for _, f := range added {
			statement := fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s %s", quoteTable(def.Table), quote(f.Name), ColumnType(f))
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("table %s: add column %s: %w", def.Table, f.Name, err)
			}
		}
		have.Schema = append(have.Schema, added...)
		return changeDefinition(ctx, tx, have)
	})
}

// Tables implements warehouse.Driver. A table that another program created has the zero time.
func (d *Driver) Tables(ctx context.Context, dataset string) (_ map[string]time.Time, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("tables of %s: %w", dataset, err)
		}
	}()
	rows, err := d.db.QueryContext(ctx, `SELECT table_name, created_at
		FROM (`+existing+`) LEFT JOIN rollcall.tables ON name = schema_name || '.' || table_name
		WHERE schema_name = $1`, dataset)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	tables := map[string]time.Time{}
	for rows.Next() {
		var name string
		var created sql.NullTime
		if err := rows.Scan(&name, &created); err != nil {
			return nil, err
		}
		tables[name] = created.Time.UTC()
	}
	return tables, rows.Err()
}

// existing selects the tables of the file, as another program may have dropped some since they were created.
const existing = "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = current_database()"

// HasRows implements warehouse.Driver.
func (d *Driver) HasRows(ctx context.Context, t warehouse.Table, p partition.Partition) (has bool, err error) {
	def, err := definition(ctx, d.db, t)
	if errors.Is(err, warehouse.ErrNotFound) {
		return false, nil
	}
	if err == nil {
		err = fits(def, p)
	}
	if err == nil {
		err = d.db.QueryRowContext(ctx, fmt.Sprintf("SELECT EXISTS (FROM %s WHERE %s)", quoteTable(t),
			within(def.PartitionBy, p))).Scan(&has)
	}
	if err != nil {
		return false, fmt.Errorf("rows of %s %s: %w", t, p, err)
	}
	return has, nil
}

// definition reads the definition that an existing table was created with.
func definition(ctx context.Context, q querier, t warehouse.Table) (warehouse.Definition, error) {
	var text string
	err := q.QueryRowContext(ctx, `SELECT definition::VARCHAR FROM rollcall.tables WHERE name = $1
		AND EXISTS (FROM (`+existing+`) WHERE schema_name = $2 AND table_name = $3)`,
		t.String(), t.Dataset, t.Name).Scan(&text)
	var def warehouse.Definition
	if err == nil {
		err = json.Unmarshal([]byte(text), &def)
	}
	if err != nil {
		return warehouse.Definition{}, fmt.Errorf("table %s: %w", t, notFound(err))
	}
	return def, nil
}

// recordDefinition records the definition of a table that is created.
func recordDefinition(ctx context.Context, q querier, def warehouse.Definition, created time.Time) error {
	text, err := json.Marshal(def)
	if err != nil {
		return err
	}
	_, err = q.ExecContext(ctx, "INSERT OR REPLACE INTO rollcall.tables (name, definition, created_at) "+
		"VALUES ($1, $2::JSON, $3)", def.Table.String(), string(text), created)
	return err
}

// changeDefinition replaces the recorded definition of a table.
func changeDefinition(ctx context.Context, q querier, def warehouse.Definition) error {
	text, err := json.Marshal(def)
	if err != nil {
		return err
	}
	_, err = q.ExecContext(ctx, "UPDATE rollcall.tables SET definition = $2::JSON WHERE name = $1", def.Table.String(),
		string(text))
	return err
}

// createTable creates a table; what is "TABLE IF NOT EXISTS" or "OR REPLACE TABLE".
func createTable(ctx context.Context, q querier, def warehouse.Definition, what string, created time.Time) error {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE SCHEMA IF NOT EXISTS %s; CREATE %s %s (", quote(def.Table.Dataset), what,
		quoteTable(def.Table))
	for i, f := range def.Schema {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s %s", quote(f.Name), ColumnType(f))
		if f.Mode == schema.Required || f.Mode == schema.Repeated {
			b.WriteString(" NOT NULL")
		}
	}
	b.WriteByte(')')
	if _, err := q.ExecContext(ctx, b.String()); err != nil {
		return fmt.Errorf("table %s: %w", def.Table, err)
	}
	return recordDefinition(ctx, q, def, created)
}

var types = map[schema.Type]string{
	schema.String: "VARCHAR", schema.Int64: "BIGINT", schema.Float64: "DOUBLE", schema.Numeric: "DECIMAL(38, 9)",
	schema.Bool: "BOOLEAN", schema.Date: "DATE", schema.Timestamp: "TIMESTAMPTZ", schema.JSON: "JSON",
}

// ColumnType returns DuckDB's type for a column, without NOT NULL.
func ColumnType(f schema.Field) string {
	if f.Mode == schema.Repeated {
		return types[f.Type] + "[]"
	}
	return types[f.Type]
}

// within returns the condition that a row is in the partition.
func within(column string, p partition.Partition) string {
	return fmt.Sprintf("%[1]s >= DATE '%[2]s' AND %[1]s < DATE '%[3]s'",
		quote(column), p.Start().Format(time.DateOnly), p.End().Format(time.DateOnly))
}

// checked returns a SELECT's expression for a partition column, which fails the statement for a row outside the
// partition.
func checked(column string, p partition.Partition) string {
	return fmt.Sprintf("CASE WHEN %[1]s THEN %[2]s ELSE error(concat(%[3]s, coalesce(%[2]s::VARCHAR, 'null'), %[4]s)) END AS %[2]s",
		within(column, p), quote(column), quoteText("a row has "+column+" "),
		quoteText(", which is outside partition "+p.String()))
}

// deletePartition deletes the rows of a partition, or all rows of the table.
func deletePartition(ctx context.Context, q querier, def warehouse.Definition, p partition.Partition) error {
	statement := "DELETE FROM " + quoteTable(def.Table)
	if !p.IsZero() {
		if err := fits(def, p); err != nil {
			return err
		}
		statement += " WHERE " + within(def.PartitionBy, p)
	}
	_, err := q.ExecContext(ctx, statement)
	return err
}

// fits reports a partition that the table cannot have.
func fits(def warehouse.Definition, p partition.Partition) error {
	if def.PartitionBy == "" {
		return invalid("table %s is not partitioned, so it cannot have partition %s", def.Table, p)
	}
	if def.Grain != p.Grain() {
		return invalid("table %s has %s partitions; %s is not one", def.Table, def.Grain, p)
	}
	return nil
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func quoteTable(t warehouse.Table) string { return quote(t.Dataset) + "." + quote(t.Name) }

func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// Clear drops every table of a dataset. BigQuery lets staging tables expire; in a file they would stay forever.
func (d *Driver) Clear(ctx context.Context, dataset string) error {
	return d.write(ctx, func(_ *sql.Conn, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DROP SCHEMA IF EXISTS "+quote(dataset)+" CASCADE"); err != nil {
			return fmt.Errorf("clear dataset %s: %w", dataset, err)
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM rollcall.tables WHERE starts_with(name, $prefix)",
			sql.Named("prefix", dataset+"."))
		return err
	})
}
