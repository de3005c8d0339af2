package compile

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	goccy "github.com/goccy/go-googlesql"
	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/models"
	"example.com/rollcall/coordinator/run"
	"example.com/rollcall/scripts/internal/googlesql"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
)

// recorder is a BigQuery that records its jobs and in which every job succeeds.
type recorder struct {
	warehouse.Driver // of which only what follows is called

	checks int   // of the model that runs
	rows   int64 // that its audit finds
	jobs   map[string]warehouse.Job
	tables map[warehouse.Table]warehouse.Definition
}

func (*recorder) Dialect() manifest.Dialect { return manifest.BigQuery }
func (*recorder) Close() error              { return nil }

func (r *recorder) EnsureTable(_ context.Context, def warehouse.Definition) error {
	r.tables[def.Table] = def
	return nil
}

func (r *recorder) Submit(_ context.Context, job warehouse.Job) error {
	r.jobs[job.Labels["step"]] = job
	return job.Validate()
}

func (r *recorder) Wait(_ context.Context, id string) (warehouse.Status, error) {
	for _, job := range r.jobs {
		if job.ID == id {
			return warehouse.Status{ID: id, Labels: job.Labels, Done: true, Ended: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}, nil
		}
	}
	return warehouse.Status{}, warehouse.ErrNotFound
}

func (r *recorder) Rows(context.Context, string, int) ([]map[string]any, error) {
	row := map[string]any{}
	for _, f := range auditColumns(r.checks) {
		row[f.Name] = int64(0)
	}
	row["row_count"] = r.rows
	return []map[string]any{row}, nil
}

// auditColumns returns the columns of an audit with the given number of checks.
func auditColumns(checks int) schema.Schema {
	columns := schema.Schema{{Name: "row_count", Type: schema.Int64, Mode: schema.Nullable}}
	for word := range 8 {
		columns = append(columns, schema.Field{Name: fmt.Sprintf("digest_%d", word), Type: schema.Int64, Mode: schema.Nullable})
	}
	for i := range checks {
		columns = append(columns, schema.Field{Name: fmt.Sprintf("failures_%d", i), Type: schema.Int64, Mode: schema.Nullable})
	}
	return columns
}

// sent returns the jobs that the coordinator sends to BigQuery for one model's partition with the given
// number of rows, and for its fence, by step.
func sent(t *testing.T, m *manifest.Model, rows int64) *recorder {
	t.Helper()
	r := &recorder{checks: len(m.Checks), rows: rows, jobs: map[string]warehouse.Job{}, tables: map[warehouse.Table]warehouse.Definition{}}
	runner := run.Runner{Manifest: models.Load(manifest.BigQuery), Warehouse: r, Pipeline: "rollcall", MaxBytesBilled: 1 << 30, Log: slog.New(slog.DiscardHandler)}
	started := ledger.Run{
		State: ledger.Started, Model: m.Name, Partition: partition.Of(m.Grain, time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)),
		Fingerprint: strings.Repeat("a", 64), Attempt: 1,
	}
	if end, err := runner.Attempt(t.Context(), m, started); err != nil || end.State != ledger.Succeeded || end.Reason != "" {
		t.Fatalf("%s: %+v, %v", m.Name, end, err)
	}
	if _, err := runner.Fence(t.Context(), m, started); err != nil {
		t.Fatal(err)
	}
	return r
}

var parameter = regexp.MustCompile(`@(\w+)`)

// Every statement is analyzed as the coordinator sends it, over the tables that exist in BigQuery at that
// time: the staged table has the columns that the analyzer finds in its query.
func TestGoogleSQLAcceptsWhatTheCoordinatorSends(t *testing.T) {
	cat, err := googlesql.New()
	if err != nil {
		t.Fatal(err)
	}
	add := func(table googlesql.Table) {
		t.Helper()
		if err := cat.Add(table); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := RawTables(os.DirFS("../../.."))
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range raw {
		add(table)
	}
	add(googlesql.Table{Name: run.Freshness().Table.String(), Schema: run.Freshness().Schema})

	merged, emptied := 0, 0
	for _, m := range models.Load(manifest.BigQuery).Models {
		r := sent(t, m, 1)
		gives := func(step string) schema.Schema {
			t.Helper()
			for name := range r.jobs[step].Query.Params {
				cat.AddParameter(name, schema.Date)
			}
			query, findings, err := cat.AnalyzeQuery(r.jobs[step].Query.SQL)
			if err != nil || len(findings) > 0 {
				t.Fatalf("%s of %s: %v, %v", step, m.Name, findings, err)
			}
			var columns schema.Schema
			for _, c := range query.Columns {
				columns = append(columns, schema.Field{Name: c.Name, Type: c.Type, Mode: c.Mode})
			}
			return columns
		}
		merges := func(step, target string) {
			t.Helper()
			q := r.jobs[step].Query
			if q.Target == nil || q.Target.String() != target {
				t.Errorf("%s of %s: its target is %v, not %s", step, m.Name, q.Target, target)
			}
			err := cat.Analyze(q.SQL, func(s goccy.ResolvedStatementNode) error {
				if _, ok := s.(*goccy.ResolvedMergeStmt); !ok {
					return fmt.Errorf("it is a %T", s)
				}
				return nil
			})
			if err != nil || !strings.HasPrefix(q.SQL, "MERGE INTO "+target+" ") {
				t.Errorf("%s of %s: %v, in:\n%s", step, m.Name, err, q.SQL)
			}
		}

		target, staged := r.tables[warehouse.Table{Dataset: "mart", Name: m.Name}], *r.jobs["stage"].Query.Destination
		columns := gives("stage")
		if diff := cmp.Diff(columns, bare(target.Schema)); diff != "" {
			t.Errorf("columns of %s (-of the query +of its table):\n%s", m.Name, diff)
		}
		add(googlesql.Table{Name: staged.Table.String(), Grain: m.Grain, PartitionBy: m.PartitionBy, Schema: columns})
		add(googlesql.Table{Name: m.TableName(), Grain: m.Grain, PartitionBy: m.PartitionBy, Schema: target.Schema})

		if diff := cmp.Diff(auditColumns(len(m.Checks)), gives("audit")); diff != "" {
			t.Errorf("audit of %s (-want +got):\n%s", m.Name, diff)
		}
		if publish := r.jobs["publish"]; publish.Query != nil {
			merges("publish", m.TableName())
			merged++
		} else if err := copyable(staged, target, *publish.Copy); err != nil {
			t.Errorf("publish of %s: %v", m.Name, err)
		}
		if empty := sent(t, m, 0).jobs["publish"]; empty.Query != nil && m.Strategy != manifest.Merge {
			emptied++
			if err := cat.Analyze(empty.Query.SQL, func(s goccy.ResolvedStatementNode) error {
				if _, ok := s.(*goccy.ResolvedDeleteStmt); !ok {
					return fmt.Errorf("it is a %T", s)
				}
				return nil
			}); err != nil || empty.Query.Target == nil || empty.Query.Target.String() != m.TableName() {
				t.Errorf("publish of no rows of %s: %v, in:\n%s", m.Name, err, empty.Query.SQL)
			}
		}
		merges("freshness", "mart.freshness")
		if fence := gives("fence"); len(fence) != 1 {
			t.Errorf("the fence gives %v", fence)
		}
		for step, job := range r.jobs {
			if job.Query == nil {
				continue
			}
			for _, name := range parameter.FindAllStringSubmatch(job.Query.SQL, -1) {
				if _, ok := job.Query.Params[name[1]]; !ok {
					t.Errorf("%s of %s: parameter %s is not given", step, m.Name, name[0])
				}
			}
		}
	}
	if merged == 0 || emptied == 0 {
		t.Errorf("%d models are merged and %d emptied, so MERGE or DELETE has not been looked at", merged, emptied)
	}
}

// bare returns a schema without descriptions.
func bare(s schema.Schema) schema.Schema {
	s = slices.Clone(s)
	for i := range s {
		s[i].Description = ""
	}
	return s
}

// copyable returns why BigQuery cannot copy a staged table's partition. The rules are documented in
// shared/warehouse/bigquery.
func copyable(staged, target warehouse.Definition, c warehouse.Copy) error {
	switch {
	case c.Source != staged.Table || c.Destination != target.Table:
		return fmt.Errorf("it copies %s to %s", c.Source, c.Destination)
	case staged.PartitionBy != target.PartitionBy || staged.Grain != target.Grain || !slices.Equal(staged.ClusterBy, target.ClusterBy):
		return fmt.Errorf("partitioning or clustering differ: %+v and %+v", staged, target)
	case !c.Partition.IsZero() && (target.PartitionBy == "" || c.Partition.Grain() != target.Grain):
		return fmt.Errorf("%s has no partition %s", target.Table, c.Partition)
	}
	for _, f := range target.Schema {
		if f.Mode == schema.Required {
			return fmt.Errorf("column %s is REQUIRED, and that of a query's result is NULLABLE", f.Name)
		}
	}
	return nil
}
