package bigquery

import (
	"bytes"
	"context"
	"maps"
	"slices"

	"cloud.google.com/go/bigquery"
	"cloud.google.com/go/civil"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/warehouse"
)

// starter is a job that can be submitted: a *bigquery.Loader, Copier or Query.
type starter interface {
	Run(ctx context.Context) (*bigquery.Job, error)
}

// configure makes a job as BigQuery takes it. standing is the table that a load over a whole table replaces, or nil.
func (d *Driver) configure(job warehouse.Job, standing *bigquery.TableMetadata) starter {
	id := bigquery.JobIDConfig{JobID: job.ID, Location: d.location}
	switch {
	case job.Load != nil:
		l := d.load(*job.Load, standing)
		l.JobIDConfig, l.Labels = id, job.Labels
		return l
	case job.Copy != nil:
		c := d.table(job.Copy.Destination, job.Copy.Partition).CopierFrom(d.table(job.Copy.Source, job.Copy.Partition))
		c.CreateDisposition, c.WriteDisposition = bigquery.CreateNever, bigquery.WriteTruncate
		c.JobIDConfig, c.Labels = id, job.Labels
		return c
	default:
		q := d.query(*job.Query)
		if def := job.Query.Destination; def != nil {
			q.Dst = d.table(def.Table, partition.Partition{})
			q.CreateDisposition, q.WriteDisposition = bigquery.CreateIfNeeded, bigquery.WriteTruncate
			q.TimePartitioning, q.Clustering = partitioning(*def), clustering(*def)
		}
		q.JobIDConfig, q.Labels = id, job.Labels
		return q
	}
}

// load takes no row that does not fit, and guesses nothing: those are BigQuery's defaults.
func (d *Driver) load(l warehouse.Load, standing *bigquery.TableMetadata) *bigquery.Loader {
	config := bigquery.FileConfig{SourceFormat: bigquery.JSON, Schema: columns(l.Schema)}
	var source bigquery.LoadSource
	if len(l.URIs) > 0 {
		objects := bigquery.NewGCSReference(l.URIs...)
		objects.FileConfig = config
		source = objects
	} else {
		nothing := bigquery.NewReaderSource(bytes.NewReader(nil))
		nothing.FileConfig = config
		source = nothing
	}
	loader := d.table(l.Destination, l.Partition).LoaderFrom(source)
	loader.CreateDisposition, loader.WriteDisposition = bigquery.CreateNever, bigquery.WriteTruncate
	if standing != nil {
		loader.TimePartitioning, loader.Clustering = standing.TimePartitioning, standing.Clustering
	}
	return loader
}

// query is a statement without what depends on another query before it: a result from BigQuery's cache would have no
// figures of its own.
func (d *Driver) query(q warehouse.Query) *bigquery.Query {
	query := d.client.Query(q.SQL)
	query.DisableQueryCache, query.MaxBytesBilled = true, q.MaxBytesBilled
	for _, name := range slices.Sorted(maps.Keys(q.Params)) {
		query.Parameters = append(query.Parameters, bigquery.QueryParameter{Name: name, Value: civil.DateOf(q.Params[name].Start())})
	}
	return query
}
