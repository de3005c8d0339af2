package bigquery

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	bq "google.golang.org/api/bigquery/v2"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
)

// EnsureTable keeps the promise of warehouse.Driver. A table's clustering is brought up to date too, where the definition
// tells: what is staged has the definition's, and a copy wants the same. The dataset has to be there.
func (d *Driver) EnsureTable(ctx context.Context, def warehouse.Definition) error {
	if len(def.Schema) == 0 {
		return fmt.Errorf("table %s: its definition has no columns", def.Table)
	}
	for try := 1; ; try++ {
		have, err := d.getTable(ctx, def.Table)
		if errors.Is(err, warehouse.ErrNotFound) {
			err = d.createTable(ctx, def)
		} else if err == nil {
			err = d.changeTable(ctx, have, def)
		}
		// Another has made or changed it since it was read.
		met := answered(err, http.StatusConflict) || answered(err, http.StatusPreconditionFailed)
		if !met || try == tries {
			return err
		}
	}
}

func (d *Driver) getTable(ctx context.Context, t warehouse.Table) (*bq.Table, error) {
	have, err := call(ctx, d, func() (*bq.Table, error) {
		return d.service.Tables.Get(d.project, t.Dataset, t.Name).Context(ctx).Do()
	})
	if answered(err, http.StatusNotFound) {
		err = warehouse.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", t, err)
	}
	return have, nil
}

func (d *Driver) createTable(ctx context.Context, def warehouse.Definition) error {
	table := &bq.Table{
		TableReference: d.table(def.Table, partition.Partition{}), Description: def.Description, Schema: columns(def.Schema),
		TimePartitioning: partitioning(def), Clustering: clustering(def),
	}
	_, err := call(ctx, d, func() (*bq.Table, error) {
		return d.service.Tables.Insert(d.project, def.Table.Dataset, table).Context(ctx).Do()
	})
	if answered(err, http.StatusNotFound) {
		return fmt.Errorf("table %s cannot be made, dataset %s is not there; terraform apply makes it: %w", def.Table, def.Table.Dataset, err)
	}
	if err != nil {
		return fmt.Errorf("make table %s: %w", def.Table, err)
	}
	return nil
}

// changeTable adds the columns that are missing, provided that nobody has changed the table since it was read.
func (d *Driver) changeTable(ctx context.Context, have *bq.Table, def warehouse.Definition) error {
	if have.Type != "" && have.Type != "TABLE" {
		return fmt.Errorf("table %s: %w: a %s of that name stands there; drop it, or give the table another name",
			def.Table, warehouse.ErrSchemaDrift, have.Type)
	}
	added, err := warehouse.Additions(definition(def.Table, have), def)
	if err != nil {
		return err
	}
	change := &bq.Table{}
	if len(added) > 0 {
		change.Schema = &bq.TableSchema{Fields: append(slices.Clone(have.Schema.Fields), columns(added).Fields...)}
	}
	if want := clustering(def); def.ClusterBy != nil && !sameClustering(have.Clustering, want) {
		if change.Clustering = want; want == nil {
			change.NullFields = []string{"Clustering"}
		}
	}
	if change.Schema == nil && change.Clustering == nil && change.NullFields == nil {
		return nil
	}
	_, err = call(ctx, d, func() (*bq.Table, error) {
		patch := d.service.Tables.Patch(d.project, def.Table.Dataset, def.Table.Name, change).Context(ctx)
		patch.Header().Set("If-Match", have.Etag)
		return patch.Do()
	})
	if err != nil {
		return fmt.Errorf("change table %s: %w", def.Table, err)
	}
	return nil
}

// definition is what a table was made as, as far as definitions tell.
func definition(t warehouse.Table, have *bq.Table) warehouse.Definition {
	def := warehouse.Definition{Table: t, Description: have.Description}
	if have.Schema != nil {
		def.Schema = fields(have.Schema)
	}
	if p := have.TimePartitioning; p != nil {
		if def.PartitionBy = p.Field; p.Field == "" {
			def.PartitionBy = "_PARTITIONTIME" // by the time of loading
		}
		switch p.Type {
		case dayUnit:
			def.Grain = partition.Daily
		case monthUnit:
			def.Grain = partition.Monthly
		default:
			def.Grain = partition.Grain(p.Type)
		}
	}
	if r := have.RangePartitioning; r != nil {
		def.PartitionBy, def.Grain = r.Field, "RANGE"
	}
	return def
}

// The units of time by which tables are partitioned.
const (
	dayUnit   = "DAY"
	monthUnit = "MONTH"
)

func partitioning(def warehouse.Definition) *bq.TimePartitioning {
	if def.PartitionBy == "" {
		return nil
	}
	unit := dayUnit
	if def.Grain == partition.Monthly {
		unit = monthUnit
	}
	return &bq.TimePartitioning{Type: unit, Field: def.PartitionBy}
}

func clustering(def warehouse.Definition) *bq.Clustering {
	if len(def.ClusterBy) == 0 {
		return nil
	}
	return &bq.Clustering{Fields: def.ClusterBy}
}

func sameClustering(a, b *bq.Clustering) bool {
	if a == nil || b == nil {
		return a == b
	}
	return slices.Equal(a.Fields, b.Fields)
}

// columns are a schema as BigQuery takes it.
func columns(s schema.Schema) *bq.TableSchema {
	t := &bq.TableSchema{}
	for _, f := range s {
		t.Fields = append(t.Fields, &bq.TableFieldSchema{
			Name: f.Name, Type: string(f.Type), Mode: string(f.Mode), Description: f.Description,
		})
	}
	return t
}

// fields are a schema as BigQuery gives it.
func fields(t *bq.TableSchema) schema.Schema {
	s := make(schema.Schema, len(t.Fields))
	for i, f := range t.Fields {
		s[i] = schema.Field{Name: f.Name, Type: schema.Type(f.Type).Standard(), Mode: schema.Mode(f.Mode), Description: f.Description}
		if s[i].Mode == "" {
			s[i].Mode = schema.Nullable
		}
	}
	return s
}

// nullable is a schema as the result of a query has it.
func nullable(s schema.Schema) schema.Schema {
	s = slices.Clone(s)
	for i := range s {
		if s[i].Mode != schema.Repeated {
			s[i].Mode = schema.Nullable
		}
	}
	return s
}
