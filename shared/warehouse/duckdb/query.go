package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"

	engine "github.com/duckdb/duckdb-go/v2"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
)

// maxRows bounds the rows of a SELECT without a destination: they are held in memory and written down with the job.
const maxRows = 10_000

func runQuery(ctx context.Context, conn *sql.Conn, tx *sql.Tx, q warehouse.Query) (outcome, error) {
	params := make(map[string]any, len(q.Params))
	for name, p := range q.Params {
		params[name] = date(p)
	}
	switch {
	case q.Destination != nil:
		rows, err := materialize(ctx, conn, tx, q.SQL, params, *q.Destination)
		return outcome{rows: rows}, err
	case q.Target != nil:
		rows, err := exec(ctx, conn, q.SQL, params)
		return outcome{rows: rows}, err
	}
	res, err := read(ctx, conn, q.SQL, params, maxRows)
	if err != nil {
		return outcome{}, err
	}
	return outcome{rows: int64(len(res.Rows)), result: res}, nil
}

func date(p partition.Partition) any { return engine.Typed(p.Start(), engine.TYPE_DATE) }

// materialize makes a table of a SELECT's rows. As in BigQuery, a column of such a table may always be null; its type
// is that of the definition, and the SELECT's columns must have its names.
func materialize(ctx context.Context, conn *sql.Conn, tx *sql.Tx, text string, params map[string]any, def warehouse.Definition) (int64, error) {
	def.Schema = append(schema.Schema(nil), def.Schema...)
	var columns []string
	for i := range def.Schema {
		f := &def.Schema[i]
		if f.Mode == schema.Repeated {
			columns = append(columns, fmt.Sprintf("coalesce(%s, []) AS %[1]s", quote(f.Name)))
			continue
		}
		f.Mode = schema.Nullable
		columns = append(columns, fmt.Sprintf("%s AS %[1]s", quote(f.Name)))
	}
	if err := createTable(ctx, tx, def, "OR REPLACE TABLE"); err != nil {
		return 0, err
	}
	// REPLACE refuses a name that the SELECT lacks, BY NAME one that the table lacks.
	return exec(ctx, conn, fmt.Sprintf("INSERT INTO %s BY NAME SELECT * REPLACE (%s) FROM (\n%s\n)",
		quoteTable(def.Table), strings.Join(columns, ", "), text), params)
}

// exec runs a statement for its effect: the rows written.
func exec(ctx context.Context, conn *sql.Conn, text string, params map[string]any) (rows int64, err error) {
	err = prepare(ctx, conn, text, params, func(s *engine.Stmt, args []driver.NamedValue) error {
		res, err := s.ExecContext(ctx, args)
		if err != nil {
			return err
		}
		rows, err = res.RowsAffected()
		return err
	})
	return rows, err
}

// prepare prepares a statement and looks up its parameters by name. DuckDB's own driver would take any argument for a
// name that it was not given.
func prepare(ctx context.Context, conn *sql.Conn, text string, params map[string]any, use func(*engine.Stmt, []driver.NamedValue) error) error {
	return conn.Raw(func(raw any) error {
		prepared, err := raw.(*engine.Conn).PrepareContext(ctx, text)
		if err != nil {
			return err
		}
		defer prepared.Close()
		s := prepared.(*engine.Stmt)
		args := make([]driver.NamedValue, s.NumInput())
		for i := range args {
			name, err := s.ParamName(i + 1)
			if err != nil {
				return err
			}
			value, ok := params[name]
			if !ok {
				return refusal{"invalidQuery", fmt.Sprintf("query parameter $%s is not given", name)}
			}
			args[i] = driver.NamedValue{Name: name, Ordinal: i + 1, Value: value}
		}
		return use(s, args)
	})
}
