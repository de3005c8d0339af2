package bigquerytest

import (
	"net/http"
	"regexp"
	"slices"

	bq "google.golang.org/api/bigquery/v2"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/warehouse"
)

var (
	tableName = regexp.MustCompile(`^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd}\p{Zs}]+$`) // at most 1,024 letters
	decorated = regexp.MustCompile(`^([^$]+)(?:\$(.*))?$`)
	dayID     = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})$`)
	monthID   = regexp.MustCompile(`^(\d{4})(\d{2})$`)
)

// reference returns the table and the partition that a job names.
func (s *Server) reference(ref *bq.TableReference) (warehouse.Table, partition.Partition, error) {
	var p partition.Partition
	if ref == nil || ref.ProjectId != s.Project || ref.DatasetId == "" {
		return warehouse.Table{}, p, invalid("Invalid table reference %+v", ref)
	}
	m := decorated.FindStringSubmatch(ref.TableId)
	if m == nil || !tableName.MatchString(m[1]) {
		return warehouse.Table{}, p, invalid("Invalid table ID %q", ref.TableId)
	}
	t := warehouse.Table{Dataset: ref.DatasetId, Name: m[1]}
	if len(m[0]) == len(m[1]) {
		return t, p, nil
	}
	text := dayID.ReplaceAllString(m[2], "$1-$2-$3")
	text = monthID.ReplaceAllString(text, "$1-$2")
	p, err := partition.Parse(text)
	if err != nil || text == m[2] {
		return t, p, invalid("Invalid partition decorator: %q is not a day or month", "$"+m[2])
	}
	return t, p, nil
}

// truncates refuses dispositions that Rollcall does not use: with its own, jobs are safe to repeat.
func truncates(create, wantCreate, write string) error {
	if create != wantCreate || write != "WRITE_TRUNCATE" {
		return fail(http.StatusNotImplemented, "notImplemented",
			"createDisposition %q with writeDisposition %q is not implemented by this fake", create, write)
	}
	return nil
}

func (s *Server) checkLoad(l *bq.JobConfigurationLoad, upload bool) error {
	if _, _, err := s.reference(l.DestinationTable); err != nil {
		return err
	}
	if (len(l.SourceUris) == 0) != upload {
		return invalid("Required parameter is missing: sourceUris, or the data themselves")
	}
	if l.SourceFormat != "NEWLINE_DELIMITED_JSON" || l.Autodetect || l.IgnoreUnknownValues || l.MaxBadRecords != 0 {
		return fail(http.StatusNotImplemented, "notImplemented",
			"lenient loads and loads of %q are not implemented by this fake", l.SourceFormat)
	}
	if err := checkSchema(l.Schema); err != nil {
		return err
	}
	return truncates(l.CreateDisposition, "CREATE_NEVER", l.WriteDisposition)
}

// loadable compares a load's schema with that of its table. A column less would be dropped by the truncation of a whole
// table, and for a partition Google's reference does not say what happens.
func loadable(load, table *bq.TableSchema) error {
	for _, f := range load.Fields {
		if h := column(table, f.Name); h == nil || !sameColumn(f, h) {
			return invalid("Provided Schema does not match Table. Field %s is not that of the table", f.Name)
		}
	}
	for _, h := range table.Fields {
		if column(load, h.Name) == nil {
			return fail(http.StatusNotImplemented, "notImplemented",
				"a load whose schema lacks column %s of the table is not implemented by this fake", h.Name)
		}
	}
	return nil
}

func (s *Server) checkCopy(c *bq.JobConfigurationTableCopy) error {
	_, from, err := s.reference(sourceOf(c))
	if err != nil {
		return err
	}
	_, to, err := s.reference(c.DestinationTable)
	if err != nil {
		return err
	}
	if from != to {
		return invalid("Incompatible partitions: %q cannot be copied to %q of a table partitioned by a column", from, to)
	}
	return truncates(c.CreateDisposition, "CREATE_NEVER", c.WriteDisposition)
}

// sourceOf returns the table that is copied, from either of two fields; nil if it is not exactly one.
func sourceOf(c *bq.JobConfigurationTableCopy) *bq.TableReference {
	if len(c.SourceTables) == 1 && c.SourceTable == nil {
		return c.SourceTables[0]
	}
	return c.SourceTable
}

func (s *Server) checkQuery(q *bq.JobConfigurationQuery) error {
	if q.Query == "" {
		return invalid("Required parameter is missing: query")
	}
	if q.UseLegacySql == nil || *q.UseLegacySql {
		return fail(http.StatusNotImplemented, "notImplemented",
			"legacy SQL, which is the default, is not implemented by this fake")
	}
	if _, err := parameters(q); err != nil {
		return err
	}
	if q.DestinationTable == nil {
		if q.TimePartitioning != nil || q.Clustering != nil || q.WriteDisposition != "" {
			return invalid("Partitioning, clustering and dispositions need a destinationTable")
		}
		return nil
	}
	if changes.MatchString(q.Query) {
		return invalid("Cannot set destination table in jobs with DML statements")
	}
	_, p, err := s.reference(q.DestinationTable)
	if err != nil {
		return err
	}
	if !p.IsZero() {
		return fail(http.StatusNotImplemented, "notImplemented", "queries into a partition are not implemented by this fake")
	}
	return truncates(q.CreateDisposition, "CREATE_IF_NEEDED", q.WriteDisposition)
}

// parameters returns a query's parameters, which must be DATEs.
func parameters(q *bq.JobConfigurationQuery) (map[string]partition.Partition, error) {
	params := map[string]partition.Partition{}
	if q.ParameterMode != "" && q.ParameterMode != "NAMED" { // the default with names
		return nil, invalid("parameterMode must be NAMED for parameters with names")
	}
	for _, p := range q.QueryParameters {
		if p.Name == "" || p.ParameterType == nil || p.ParameterType.Type != "DATE" || p.ParameterValue == nil {
			return nil, fail(http.StatusNotImplemented, "notImplemented",
				"parameters of other types than DATE are not implemented by this fake: %q", p.Name)
		}
		day, err := partition.Parse(p.ParameterValue.Value)
		if err != nil || day.Grain() != partition.Daily {
			return nil, invalid("Invalid value for parameter %s: %q is not a DATE", p.Name, p.ParameterValue.Value)
		}
		params[p.Name] = day
	}
	return params, nil
}

// alike reports differences between two tables that a copy does not allow. A copy of a whole table allows other
// columns.
func alike(from, to *bq.Table, columns bool) error {
	if err := samePartitioning(from.TimePartitioning, to.TimePartitioning); err != nil {
		return err
	}
	if !slices.Equal(clusteredBy(from.Clustering), clusteredBy(to.Clustering)) {
		return invalid("Incompatible table clustering specification %v, expected %v", clusteredBy(from.Clustering),
			clusteredBy(to.Clustering))
	}
	if !columns {
		return nil
	}
	for _, pair := range [][2]*bq.Table{{from, to}, {to, from}} {
		for _, f := range pair[0].Schema.Fields {
			if g := column(pair[1].Schema, f.Name); g == nil || !sameColumn(f, g) {
				return invalid("Provided Schema does not match Table. Field %s is not the same in both tables", f.Name)
			}
		}
	}
	return nil
}

func samePartitioning(have, want *bq.TimePartitioning) error {
	if h, w := partitionedBy(have), partitionedBy(want); h != w {
		return invalid("Incompatible table partitioning specification. "+
			"Expects partitioning specification %s, but input partitioning specification is %s", w, h)
	}
	return nil
}

func partitionedBy(by *bq.TimePartitioning) string {
	if by == nil {
		return "none"
	}
	return "interval(type:" + by.Type + ",field:" + by.Field + ")"
}

func clusteredBy(c *bq.Clustering) []string {
	if c == nil {
		return nil
	}
	return c.Fields
}

func column(s *bq.TableSchema, name string) *bq.TableFieldSchema {
	i := slices.IndexFunc(s.Fields, func(f *bq.TableFieldSchema) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return s.Fields[i]
}
