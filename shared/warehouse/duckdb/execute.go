package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"
	"time"

	engine "github.com/duckdb/duckdb-go/v2"

	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
)

// execute runs the job in a transaction. files are a load job's objects, as fetchAll returned them.
func execute(ctx context.Context, conn *sql.Conn, tx *sql.Tx, job warehouse.Job,
	files []string, now time.Time) (done outcome, err error) {
	switch {
	case job.Load != nil:
		done.rows, err = load(ctx, tx, *job.Load, files)
	case job.Copy != nil:
		done.rows, err = copyRows(ctx, tx, *job.Copy)
	case job.Query.Destination != nil:
		done.rows, err = materialize(ctx, conn, tx, job.Query.SQL, dates(job.Query), *job.Query.Destination, now)
	case job.Query.Target != nil:
		done.rows, err = exec(ctx, conn, job.Query.SQL, dates(job.Query))
	default:
		if done.result, err = read(ctx, conn, job.Query.SQL, dates(job.Query), maxRows); err == nil {
			done.rows = int64(len(done.result.Rows))
		}
	}
	return done, err
}

// load replaces a partition with the rows of files.
func load(ctx context.Context, q querier, l warehouse.Load, files []string) (int64, error) {
	def, err := definition(ctx, q, l.Destination)
	if err != nil {
		return 0, err
	}
	if err := deletePartition(ctx, q, def, l.Partition); err != nil || len(files) == 0 {
		return 0, err
	}
	var names, types, columns []string
	for _, file := range files {
		names = append(names, quoteText(file))
	}
	for _, f := range l.Schema {
		types = append(types, quoteText(f.Name)+": "+quoteText(ColumnType(f)))
		if f.Name == def.PartitionBy && !l.Partition.IsZero() {
			columns = append(columns, checked(f.Name, l.Partition))
		} else {
			columns = append(columns, value(f))
		}
	}
	return affected(q.ExecContext(ctx, fmt.Sprintf(`INSERT INTO %s BY NAME SELECT %s FROM read_json([%s],
		columns = {%s}, format = 'newline_delimited', compression = 'gzip', maximum_object_size = %d)`,
		quoteTable(l.Destination), strings.Join(columns, ", "), strings.Join(names, ", "),
		strings.Join(types, ", "), maxLine)))
}

// value returns a SELECT's expression for a column; a missing list is empty.
func value(f schema.Field) string {
	if f.Mode == schema.Repeated {
		return fmt.Sprintf("coalesce(%s, []) AS %[1]s", quote(f.Name))
	}
	return fmt.Sprintf("%s AS %[1]s", quote(f.Name))
}

// copyRows replaces a partition with the same one of another table, or a table with another.
func copyRows(ctx context.Context, q querier, c warehouse.Copy) (int64, error) {
	from, err := definition(ctx, q, c.Source)
	if err != nil {
		return 0, err
	}
	to, err := definition(ctx, q, c.Destination)
	if err != nil {
		return 0, err
	}
	if err := compatible(from, to); err != nil {
		return 0, err
	}
	if err := deletePartition(ctx, q, to, c.Partition); err != nil {
		return 0, err
	}
	statement := fmt.Sprintf("INSERT INTO %s BY NAME SELECT * FROM %s", quoteTable(c.Destination), quoteTable(c.Source))
	if !c.Partition.IsZero() {
		statement += " WHERE " + within(from.PartitionBy, c.Partition)
	}
	return affected(q.ExecContext(ctx, statement))
}

// compatible reports a difference in columns or partitioning between the two tables of a copy.
func compatible(from, to warehouse.Definition) error {
	if from.PartitionBy != to.PartitionBy || from.PartitionBy != "" && from.Grain != to.Grain {
		return invalid("table %s and table %s are not partitioned alike", from.Table, to.Table)
	}
	for _, pair := range [][2]warehouse.Definition{{from, to}, {to, from}} {
		for _, f := range pair[0].Schema {
			g, ok := pair[1].Schema.Field(f.Name)
			if !ok {
				return invalid("table %s has a column %s, but table %s does not", pair[0].Table, f.Name, pair[1].Table)
			}
			if ColumnType(f) != ColumnType(g) {
				return invalid("column %s is %s in table %s and %s in table %s", f.Name, f.Type, pair[0].Table, g.Type,
					pair[1].Table)
			}
		}
	}
	return nil
}

// dates returns a query's parameters as DATE values.
func dates(q *warehouse.Query) map[string]any {
	params := make(map[string]any, len(q.Params))
	for name, p := range q.Params {
		params[name] = engine.Typed(p.Start(), engine.TYPE_DATE)
	}
	return params
}

// materialize creates a table from a SELECT's rows. As in BigQuery, its columns are nullable. The types come
// from the definition, and the SELECT's columns must have the definition's names.
func materialize(ctx context.Context, conn *sql.Conn, tx *sql.Tx, text string, params map[string]any,
	def warehouse.Definition, created time.Time) (int64, error) {
	def.Schema = slices.Clone(def.Schema)
	var columns []string
	for i, f := range def.Schema {
		columns = append(columns, value(f))
		if f.Mode != schema.Repeated {
			def.Schema[i].Mode = schema.Nullable
		}
	}
	if err := createTable(ctx, tx, def, "OR REPLACE TABLE", created); err != nil {
		return 0, err
	}
	// REPLACE fails for a name that the SELECT lacks, BY NAME for one that the table lacks.
	return exec(ctx, conn, fmt.Sprintf("INSERT INTO %s BY NAME SELECT * REPLACE (%s) FROM (\n%s\n)",
		quoteTable(def.Table), strings.Join(columns, ", "), text), params)
}

// exec runs a statement with parameters and returns the number of rows written.
func exec(ctx context.Context, conn *sql.Conn, text string, params map[string]any) (rows int64, err error) {
	err = prepare(ctx, conn, text, params, func(s *engine.Stmt, args []driver.NamedValue) error {
		rows, err = affected(s.ExecContext(ctx, args))
		return err
	})
	return rows, err
}

func affected(res driver.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// prepare prepares a statement and finds its parameters by name. DuckDB's own driver would use any argument for
// a missing name.
func prepare(ctx context.Context, conn *sql.Conn, text string, params map[string]any,
	use func(*engine.Stmt, []driver.NamedValue) error) error {
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
				return refusal{"invalidQuery", fmt.Sprintf("query parameter $%s is not set", name)}
			}
			args[i] = driver.NamedValue{Name: name, Ordinal: i + 1, Value: value}
		}
		return use(s, args)
	})
}
