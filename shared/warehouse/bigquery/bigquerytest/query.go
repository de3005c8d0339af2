package bigquerytest

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	bq "google.golang.org/api/bigquery/v2"

	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
)

// leastBilled is what a query is billed for each table that it reads, at least.
// https://cloud.google.com/bigquery/pricing#on_demand_pricing
const leastBilled = 10 << 20

func (s *Server) query(j *job, q *bq.JobConfigurationQuery) error {
	text, err := s.Translate(q.Query)
	if err != nil {
		return fail(http.StatusBadRequest, "invalidQuery", "%v", err)
	}
	w := warehouse.Job{ID: j.id, Query: &warehouse.Query{SQL: text}}
	if w.Query.Params, err = parameters(q); err != nil {
		return err
	}
	stats := &bq.JobStatistics2{StatementType: "SELECT"}
	j.stats.Query = stats
	read, tables := s.reads(q.Query)
	stats.TotalBytesProcessed, j.stats.TotalBytesProcessed = read, read
	billed := max(read, int64(tables)*leastBilled)
	if most := q.MaximumBytesBilled; most > 0 && billed > most {
		return fail(http.StatusBadRequest, "bytesBilledLimitExceeded", "Query exceeded limit for bytes billed: %d. %d or higher required.", most, billed)
	}
	if m := changes.FindStringSubmatch(q.Query); m != nil {
		stats.StatementType = strings.ToUpper(m[1])
		dataset, name, _ := strings.Cut(strings.ReplaceAll(m[2], "`", ""), ".")
		w.Query.Target = &warehouse.Table{Dataset: dataset, Name: name}
	} else if err := s.selects(j, q, w.Query); err != nil {
		return err
	}
	status, err := s.run(w)
	if err != nil {
		return err
	}
	stats.TotalBytesBilled = billed
	switch {
	case w.Query.Target != nil:
		stats.NumDmlAffectedRows = status.Stats.Rows
	case w.Query.Destination != nil:
		s.replaced(q, w.Query.Destination.Table, j.schema)
		j.total = status.Stats.Rows
	default:
		j.total = status.Stats.Rows
	}
	return nil
}

// selects finds a SELECT's columns, and makes its destination's definition of them.
func (s *Server) selects(j *job, q *bq.JobConfigurationQuery, w *warehouse.Query) (err error) {
	if j.schema, err = s.describe(w); err != nil || q.DestinationTable == nil {
		return err
	}
	t, _, err := s.reference(q.DestinationTable)
	if err == nil {
		err = s.dataset(t.Dataset)
	}
	if err != nil {
		return err
	}
	if have := s.table(t); have != nil && partitionedBy(have.TimePartitioning) != partitionedBy(q.TimePartitioning) {
		return invalid("Cannot replace a table with a different partitioning spec. Instead, DROP the table, and then recreate it. New partitioning spec is %s and existing spec is %s",
			partitionedBy(q.TimePartitioning), partitionedBy(have.TimePartitioning))
	}
	def, err := define(t, j.schema, q.TimePartitioning, q.Clustering)
	w.Destination = &def
	return err
}

// replaced writes down what a query's destination is now: a table with the columns of the result.
func (s *Server) replaced(q *bq.JobConfigurationQuery, t warehouse.Table, columns *bq.TableSchema) {
	s.keep(t, &bq.Table{
		Kind: "bigquery#table", Id: s.Project + ":" + t.String(), Type: "TABLE",
		TableReference: &bq.TableReference{ProjectId: s.Project, DatasetId: t.Dataset, TableId: t.Name},
		Schema:         columns, TimePartitioning: q.TimePartitioning, Clustering: q.Clustering,
	})
}

// describe finds the columns that a SELECT gives, all of which may be null.
func (s *Server) describe(q *warehouse.Query) (*bq.TableSchema, error) {
	text := q.SQL
	for name, p := range q.Params { // DESCRIBE takes no parameters
		text = regexp.MustCompile(`\$`+name+`\b`).ReplaceAllString(text, "DATE '"+p.Start().Format(time.DateOnly)+"'")
	}
	id := s.id("describe")
	text = "SELECT column_name, column_type FROM (DESCRIBE " + text + "\n)"
	if _, err := s.run(warehouse.Job{ID: id, Query: &warehouse.Query{SQL: text}}); err != nil {
		return nil, err
	}
	rows, err := s.rows.Rows(s.ctx, id, 10_000)
	if err != nil {
		return nil, err
	}
	result := &bq.TableSchema{}
	for _, row := range rows {
		f := &bq.TableFieldSchema{Name: row["column_name"].(string), Mode: string(schema.Nullable)}
		kind, repeated := strings.CutSuffix(row["column_type"].(string), "[]")
		if repeated {
			f.Mode = string(schema.Repeated)
		}
		if f.Type = string(googleType(kind)); f.Type == "" {
			return nil, fail(http.StatusNotImplemented, "notImplemented", "a column of DuckDB's type %s is no part of this fake", kind)
		}
		result.Fields = append(result.Fields, f)
	}
	if err := checkSchema(result); err != nil {
		return nil, fail(http.StatusBadRequest, "invalidQuery", "%v", err)
	}
	return result, nil
}

func googleType(kind string) schema.Type {
	switch {
	case strings.HasSuffix(kind, "INT"), kind == "INTEGER":
		return schema.Int64
	case strings.HasPrefix(kind, "DECIMAL"):
		return schema.Numeric
	}
	return map[string]schema.Type{
		"VARCHAR": schema.String, "DOUBLE": schema.Float64, "FLOAT": schema.Float64, "BOOLEAN": schema.Bool, "DATE": schema.Date,
		"TIMESTAMP WITH TIME ZONE": schema.Timestamp, "TIMESTAMP": schema.Timestamp, "JSON": schema.JSON,
	}[kind]
}

// dryRun answers what a query would read and give, or why it cannot run; of a statement that changes a table, only what
// it would read.
func (s *Server) dryRun(_ context.Context, ref *bq.JobReference, config *bq.JobConfiguration) (any, error) {
	q := config.Query
	if q == nil {
		return nil, fail(http.StatusNotImplemented, "notImplemented", "a dry run of anything but a query is no part of this fake")
	}
	if err := s.check(ref, config, false); err != nil {
		return nil, err
	}
	text, err := s.Translate(q.Query)
	if err != nil {
		return nil, fail(http.StatusBadRequest, "invalidQuery", "%v", err)
	}
	read, _ := s.reads(q.Query)
	stats := &bq.JobStatistics2{StatementType: "SELECT", TotalBytesProcessed: read}
	if m := changes.FindStringSubmatch(q.Query); m != nil {
		stats.StatementType = strings.ToUpper(m[1])
	} else {
		params, err := parameters(q)
		if err != nil {
			return nil, err
		}
		if stats.Schema, err = s.describe(&warehouse.Query{SQL: text, Params: params}); err != nil {
			return nil, err
		}
	}
	return &bq.Job{
		Kind: "bigquery#job", Configuration: config, JobReference: &bq.JobReference{ProjectId: s.Project, Location: s.Location},
		Status: &bq.JobStatus{State: "DONE"}, Statistics: &bq.JobStatistics{TotalBytesProcessed: read, Query: stats},
	}, nil
}

// reads estimates the bytes of the tables that a statement names: eight for each value. BigQuery counts the columns and
// partitions that are read; a fake that counts whole tables asks for more, never less.
func (s *Server) reads(googleSQL string) (bytes int64, tables int) {
	s.mu.Lock()
	sizes := map[warehouse.Table]int{}
	for t, have := range s.tables {
		if regexp.MustCompile(`\b` + regexp.QuoteMeta(t.String()) + `\b`).MatchString(googleSQL) {
			sizes[t] = 8 * len(have.Schema.Fields)
		}
	}
	s.mu.Unlock()
	for t, size := range sizes {
		count := fmt.Sprintf(`SELECT count(*) AS n FROM %q.%q`, t.Dataset, t.Name)
		if rows, err := s.rows.Query(s.ctx, count, nil, 1); err == nil { // a table that is just being made has none
			bytes += rows[0]["n"].(int64) * int64(size)
		}
	}
	return bytes, len(sizes)
}
