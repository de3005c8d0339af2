package run

import (
	"fmt"
	"strings"
	"time"

	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/warehouse"
)

// The steps of an attempt, as they stand in job ids and labels.
const (
	stepStage   = "stage"
	stepAudit   = "audit"
	stepPublish = "publish"
	stepFresh   = "freshness"
	stepFence   = "fence" // under the id of a publish job
)

// The labels of every job; BigQuery allows lower-case letters, digits, - and _ in them, which names and partitions are.
const (
	labelPipeline  = "pipeline"
	labelModel     = "model"
	labelPartition = "partition"
	labelStep      = "step"
)

// job is a job of this attempt, with id and labels, and nothing to do yet.
func (a *attempt) job(step string) warehouse.Job {
	return warehouse.Job{
		ID: fmt.Sprintf("%s_%s_%s_%s_a%d", step, a.model.Name, a.run.Partition, a.run.Fingerprint[:12], a.run.Attempt),
		Labels: map[string]string{
			labelPipeline: a.Pipeline, labelModel: a.model.Name, labelPartition: a.run.Partition.String(), labelStep: step,
		},
	}
}

// target is the published table.
func (a *attempt) target() warehouse.Definition { return definition(a.model) }

// definition is a model's published table.
func definition(m *manifest.Model) warehouse.Definition {
	return warehouse.Definition{
		Table:       warehouse.Table{Dataset: "mart", Name: m.Name},
		Description: m.Description,
		Schema:      m.Schema(),
		PartitionBy: m.PartitionBy,
		Grain:       m.Grain,
		ClusterBy:   append([]string{}, m.ClusterBy...), // not nil: a model without clustering takes it away
	}
}

// staged is this attempt's own table, made like the target. The attempt is in its name: a job of an earlier attempt on
// the same fingerprint that is submitted late must not touch rows that have been audited since.
func (a *attempt) staged() warehouse.Definition {
	def := a.target()
	def.Table = warehouse.Table{Dataset: "staging", Name: fmt.Sprintf("%s_%s_%s_a%d",
		a.model.Name, strings.ReplaceAll(a.run.Partition.String(), "-", ""), a.run.Fingerprint[:12], a.run.Attempt)}
	return def
}

func (a *attempt) stage() warehouse.Job {
	job, def := a.job(stepStage), a.staged()
	job.Query = a.query(a.sql.Stage)
	job.Query.Destination = &def
	return job
}

func (a *attempt) auditing() warehouse.Job {
	job := a.job(stepAudit)
	job.Query = a.query(a.sql.Audit)
	return job
}

// publish is a copy of the staged rows into the partition or over the whole table, or a MERGE of them. A partition is
// emptied by a DELETE: BigQuery makes a table's partition with its first row, so that of a staged table without rows there is
// none to copy. One that covers the whole partition reads nothing.
// https://cloud.google.com/bigquery/docs/using-dml-with-partitioned-tables#use_dml_delete_to_delete_partitions
func (a *attempt) publish() warehouse.Job {
	job, target := a.job(stepPublish), a.target().Table
	switch {
	case a.model.Materialized == manifest.Table:
		job.Copy = &warehouse.Copy{Source: a.staged().Table, Destination: target}
	case a.model.Strategy == manifest.Merge:
		job.Query = a.query(a.sql.Merge)
		job.Query.Target = &target
	case a.standing.Rows == 0:
		job.Query = a.query(fmt.Sprintf(emptySQL, target, a.model.PartitionBy,
			a.run.Partition.Start().Format(time.DateOnly), a.run.Partition.End().Format(time.DateOnly)))
		job.Query.Target = &target
	default:
		job.Copy = &warehouse.Copy{Source: a.staged().Table, Destination: target, Partition: a.run.Partition}
	}
	return job
}

// emptySQL is the same in every dialect.
const emptySQL = "DELETE FROM %s WHERE %s >= DATE '%s' AND %[2]s < DATE '%[4]s'"

// query is a statement about this attempt's staged table, with those of the two parameters that it mentions.
func (a *attempt) query(sql string) *warehouse.Query {
	return &warehouse.Query{
		SQL:            strings.ReplaceAll(sql, manifest.StagePlaceholder, a.staged().Table.String()),
		Params:         Parameters(sql, a.run.Partition),
		MaxBytesBilled: a.MaxBytesBilled,
	}
}

// Parameters are those of a model's two parameters that a statement mentions, as they are for a partition.
func Parameters(sql string, p partition.Partition) map[string]partition.Partition {
	params := map[string]partition.Partition{}
	for name, value := range map[string]partition.Partition{"partition_date": p, "partition_end": p.Add(1)} {
		if strings.Contains(sql, "@"+name) || strings.Contains(sql, "$"+name) {
			params[name] = value
		}
	}
	return params
}

// Queries is how many queries a run of a model comes to: to stage, to audit, to bring mart.freshness up to date, and to merge
// where it publishes by a MERGE. A copy is none, and the DELETE of an empty partition is not counted, since it reads nothing.
func Queries(m *manifest.Model) int {
	if m.Materialized == manifest.Incremental && m.Strategy == manifest.Merge {
		return 4
	}
	return 3
}
