package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
)

// execute does the job in a transaction; files are a load job's objects, as fetchAll has brought them.
func execute(ctx context.Context, conn *sql.Conn, tx *sql.Tx, job warehouse.Job, files []string) (outcome, error) {
	switch {
	case job.Load != nil:
		rows, err := load(ctx, tx, *job.Load, files)
		return outcome{rows: rows}, err
	case job.Copy != nil:
		rows, err := copyRows(ctx, tx, *job.Copy)
		return outcome{rows: rows}, err
	}
	return runQuery(ctx, conn, tx, *job.Query)
}

// load replaces a partition by the rows of files.
func load(ctx context.Context, q querier, l warehouse.Load, files []string) (int64, error) {
	def, err := definition(ctx, q, l.Destination)
	if err != nil {
		return 0, err
	}
	if err := clear(ctx, q, def, l.Partition); err != nil || len(files) == 0 {
		return 0, err
	}
	var names, types, columns []string
	for _, file := range files {
		names = append(names, quoteText(file))
	}
	for _, f := range l.Schema {
		types = append(types, quoteText(f.Name)+": "+quoteText(ColumnType(f)))
		switch {
		case f.Mode == schema.Repeated:
			columns = append(columns, fmt.Sprintf("coalesce(%s, []) AS %[1]s", quote(f.Name)))
		case f.Name == def.PartitionBy && !l.Partition.IsZero():
			columns = append(columns, checked(f.Name, l.Partition))
		default:
			columns = append(columns, quote(f.Name))
		}
	}
	return affected(q.ExecContext(ctx, fmt.Sprintf(`INSERT INTO %s BY NAME SELECT %s FROM read_json([%s],
		columns = {%s}, format = 'newline_delimited', compression = 'gzip', maximum_object_size = %d)`,
		quoteTable(l.Destination), strings.Join(columns, ", "), strings.Join(names, ", "), strings.Join(types, ", "), maxLine)))
}

// copyRows replaces a partition by the same of another table, or a table by another.
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
	statement := fmt.Sprintf("INSERT INTO %s BY NAME SELECT * FROM %s", quoteTable(c.Destination), quoteTable(c.Source))
	if !c.Partition.IsZero() {
		statement += " WHERE " + within(from.PartitionBy, c.Partition)
	}
	return affected(q.ExecContext(ctx, statement))
}

// compatible reports a difference between the columns or the partitioning of a copy's two tables.
func compatible(from, to warehouse.Definition) error {
	if from.PartitionBy != to.PartitionBy || from.PartitionBy != "" && from.Grain != to.Grain {
		return invalid("table %s and table %s are not partitioned alike", from.Table, to.Table)
	}
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
