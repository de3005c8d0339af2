package bigquerytest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	bq "google.golang.org/api/bigquery/v2"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
)

// https://cloud.google.com/bigquery/docs/schemas#column_names
var columnName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,299}$`)

const maxDescription = 1024 // characters, for a column

var types = []schema.Type{
	schema.String, schema.Int64, schema.Float64, schema.Numeric, schema.Bool, schema.Date, schema.Timestamp, schema.JSON,
}

func (s *Server) getTable(r *http.Request, _ []byte) (any, error) {
	_, _, have, err := s.addressed(r)
	return have, err
}

// listTables returns the tables of a dataset by name.
func (s *Server) listTables(r *http.Request, _ []byte) (any, error) {
	page, err := strconv.Atoi(r.URL.Query().Get("maxResults"))
	if err != nil || page < 1 {
		return nil, fail(http.StatusBadRequest, "invalid", "Invalid value for maxResults")
	}
	if s.TablePage > 0 {
		page = min(page, s.TablePage)
	}
	dataset, after := r.PathValue("dataset"), r.URL.Query().Get("pageToken")
	if err := s.dataset(dataset); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for t := range s.tables {
		if t.Dataset == dataset && t.Name > after {
			names = append(names, t.Name)
		}
	}
	slices.Sort(names)
	answer := &bq.TableList{Kind: "bigquery#tableList"}
	for _, name := range names[:min(len(names), page)] {
		have := s.tables[warehouse.Table{Dataset: dataset, Name: name}]
		answer.Tables = append(answer.Tables, &bq.TableListTables{
			TableReference: &bq.TableReference{ProjectId: s.Project, DatasetId: dataset, TableId: name},
			Type:           have.Type, CreationTime: have.CreationTime,
		})
	}
	if len(names) > page {
		answer.NextPageToken = names[page-1]
	}
	return answer, nil
}

// deleteTable drops a table, as a person does with bq rm. The driver never does.
func (s *Server) deleteTable(r *http.Request, _ []byte) (any, error) {
	t, _, _, err := s.addressed(r)
	if err != nil {
		return nil, err
	}
	s.change.Lock()
	defer s.change.Unlock()
	drop := warehouse.Query{SQL: fmt.Sprintf("DROP TABLE %q.%q", t.Dataset, t.Name), Target: &t}
	if _, err := warehouse.Run(r.Context(), s.rows, warehouse.Job{ID: s.id("drop"), Query: &drop}); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tables, t)
	return struct{}{}, nil
}

// addressed returns the table and the partition that a request's path names.
func (s *Server) addressed(r *http.Request) (warehouse.Table, partition.Partition, *bq.Table, error) {
	return s.existing(&bq.TableReference{
		ProjectId: r.PathValue("project"), DatasetId: r.PathValue("dataset"), TableId: r.PathValue("table"),
	})
}

// listRows returns the first rows of a table or of a partition, on one page.
func (s *Server) listRows(r *http.Request, _ []byte) (any, error) {
	t, p, have, err := s.addressed(r)
	if err != nil {
		return nil, err
	}
	limit, err := strconv.Atoi(r.URL.Query().Get("maxResults"))
	if err != nil || limit < 1 || r.URL.Query().Get("pageToken") != "" {
		return nil, fail(http.StatusNotImplemented, "notImplemented", "this fake has only the first page, of maxResults")
	}
	where := "true"
	if !p.IsZero() {
		where = fmt.Sprintf("%q >= DATE '%s' AND %[1]q < DATE '%[3]s'", have.TimePartitioning.Field,
			p.Start().Format(time.DateOnly), p.End().Format(time.DateOnly))
	}
	rows, err := s.rows.Query(r.Context(), fmt.Sprintf("SELECT * FROM %q.%q WHERE %s", t.Dataset, t.Name, where), nil, limit)
	if err != nil {
		return nil, err
	}
	answer := &bq.TableDataList{Kind: "bigquery#tableDataList"}
	for _, row := range rows {
		line := &bq.TableRow{}
		for _, f := range have.Schema.Fields {
			line.F = append(line.F, &bq.TableCell{V: cell(row[f.Name], schema.Type(f.Type))})
		}
		answer.Rows = append(answer.Rows, line)
	}
	return answer, nil
}

// table returns a copy of a table's resource; nil if there is none.
func (s *Server) table(t warehouse.Table) *bq.Table {
	s.mu.Lock()
	defer s.mu.Unlock()
	have := s.tables[t]
	if have == nil {
		return nil
	}
	c := *have
	return &c
}

// store stores a table's resource with a new etag.
func (s *Server) store(t warehouse.Table, have *bq.Table) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	legacyNames(have.Schema)
	if have.CreationTime == 0 {
		have.CreationTime = s.now()
	}
	have.Etag = fmt.Sprintf("etag-%d", s.count)
	s.tables[t] = have
}

func (s *Server) dataset(name string) error {
	if !slices.Contains(s.Datasets, name) {
		return fail(http.StatusNotFound, "notFound", "Not found: Dataset %s:%s was not found in location %s",
			s.Project, name, s.Location)
	}
	return nil
}

func (s *Server) insertTable(r *http.Request, body []byte) (any, error) {
	var want bq.Table
	if err := strict(body, &want); err != nil {
		return nil, err
	}
	ref := want.TableReference
	if ref == nil || ref.DatasetId != r.PathValue("dataset") || ref.ProjectId != s.Project ||
		!tableName.MatchString(ref.TableId) {
		return nil, invalid("Invalid table reference %+v", ref)
	}
	t := warehouse.Table{Dataset: ref.DatasetId, Name: ref.TableId}
	if err := s.dataset(t.Dataset); err != nil {
		return nil, err
	}
	if err := checkSchema(want.Schema); err != nil {
		return nil, err
	}
	def, err := define(t, want.Schema, want.TimePartitioning, want.Clustering)
	if err != nil {
		return nil, err
	}
	s.change.Lock()
	defer s.change.Unlock()
	if s.table(t) != nil {
		return nil, fail(http.StatusConflict, "duplicate", "Already Exists: Table %s:%s", s.Project, t)
	}
	if err := s.rows.EnsureTable(r.Context(), def); err != nil {
		return nil, err
	}
	want.Type, want.Id, want.Kind = "TABLE", s.Project+":"+t.String(), "bigquery#table"
	s.store(t, &want)
	return &want, nil
}

func (s *Server) patchTable(r *http.Request, body []byte) (any, error) {
	var change bq.Table
	if err := strict(body, &change); err != nil {
		return nil, err
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(body, &keys); err != nil {
		return nil, err
	}
	t := warehouse.Table{Dataset: r.PathValue("dataset"), Name: r.PathValue("table")}
	s.change.Lock()
	defer s.change.Unlock()
	have := s.table(t)
	if have == nil {
		return nil, noTable(s.Project, t)
	}
	if match := r.Header.Get("If-Match"); match != "" && match != have.Etag {
		return nil, fail(http.StatusPreconditionFailed, "conditionNotMet", "Precondition check failed.")
	}
	for key := range keys {
		switch key {
		case "schema":
			if err := widens(have.Schema, change.Schema); err != nil {
				return nil, err
			}
			have.Schema = change.Schema
		case "clustering":
			have.Clustering = change.Clustering
		case "description":
			have.Description = change.Description
		default:
			return nil, fail(http.StatusNotImplemented, "notImplemented", "changing %s is not implemented by this fake", key)
		}
	}
	def, err := define(t, have.Schema, have.TimePartitioning, have.Clustering)
	if err != nil {
		return nil, err
	}
	if err := s.rows.EnsureTable(r.Context(), def); err != nil {
		return nil, err
	}
	s.store(t, have)
	return have, nil
}

// widens reports every change of columns except new nullable ones.
// https://cloud.google.com/bigquery/docs/managing-table-schemas
func widens(have, want *bq.TableSchema) error {
	if err := checkSchema(want); err != nil {
		return err
	}
	for i, h := range have.Fields {
		if i >= len(want.Fields) || want.Fields[i].Name != h.Name || !sameColumn(h, want.Fields[i]) {
			return invalid("Provided Schema does not match Table. Field %s is missing in new schema or has changed", h.Name)
		}
	}
	for _, w := range want.Fields[len(have.Fields):] {
		if mode(w) == schema.Required {
			return invalid("Provided Schema does not match Table. Cannot add required fields to an existing schema. (field: %s)", w.Name)
		}
	}
	return nil
}

func sameColumn(a, b *bq.TableFieldSchema) bool {
	return schema.Type(a.Type).Standard() == schema.Type(b.Type).Standard() && mode(a) == mode(b)
}

func mode(f *bq.TableFieldSchema) schema.Mode {
	if f.Mode == "" {
		return schema.Nullable
	}
	return schema.Mode(f.Mode)
}

func checkSchema(t *bq.TableSchema) error {
	if t == nil || len(t.Fields) == 0 {
		return invalid("No schema specified on job or table.")
	}
	seen := map[string]bool{}
	for _, f := range t.Fields {
		switch {
		case !columnName.MatchString(f.Name):
			return invalid("Invalid field name %q. Fields must contain only letters, numbers, and underscores", f.Name)
		case seen[strings.ToLower(f.Name)]:
			return invalid("Field %s already exists in schema", f.Name)
		case !slices.Contains(types, schema.Type(f.Type).Standard()):
			return invalid("Invalid value for type: %s is not a valid value", f.Type)
		case !slices.Contains([]schema.Mode{schema.Nullable, schema.Required, schema.Repeated}, mode(f)):
			return invalid("Invalid value for mode: %s is not a valid value", f.Mode)
		case len([]rune(f.Description)) > maxDescription:
			return invalid("The description for field %s is too long", f.Name)
		}
		seen[strings.ToLower(f.Name)] = true
	}
	return nil
}

// define translates a table for DuckDB.
func define(t warehouse.Table, s *bq.TableSchema, by *bq.TimePartitioning,
	cluster *bq.Clustering) (warehouse.Definition, error) {
	def := warehouse.Definition{Table: t}
	for _, f := range s.Fields {
		def.Schema = append(def.Schema, schema.Field{
			Name: f.Name, Type: schema.Type(f.Type).Standard(), Mode: mode(f), Description: f.Description,
		})
	}
	if by != nil {
		grains := map[string]partition.Grain{"DAY": partition.Daily, "MONTH": partition.Monthly}
		f, ok := def.Schema.Field(by.Field)
		if !ok || f.Type != schema.Date || f.Mode == schema.Repeated {
			return def, invalid("The field specified for partitioning %q is not a DATE column of the schema", by.Field)
		}
		if def.Grain, ok = grains[by.Type]; !ok {
			return def, fail(http.StatusNotImplemented, "notImplemented",
				"partitions of type %q are not implemented by this fake", by.Type)
		}
		def.PartitionBy = by.Field
	}
	if cluster != nil {
		if n := len(cluster.Fields); n == 0 || n > 4 {
			return def, invalid("Clustering takes 1 to 4 fields, not %d", n)
		}
		for _, name := range cluster.Fields {
			f, ok := def.Schema.Field(name)
			if !ok || f.Mode == schema.Repeated || f.Type == schema.JSON || f.Type == schema.Float64 {
				return def, invalid("The field specified for clustering cannot be used: %s", name)
			}
		}
		def.ClusterBy = cluster.Fields
	}
	return def, nil
}
