package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"strings"

	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
)

// maxObject bounds one object of a load job: what BigQuery takes of one gzipped file.
// https://cloud.google.com/bigquery/quotas#load_jobs
const maxObject = 4 << 30

// maxLine bounds one row of an object; DuckDB's buffers grow with it.
const maxLine = 1 << 20

func (d *Driver) execute(ctx context.Context, conn *sql.Conn, tx *sql.Tx, job warehouse.Job) (outcome, error) {
	switch {
	case job.Load != nil:
		rows, err := d.load(ctx, tx, *job.Load)
		return outcome{rows: rows}, err
	case job.Copy != nil:
		rows, err := copyRows(ctx, tx, *job.Copy)
		return outcome{rows: rows}, err
	}
	return runQuery(ctx, conn, tx, *job.Query)
}

// load replaces a partition by the rows of objects. The objects are brought to files first, compressed as they are.
func (d *Driver) load(ctx context.Context, q querier, l warehouse.Load) (int64, error) {
	def, err := definition(ctx, q, l.Destination)
	if err != nil {
		return 0, err
	}
	if err := clear(ctx, q, def, l.Partition); err != nil || len(l.URIs) == 0 {
		return 0, err
	}
	dir, err := os.MkdirTemp(d.temp, "load-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	var files []string
	for i, uri := range l.URIs {
		name := fmt.Sprintf("%s/%04d.ndjson.gz", dir, i)
		if err := d.fetch(ctx, uri, name); err != nil {
			return 0, objectError{uri, err}
		}
		files = append(files, quoteText(name))
	}
	source := fmt.Sprintf("[%s], format = 'newline_delimited', compression = 'gzip', maximum_object_size = %d", strings.Join(files, ", "), maxLine)
	if err := onlyColumns(ctx, q, source, l.Schema); err != nil {
		return 0, err
	}
	var read, columns []string
	for _, f := range l.Schema {
		read = append(read, quoteText(f.Name)+": "+quoteText(ColumnType(f)))
		switch {
		case f.Mode == schema.Repeated:
			columns = append(columns, fmt.Sprintf("coalesce(%s, []) AS %[1]s", quote(f.Name)))
		case f.Name == def.PartitionBy && !l.Partition.IsZero():
			columns = append(columns, checked(f.Name, l.Partition))
		default:
			columns = append(columns, quote(f.Name))
		}
	}
	return affected(q.ExecContext(ctx, fmt.Sprintf("INSERT INTO %s BY NAME SELECT %s FROM read_json(%s, columns = {%s})",
		quoteTable(l.Destination), strings.Join(columns, ", "), source, strings.Join(read, ", "))))
}

// onlyColumns reports a key that is no column. It costs a second reading of the files, because read_json passes over such
// keys without a word.
func onlyColumns(ctx context.Context, q querier, source string, s schema.Schema) error {
	var known []string
	for _, name := range s.Names() {
		known = append(known, quoteText(name))
	}
	var stray sql.NullString
	err := q.QueryRowContext(ctx, fmt.Sprintf(`SELECT min(key) FROM (
		SELECT unnest(keys) AS key FROM (SELECT DISTINCT json_keys(json) AS keys FROM read_json_objects(%s))
	) WHERE key NOT IN (%s)`, source, strings.Join(known, ", "))).Scan(&stray)
	if err == nil && stray.Valid {
		return invalid("a row has %s, which is no column of the schema", stray.String)
	}
	return err
}

func (d *Driver) fetch(ctx context.Context, uri, name string) (err error) {
	r, err := d.open(ctx, uri)
	if err != nil {
		return err
	}
	defer r.Close()
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	n, err := io.Copy(f, io.LimitReader(r, maxObject+1))
	if err == nil && n > maxObject {
		return fmt.Errorf("it has more than %d bytes", int64(maxObject))
	}
	return err
}

// copyRows replaces a partition by all the rows of another table.
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
	if err := clear(ctx, q, to, c.Partition); err != nil {
		return 0, err
	}
	var columns []string
	for _, f := range from.Schema {
		if f.Name == to.PartitionBy && !c.Partition.IsZero() {
			columns = append(columns, checked(f.Name, c.Partition))
		} else {
			columns = append(columns, quote(f.Name))
		}
	}
	return affected(q.ExecContext(ctx, fmt.Sprintf("INSERT INTO %s BY NAME SELECT %s FROM %s",
		quoteTable(c.Destination), strings.Join(columns, ", "), quoteTable(c.Source))))
}

// compatible reports a difference between the columns of a copy's two tables.
func compatible(from, to warehouse.Definition) error {
	for _, pair := range [][2]warehouse.Definition{{from, to}, {to, from}} {
		for _, f := range pair[0].Schema {
			g, ok := pair[1].Schema.Field(f.Name)
			if !ok {
				return invalid("table %s has column %s, and table %s has not", pair[0].Table, f.Name, pair[1].Table)
			}
			if ColumnType(f) != ColumnType(g) {
				return invalid("column %s is %s in table %s and %s in table %s", f.Name, f.Type, pair[0].Table, g.Type, pair[1].Table)
			}
		}
	}
	return nil
}

func affected(res sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}
