package bigquery

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"cloud.google.com/go/bigquery"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
)

// EnsureTable keeps the promise of warehouse.Driver. Descriptions and clustering are brought up to date too, where the
// definition tells: what is staged has the definition's clustering, and a copy wants the same. The dataset has to be there.
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

func (d *Driver) getTable(ctx context.Context, t warehouse.Table) (*bigquery.TableMetadata, error) {
	have, err := call(ctx, d, func(ctx context.Context) (*bigquery.TableMetadata, error) {
		return d.table(t, partition.Partition{}).Metadata(ctx)
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
	_, err := call(ctx, d, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, d.table(def.Table, partition.Partition{}).Create(ctx, &bigquery.TableMetadata{
			Description: def.Description, Schema: columns(def.Schema), TimePartitioning: partitioning(def), Clustering: clustering(def),
		})
	})
	if answered(err, http.StatusNotFound) {
		return fmt.Errorf("table %s cannot be made, dataset %s is not there; terraform apply makes it: %w", def.Table, def.Table.Dataset, err)
	}
	if err != nil {
		return fmt.Errorf("make table %s: %w", def.Table, err)
	}
	return nil
}

// changeTable adds the columns that are missing, and describes those that stand, provided that nobody has changed the table since it was read.
func (d *Driver) changeTable(ctx context.Context, have *bigquery.TableMetadata, def warehouse.Definition) error {
	if have.Type != "" && have.Type != bigquery.RegularTable {
		return fmt.Errorf("table %s: %w: a %s of that name stands there; drop it, or give the table another name",
			def.Table, warehouse.ErrSchemaDrift, have.Type)
	}
	added, err := warehouse.Additions(definition(def.Table, have), def)
	if err != nil {
		return err
	}
	var change bigquery.TableMetadataToUpdate
	if described, changed := describe(have.Schema, def.Schema); changed || len(added) > 0 {
		change.Schema = append(described, columns(added)...)
	}
	if def.Description != "" && def.Description != have.Description {
		change.Description = def.Description
	}
	if want := clustering(def); def.ClusterBy != nil && !sameClustering(have.Clustering, want) {
		if change.Clustering = want; want == nil {
			change.Clustering = &bigquery.Clustering{} // takes it away
		}
	}
	if change.Schema == nil && change.Clustering == nil && change.Description == nil {
		return nil
	}
	_, err = call(ctx, d, func(ctx context.Context) (*bigquery.TableMetadata, error) {
		return d.table(def.Table, partition.Partition{}).Update(ctx, change, have.ETag)
	})
	if err != nil {
		return fmt.Errorf("change table %s: %w", def.Table, err)
	}
	return nil
}

// describe is a table's schema with the descriptions of its definition, and whether that is any change.
func describe(have bigquery.Schema, want schema.Schema) (described bigquery.Schema, changed bool) {
	for _, f := range have {
		c := *f
		if w, ok := want.Field(f.Name); ok && w.Description != "" && w.Description != f.Description {
			c.Description, changed = w.Description, true
		}
		described = append(described, &c)
	}
	return described, changed
}

// definition is what a table was made as, as far as definitions tell.
func definition(t warehouse.Table, have *bigquery.TableMetadata) warehouse.Definition {
	def := warehouse.Definition{Table: t, Description: have.Description, Schema: fields(have.Schema)}
	if p := have.TimePartitioning; p != nil {
		if def.PartitionBy = p.Field; p.Field == "" {
			def.PartitionBy = "_PARTITIONTIME" // by the time of loading
		}
		switch p.Type {
		case bigquery.DayPartitioningType:
			def.Grain = partition.Daily
		case bigquery.MonthPartitioningType:
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

func partitioning(def warehouse.Definition) *bigquery.TimePartitioning {
	if def.PartitionBy == "" {
		return nil
	}
	unit := bigquery.DayPartitioningType
	if def.Grain == partition.Monthly {
		unit = bigquery.MonthPartitioningType
	}
	return &bigquery.TimePartitioning{Type: unit, Field: def.PartitionBy}
}

func clustering(def warehouse.Definition) *bigquery.Clustering {
	if len(def.ClusterBy) == 0 {
		return nil
	}
	return &bigquery.Clustering{Fields: def.ClusterBy}
}

func sameClustering(a, b *bigquery.Clustering) bool {
	if a == nil || b == nil {
		return a == b
	}
	return slices.Equal(a.Fields, b.Fields)
}

// columns are a schema as BigQuery takes it.
func columns(s schema.Schema) (list bigquery.Schema) {
	for _, f := range s {
		list = append(list, &bigquery.FieldSchema{
			Name: f.Name, Type: bigquery.FieldType(f.Type), Description: f.Description,
			Required: f.Mode == schema.Required, Repeated: f.Mode == schema.Repeated,
		})
	}
	return list
}

// fields are a schema as BigQuery gives it.
func fields(list bigquery.Schema) schema.Schema {
	s := make(schema.Schema, len(list))
	for i, f := range list {
		s[i] = schema.Field{Name: f.Name, Type: schema.Type(f.Type).Standard(), Mode: schema.Nullable, Description: f.Description}
		switch {
		case f.Repeated:
			s[i].Mode = schema.Repeated
		case f.Required:
			s[i].Mode = schema.Required
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
