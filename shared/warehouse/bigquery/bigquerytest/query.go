package bigquerytest

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	bq "google.golang.org/api/bigquery/v2"

	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
	"example.com/rollcall/shared/warehouse/duckdb"
)

// leastBilled is the minimum that is billed for each table that a query reads.
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
	if kind, target := change(q.Query); target != nil {
		stats.StatementType, w.Query.Target = kind, target
	} else if err := s.selects(j, q, w.Query); err != nil {
		return err
	}
	reads, err := s.reads(s.ctx, w.Query)
	if err != nil {
		return err
	}
	read := bytesOf(reads)
	stats.TotalBytesProcessed, j.stats.TotalBytesProcessed = read, read
	billed := max(read, int64(len(reads))*leastBilled)
	if most := q.MaximumBytesBilled; most > 0 && billed > most {
		return fail(http.StatusBadRequest, "bytesBilledLimitExceeded",
			"Query exceeded limit for bytes billed: %d. %d or higher required.", most, billed)
	}
	status, err := s.run(w)
	if err != nil {
		return err
	}
	stats.TotalBytesBilled = billed
	if w.Query.Target != nil {
		stats.NumDmlAffectedRows = status.Stats.Rows
		return nil
	}
	j.total = status.Stats.Rows
	if def := w.Query.Destination; def != nil {
		s.store(def.Table, &bq.Table{
			Kind: "bigquery#table", Id: s.Project + ":" + def.Table.String(), Type: "TABLE", TableReference: q.DestinationTable,
			Schema: j.schema, TimePartitioning: q.TimePartitioning, Clustering: q.Clustering,
		})
	}
	return nil
}

// change returns the kind and the table of a DML statement; nil for a SELECT.
func change(googleSQL string) (kind string, target *warehouse.Table) {
	m := changes.FindStringSubmatch(googleSQL)
	if m == nil {
		return "", nil
	}
	dataset, name, _ := strings.Cut(strings.ReplaceAll(m[2], "`", ""), ".")
	return strings.ToUpper(m[1]), &warehouse.Table{Dataset: dataset, Name: name}
}

// selects determines a SELECT's columns, and defines its destination with them.
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

// describe returns the columns of a SELECT's result, which are nullable or repeated.
func (s *Server) describe(q *warehouse.Query) (*bq.TableSchema, error) {
	id := s.id("describe")
	text := "SELECT column_name, column_type FROM (DESCRIBE " + literals(q) + "\n)"
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
		t, err := duckdb.SchemaType(kind)
		if err != nil {
			return nil, fail(http.StatusNotImplemented, "notImplemented", "column %s: %v", f.Name, err)
		}
		f.Type = string(t)
		result.Fields = append(result.Fields, f)
	}
	if err := checkSchema(result); err != nil {
		return nil, fail(http.StatusBadRequest, "invalidQuery", "%v", err)
	}
	legacyNames(result)
	return result, nil
}

// dryRun answers what a query would read and return, or why it is invalid. For DML it answers only what it
// would read.
func (s *Server) dryRun(ctx context.Context, ref *bq.JobReference, config *bq.JobConfiguration) (any, error) {
	q := config.Query
	if q == nil {
		return nil, fail(http.StatusNotImplemented, "notImplemented",
			"dry runs of other jobs than queries are not implemented by this fake")
	}
	if err := s.check(ref, config, false); err != nil {
		return nil, err
	}
	text, err := s.Translate(q.Query)
	if err != nil {
		return nil, fail(http.StatusBadRequest, "invalidQuery", "%v", err)
	}
	params, err := parameters(q)
	if err != nil {
		return nil, err
	}
	w := &warehouse.Query{SQL: text, Params: params}
	stats := &bq.JobStatistics2{StatementType: "SELECT"}
	if kind, target := change(q.Query); target != nil {
		stats.StatementType, w.Target = kind, target
	} else if stats.Schema, err = s.describe(w); err != nil {
		return nil, err
	}
	reads, err := s.reads(ctx, w)
	if err != nil {
		return nil, err
	}
	stats.TotalBytesProcessed = bytesOf(reads)
	return &bq.Job{
		Kind: "bigquery#job", Configuration: config, JobReference: &bq.JobReference{ProjectId: s.Project,
			Location: s.Location},
		Status: &bq.JobStatus{State: "DONE"}, Statistics: &bq.JobStatistics{TotalBytesProcessed: stats.TotalBytesProcessed, Query: stats},
	}, nil
}

// maxPage bounds the rows of a page.
const maxPage = 1000

// getQueryResults answers with the rows of a SELECT. If they are in a destination, it only counts them.
func (s *Server) getQueryResults(r *http.Request, _ []byte) (any, error) {
	j, err := s.requested(r)
	if err != nil {
		return nil, err
	}
	if j.config.Query == nil {
		return nil, invalid("Cannot get results of a job that is not a query: %s", j.id)
	}
	answer := &bq.GetQueryResultsResponse{
		Kind: "bigquery#getQueryResultsResponse", JobReference: &bq.JobReference{ProjectId: s.Project, JobId: j.id,
			Location: s.Location},
	}
	select {
	case <-j.done:
	case <-time.After(wait):
		return answer, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if e := j.status.ErrorResult; e != nil {
		return nil, fail(http.StatusBadRequest, e.Reason, "%s", e.Message)
	}
	answer.JobComplete, answer.Schema, answer.TotalRows = true, j.schema, uint64(j.total)
	answer.NumDmlAffectedRows = j.stats.Query.NumDmlAffectedRows
	ask := r.URL.Query()
	n, err := strconv.Atoi(ask.Get("maxResults"))
	if err != nil || n > maxPage {
		n = maxPage
	}
	if n == 0 || j.schema == nil {
		return answer, nil
	}
	if j.config.Query.DestinationTable.DatasetId != hidden {
		return nil, fail(http.StatusNotImplemented, "notImplemented",
			"the rows of a destination are not implemented by this fake")
	}
	from, _ := strconv.Atoi(ask.Get("pageToken")) // without a token: the first page
	rows, err := s.rows.Rows(r.Context(), j.id, from+n)
	if err != nil {
		return nil, err
	}
	if from+n < int(j.total) {
		answer.PageToken = strconv.Itoa(from + n)
	}
	for _, row := range rows[min(from, len(rows)):] {
		line := &bq.TableRow{}
		for _, f := range j.schema.Fields {
			line.F = append(line.F, &bq.TableCell{V: cell(row[f.Name], schema.Type(f.Type))})
		}
		answer.Rows = append(answer.Rows, line)
	}
	return answer, nil
}

// cell returns a value as in BigQuery's JSON: null or text.
func cell(value any, t schema.Type) any {
	switch v := value.(type) {
	case nil:
		return nil
	case time.Time:
		if t == schema.Date {
			return v.Format(time.DateOnly)
		}
		return strconv.FormatInt(v.UnixMicro(), 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return fmt.Sprint(value)
}

// Definition returns a table's resource; false if there is none.
func (s *Server) Definition(t warehouse.Table) (*bq.Table, bool) {
	have := s.table(t)
	return have, have != nil
}

// Jobs returns all jobs, sorted by id.
func (s *Server) Jobs() []*bq.Job {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []*bq.Job
	for _, id := range slices.Sorted(maps.Keys(s.jobs)) {
		list = append(list, s.resource(s.jobs[id]))
	}
	return list
}

var (
	staged   = regexp.MustCompile(`\bstaging\.\w+`)
	instants = regexp.MustCompile(`\bTIMESTAMP '`)
)

// Translation returns a function that translates the coordinator's statements: those that the manifest has in
// both dialects, and the coordinator's own (the MERGE of mart.freshness, the DELETE of an empty partition, the
// fence). It refuses all others.
func Translation(m *manifest.Manifest) func(googleSQL string) (string, error) {
	known := map[string]string{}
	for _, model := range m.Models {
		from, to := model.SQL[manifest.BigQuery], model.SQL[manifest.DuckDB]
		known[from.Stage], known[from.Audit] = to.Stage, to.Audit
		if from.Merge != "" {
			known[from.Merge] = to.Merge
		}
	}
	return func(googleSQL string) (string, error) {
		if text, ok := known[googleSQL]; ok {
			return text, nil
		}
		stage := staged.FindString(googleSQL)
		if text, ok := known[strings.ReplaceAll(googleSQL, stage, manifest.StagePlaceholder)]; ok && stage != "" {
			return strings.ReplaceAll(text, manifest.StagePlaceholder, stage), nil
		}
		switch {
		case strings.HasPrefix(googleSQL, "MERGE INTO mart.freshness "):
			return instants.ReplaceAllString(googleSQL, "TIMESTAMPTZ '"), nil
		case googleSQL == "SELECT 1 AS fence", strings.HasPrefix(googleSQL, "DELETE FROM mart."):
			return googleSQL, nil
		}
		return "", fmt.Errorf("the manifest has no DuckDB statement for this one: %.200s", googleSQL)
	}
}
