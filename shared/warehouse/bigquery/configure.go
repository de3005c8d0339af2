package bigquery

import (
	"maps"
	"slices"
	"time"

	bq "google.golang.org/api/bigquery/v2"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/warehouse"
)

// What BigQuery calls things.
const (
	createIfNeeded = "CREATE_IF_NEEDED"
	createNever    = "CREATE_NEVER"
	writeTruncate  = "WRITE_TRUNCATE"
	newlineJSON    = "NEWLINE_DELIMITED_JSON"
)

// configuration is a job as jobs.insert takes it.
func (d *Driver) configuration(job warehouse.Job) *bq.JobConfiguration {
	c := &bq.JobConfiguration{Labels: job.Labels}
	switch {
	case job.Load != nil:
		c.Load = d.load(*job.Load)
	case job.Copy != nil:
		c.Copy = &bq.JobConfigurationTableCopy{
			SourceTable:       d.table(job.Copy.Source, job.Copy.Partition),
			DestinationTable:  d.table(job.Copy.Destination, job.Copy.Partition),
			CreateDisposition: createNever,
			WriteDisposition:  writeTruncate,
		}
	default:
		c.Query = d.query(*job.Query)
	}
	return c
}

// load takes no row that does not fit, and guesses nothing.
func (d *Driver) load(l warehouse.Load) *bq.JobConfigurationLoad {
	return &bq.JobConfigurationLoad{
		SourceUris:        l.URIs,
		SourceFormat:      newlineJSON,
		Schema:            columns(l.Schema),
		DestinationTable:  d.table(l.Destination, l.Partition),
		CreateDisposition: createNever,
		WriteDisposition:  writeTruncate,
		ForceSendFields:   []string{"Autodetect", "IgnoreUnknownValues", "MaxBadRecords"},
	}
}

// query is a statement without what depends on another query before it: a result from BigQuery's cache would have no
// figures of its own.
func (d *Driver) query(q warehouse.Query) *bq.JobConfigurationQuery {
	no := false
	c := &bq.JobConfigurationQuery{
		Query: q.SQL, UseLegacySql: &no, UseQueryCache: &no, MaximumBytesBilled: q.MaxBytesBilled,
	}
	for _, name := range slices.Sorted(maps.Keys(q.Params)) {
		c.ParameterMode = "NAMED"
		c.QueryParameters = append(c.QueryParameters, &bq.QueryParameter{
			Name:           name,
			ParameterType:  &bq.QueryParameterType{Type: "DATE"},
			ParameterValue: &bq.QueryParameterValue{Value: q.Params[name].Start().Format(time.DateOnly)},
		})
	}
	if def := q.Destination; def != nil {
		c.DestinationTable = d.table(def.Table, partition.Partition{})
		c.CreateDisposition, c.WriteDisposition = createIfNeeded, writeTruncate
		c.TimePartitioning, c.Clustering = partitioning(*def), clustering(*def)
	}
	return c
}

// table is a table, or with a partition that partition of it, by its decorator.
func (d *Driver) table(t warehouse.Table, p partition.Partition) *bq.TableReference {
	ref := &bq.TableReference{ProjectId: d.project, DatasetId: t.Dataset, TableId: t.Name}
	if !p.IsZero() {
		ref.TableId += "$" + p.Decorator()
	}
	return ref
}
