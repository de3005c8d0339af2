package bigquery

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"cloud.google.com/go/bigquery"
	bq "google.golang.org/api/bigquery/v2"
	"google.golang.org/api/iterator"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
)

// EnsureTable implements warehouse.Driver. It also updates the descriptions and the clustering that the
// definition sets: a staging table has the definition's clustering, and a copy needs it in both tables. The
// dataset must exist.
func (d *Driver) EnsureTable(ctx context.Context, def warehouse.Definition) error {
	if len(def.Schema) == 0 {
		return fmt.Errorf("table %s: the definition has no columns", def.Table)
	}
	for try := 1; ; try++ {
		have, err := d.getTable(ctx, def.Table)
		if errors.Is(err, warehouse.ErrNotFound) {
			err = d.createTable(ctx, def)
		} else if err == nil {
			err = d.changeTable(ctx, have, def)
		}
		// Another process may have created or changed it since it was read.
		conflict := hasStatus(err, http.StatusConflict) || hasStatus(err, http.StatusPreconditionFailed)
		if !conflict || try == maxAttempts {
			return err
		}
	}
}

// HasRows implements warehouse.Driver. It reads one row of the partition, which is no query and is not billed.
// https://cloud.google.com/bigquery/docs/managing-partitioned-table-data#browse_the_data_in_a_partition
func (d *Driver) HasRows(ctx context.Context, t warehouse.Table, p partition.Partition) (bool, error) {
	has, err := call(ctx, d, func(ctx context.Context) (bool, error) {
		rows := d.table(t, p).Read(ctx)
		rows.PageInfo().MaxSize = 1
		var row []bigquery.Value
		err := rows.Next(&row)
		if errors.Is(err, iterator.Done) {
			return false, nil
		}
		return err == nil, err
	})
	if hasStatus(err, http.StatusNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("rows of %s %s: %w", t, p, err)
	}
	return has, nil
}

// maxTables bounds the tables of a dataset that are listed.
const maxTables = 10_000

// Tables implements warehouse.Driver, with one call for each thousand tables. It is no query and is not billed.
// https://cloud.google.com/bigquery/docs/reference/rest/v2/tables/list
func (d *Driver) Tables(ctx context.Context, dataset string) (map[string]time.Time, error) {
	tables := map[string]time.Time{}
	for token := ""; ; {
		page, err := call(ctx, d, func(ctx context.Context) (*bq.TableList, error) {
			list := d.tables.List(d.options.Project, dataset).MaxResults(1000).
				Fields("nextPageToken", "tables(tableReference(tableId),creationTime)")
			if token != "" {
				list = list.PageToken(token)
			}
			return list.Context(ctx).Do()
		})
		if hasStatus(err, http.StatusNotFound) {
			return tables, nil
		}
		if err != nil {
			return nil, fmt.Errorf("list the tables of dataset %s: %w", dataset, err)
		}
		for _, t := range page.Tables {
			tables[t.TableReference.TableId] = time.UnixMilli(t.CreationTime).UTC()
		}
		if token = page.NextPageToken; token == "" {
			return tables, nil
		}
		if len(tables) >= maxTables {
			return nil, fmt.Errorf("list the tables of dataset %s: there are more than %d; fix: remove those that are not "+
				"Rollcall's", dataset, maxTables)
		}
	}
}

func (d *Driver) getTable(ctx context.Context, t warehouse.Table) (*bigquery.TableMetadata, error) {
	have, err := call(ctx, d, func(ctx context.Context) (*bigquery.TableMetadata, error) {
		return d.table(t, partition.Partition{}).Metadata(ctx)
	})
	if hasStatus(err, http.StatusNotFound) {
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
			Description: def.Description, Schema: columns(def.Schema), TimePartitioning: partitioning(def),
			Clustering: clustering(def),
		})
	})
	if hasStatus(err, http.StatusNotFound) {
		return fmt.Errorf("create table %s: dataset %s is missing; fix: terraform apply: %w", def.Table,
			def.Table.Dataset, err)
	}
	if err != nil {
		return fmt.Errorf("create table %s: %w", def.Table, err)
	}
	return nil
}

// changeTable adds missing columns and updates descriptions and clustering, unless the table was changed since
// it was read.
func (d *Driver) changeTable(ctx context.Context, have *bigquery.TableMetadata, def warehouse.Definition) error {
	if have.Type != "" && have.Type != bigquery.RegularTable {
		return fmt.Errorf("table %s: %w: there is a %s of that name; fix: drop it, or rename the table",
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
			change.Clustering = &bigquery.Clustering{} // removes it
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

// describe returns a table's schema with the descriptions of its definition, and whether any of them changed.
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

// definition translates a table's metadata.
func definition(t warehouse.Table, have *bigquery.TableMetadata) warehouse.Definition {
	def := warehouse.Definition{Table: t, Description: have.Description, Schema: fields(have.Schema)}
	if p := have.TimePartitioning; p != nil {
		if def.PartitionBy = p.Field; p.Field == "" {
			def.PartitionBy = "_PARTITIONTIME" // partitioned by load time
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

// columns translates a schema for the client; fields is its inverse.
func columns(s schema.Schema) (list bigquery.Schema) {
	for _, f := range s {
		list = append(list, &bigquery.FieldSchema{
			Name: f.Name, Type: bigquery.FieldType(f.Type), Description: f.Description,
			Required: f.Mode == schema.Required, Repeated: f.Mode == schema.Repeated,
		})
	}
	return list
}

func fields(list bigquery.Schema) schema.Schema {
	s := make(schema.Schema, len(list))
	for i, f := range list {
		s[i] = schema.Field{Name: f.Name, Type: schema.Type(f.Type).Standard(), Mode: schema.Nullable,
			Description: f.Description}
		switch {
		case f.Repeated:
			s[i].Mode = schema.Repeated
		case f.Required:
			s[i].Mode = schema.Required
		}
	}
	return s
}

// nullable returns a schema as a query's result has it.
func nullable(s schema.Schema) schema.Schema {
	s = slices.Clone(s)
	for i := range s {
		if s[i].Mode != schema.Repeated {
			s[i].Mode = schema.Nullable
		}
	}
	return s
}
