package run

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/warehouse"
)

// The steps of an attempt, as in job ids and labels.
const (
	stepStage   = "stage"
	stepAudit   = "audit"
	stepPublish = "publish"
	stepFresh   = "freshness"
	stepFence   = "fence" // has the id of a publish job
)

// The labels of every job. BigQuery allows lower-case letters, digits, - and _ in their values, and names
// and partitions have no others.
const (
	labelPipeline  = "pipeline"
	labelModel     = "model"
	labelPartition = "partition"
	labelStep      = "step"
)

// job returns a job of this attempt with its id and labels, and nothing to do yet.
func (a *attempt) job(step string) warehouse.Job {
	return warehouse.Job{
		ID: fmt.Sprintf("%s_%s_%s_%s_a%d", step, a.model.Name, a.run.Partition, a.run.Fingerprint[:12], a.run.Attempt),
		Labels: map[string]string{
			labelPipeline: a.Pipeline, labelModel: a.model.Name, labelPartition: a.run.Partition.String(), labelStep: step,
		},
	}
}

// definition returns the definition of a model's published table.
func definition(m *manifest.Model) warehouse.Definition {
	return warehouse.Definition{
		Table:       warehouse.Table{Dataset: "mart", Name: m.Name},
		Description: m.Description,
		Schema:      m.Schema(),
		PartitionBy: m.PartitionBy,
		Grain:       m.Grain,
		ClusterBy:   append([]string{}, m.ClusterBy...), // not nil, which would keep the clustering of an earlier version
	}
}

// staged returns the definition of this attempt's own table, which is like the target. Its name contains
// the attempt: a job of an earlier attempt on the same fingerprint that is submitted late must not touch
// rows that were audited since.
func (a *attempt) staged() warehouse.Definition {
	def := definition(a.model)
	def.Table = warehouse.Table{Dataset: "staging", Name: fmt.Sprintf("%s_%s_%s_a%d",
		a.model.Name, strings.ReplaceAll(a.run.Partition.String(), "-", ""), a.run.Fingerprint[:12], a.run.Attempt)}
	return def
}

// publishJob returns the job that copies the staged rows into the partition or over the whole table, or
// merges them. Without rows it is a DELETE of the partition: BigQuery creates a partition with its first
// row, so a staged table without rows has none to copy. A DELETE of a whole partition reads nothing.
// https://cloud.google.com/bigquery/docs/using-dml-with-partitioned-tables#use_dml_delete_to_delete_partitions
func (a *attempt) publishJob() warehouse.Job {
	job, target := a.job(stepPublish), definition(a.model).Table
	switch {
	case a.model.Materialized == manifest.Table:
		job.Copy = &warehouse.Copy{Source: a.staged().Table, Destination: target}
	case a.model.Strategy == manifest.Merge:
		job.Query = a.query(a.sql.Merge)
		job.Query.Target = &target
	case a.published.Rows == 0:
		job.Query = a.query(fmt.Sprintf(emptySQL, target, a.model.PartitionBy,
			a.run.Partition.Start().Format(time.DateOnly), a.run.Partition.End().Format(time.DateOnly)))
		job.Query.Target = &target
	default:
		job.Copy = &warehouse.Copy{Source: a.staged().Table, Destination: target, Partition: a.run.Partition}
	}
	return job
}

// emptySQL deletes a partition; it is the same in every dialect. Without its alias, a table that is named like its
// partition column would hide the column.
const emptySQL = "DELETE FROM %s AS target WHERE target.%s >= DATE '%s' AND target.%[2]s < DATE '%[4]s'"

// query returns a statement about this attempt's staged table, with the parameters that it mentions.
func (a *attempt) query(sql string) *warehouse.Query {
	return &warehouse.Query{
		SQL:            strings.ReplaceAll(sql, manifest.StagePlaceholder, a.staged().Table.String()),
		Params:         Parameters(sql, a.model, a.run.Partition, a.run.Inputs),
		MaxBytesBilled: a.MaxBytesBilled,
	}
}

// Parameters returns the parameters that a model's statement mentions, with their values for a partition and what its
// roll call found present.
func Parameters(
	sql string, m *manifest.Model, p partition.Partition, inputs []ledger.Arrival,
) map[string]partition.Partition {
	params := plan.Parameters(m, p, inputs)
	maps.DeleteFunc(params, func(name string, _ partition.Partition) bool {
		return !strings.Contains(sql, "@"+name) && !strings.Contains(sql, "$"+name)
	})
	return params
}

// Queries returns the number of queries in a run of a model: one each to stage, to audit and to update
// mart.freshness, and one more for a MERGE. A copy is not a query, and the DELETE of an empty partition is
// not counted because it reads nothing.
func Queries(m *manifest.Model) int {
	if m.Materialized == manifest.Incremental && m.Strategy == manifest.Merge {
		return 4
	}
	return 3
}
