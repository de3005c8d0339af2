package run_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/run"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/warehouse"
)

var day = partition.MustParse("2026-11-21")

func clock() time.Time { return time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC) }

func model(m manifest.Model) *manifest.Model {
	m.Name, m.Grain = "stats", partition.Daily
	m.Inputs = []manifest.Input{{Table: "raw.medium_stories", Grain: partition.Daily, Mapping: manifest.Same}}
	return coordtest.Model(m, "v1")
}

func started(attempt int) ledger.Run {
	return ledger.Run{State: ledger.Started, Model: "stats", Partition: day, Fingerprint: "0123456789abcdef" + strings.Repeat("0", 48),
		Attempt: attempt, Writer: "me", LeaseEnd: clock().Add(time.Minute)}
}

// setup returns a runner over a warehouse where the model's input holds a content.
func setup(m *manifest.Model, content string) (*run.Runner, *coordtest.Warehouse) {
	w := coordtest.NewWarehouse(&manifest.Manifest{Models: []*manifest.Model{m}}, day, clock)
	w.Load("raw.medium_stories", day, content)
	return &run.Runner{Warehouse: w, Pipeline: "test", MaxBytesBilled: 1 << 30, Log: slog.New(slog.DiscardHandler)}, w
}

// recorder records the jobs that are submitted.
type recorder struct {
	*coordtest.Warehouse
	jobs []warehouse.Job
	defs []warehouse.Definition
}

func (r *recorder) Submit(ctx context.Context, job warehouse.Job) error {
	r.jobs = append(r.jobs, job)
	return r.Warehouse.Submit(ctx, job)
}

func (r *recorder) EnsureTable(ctx context.Context, def warehouse.Definition) error {
	r.defs = append(r.defs, def)
	return r.Warehouse.EnsureTable(ctx, def)
}

var comparePartitions = cmp.Comparer(func(a, b partition.Partition) bool { return a == b })

func TestAnAttemptStagesAuditsAndPublishes(t *testing.T) {
	m := model(manifest.Model{ClusterBy: []string{"post_id"}})
	runner, w := setup(m, "x")
	rec := &recorder{Warehouse: w}
	runner.Warehouse = rec
	end, err := runner.Attempt(t.Context(), m, started(3))
	if err != nil {
		t.Fatal(err)
	}
	labels := func(step string) map[string]string {
		return map[string]string{"pipeline": "test", "model": "stats", "partition": "2026-11-21", "step": step}
	}
	target := warehouse.Definition{Table: warehouse.Table{Dataset: "mart", Name: "stats"}, Description: m.Description, Schema: m.Schema(),
		PartitionBy: "day", Grain: partition.Daily, ClusterBy: []string{"post_id"}}
	staged := target
	staged.Table = warehouse.Table{Dataset: "staging", Name: "stats_20261121_0123456789ab_a3"}
	want := []warehouse.Job{
		{ID: "stage_stats_2026-11-21_0123456789ab_a3", Labels: labels("stage"), Query: &warehouse.Query{SQL: "stage stats @partition_date",
			Params: map[string]partition.Partition{"partition_date": day}, Destination: &staged, MaxBytesBilled: 1 << 30}},
		{ID: "audit_stats_2026-11-21_0123456789ab_a3", Labels: labels("audit"), Query: &warehouse.Query{
			SQL: "audit staging.stats_20261121_0123456789ab_a3", Params: map[string]partition.Partition{}, MaxBytesBilled: 1 << 30}},
		{ID: "publish_stats_2026-11-21_0123456789ab_a3", Labels: labels("publish"),
			Copy: &warehouse.Copy{Source: staged.Table, Destination: target.Table, Partition: day}},
	}
	if diff := cmp.Diff(want, rec.jobs[:3], comparePartitions); diff != "" {
		t.Errorf("jobs (-want +got):\n%s", diff)
	}
	if len(rec.jobs) != 4 || rec.jobs[3].ID != "freshness_stats_2026-11-21_0123456789ab_a3" || rec.jobs[3].Query.Target.String() != "mart.freshness" {
		t.Errorf("after publishing: %+v", rec.jobs[3:])
	}
	if diff := cmp.Diff([]warehouse.Definition{target, run.Freshness()}, rec.defs, comparePartitions); diff != "" {
		t.Errorf("tables made (-want +got):\n%s", diff)
	}
	const content = "v1 stats(raw.medium_stories 2026-11-21=x)"
	status, _ := w.Job("publish_stats_2026-11-21_0123456789ab_a3")
	if end.State != ledger.Succeeded || end.Published == nil || end.Published.Digest != coordtest.Digest(content) ||
		end.Published.Rows != int64(len(content)) || !end.Published.PublishedAt.Equal(status.Ended) || end.Published.Attempt != 3 {
		t.Errorf("record of the end: %+v, published %+v", end, end.Published)
	}
	if !end.LeaseEnd.IsZero() || len(end.Jobs) != 4 || end.Staged.To.IsZero() || end.Reason != "" {
		t.Errorf("record of the end: %+v", end)
	}
	if got := w.Contents()["mart.stats"][day]; got != content {
		t.Errorf("published %q", got)
	}
}

// emptyAudit is a warehouse in which every audit finds no rows.
type emptyAudit struct{ recorder }

func (h *emptyAudit) Rows(ctx context.Context, id string, limit int) ([]map[string]any, error) {
	rows, err := h.recorder.Rows(ctx, id, limit)
	for _, row := range rows {
		row["row_count"] = int64(0)
	}
	return rows, err
}

// A check whose severity is warn keeps nothing back, and the record of the run names it.
func TestACheckThatWarnsIsRecordedAndItsRowsArePublished(t *testing.T) {
	for severity, state := range map[manifest.Severity]ledger.State{
		manifest.Warn: ledger.Succeeded, manifest.Error: ledger.AuditFailed, "": ledger.AuditFailed,
	} {
		m := model(manifest.Model{})
		m.Checks[0].Severity = severity
		runner, w := setup(m, "bad stats")
		end, err := runner.Attempt(t.Context(), m, started(1))
		if err != nil || end.State != state {
			t.Fatalf("severity %q: %+v, %v", severity, end, err)
		}
		if diff := cmp.Diff([]ledger.Failure{{Check: "expression", Text: "the content is not bad", Count: 1}}, end.Failures); diff != "" {
			t.Errorf("severity %q, failures (-want +got):\n%s", severity, diff)
		}
		if published := w.Contents()["mart.stats"][day] != ""; published != (state == ledger.Succeeded) {
			t.Errorf("severity %q: published %t", severity, published)
		}
	}
}

// A table without rows has no partition to copy.
func TestAPartitionWithoutRowsIsEmptiedByAStatement(t *testing.T) {
	m := model(manifest.Model{Materialized: manifest.Incremental, Strategy: manifest.InsertOverwrite})
	runner, w := setup(m, "x")
	if _, err := runner.Attempt(t.Context(), m, started(1)); err != nil {
		t.Fatal(err)
	}
	h := &emptyAudit{recorder{Warehouse: w}}
	runner.Warehouse = h
	end, err := runner.Attempt(t.Context(), m, started(2))
	if err != nil || end.State != ledger.Succeeded || end.Published.Rows != 0 {
		t.Fatalf("%+v, %v", end, err)
	}
	q := h.jobs[2].Query
	if q == nil || q.SQL != "DELETE FROM mart.stats AS target WHERE target.day >= DATE '2026-11-21' AND target.day < DATE '2026-11-22'" || q.Target.String() != "mart.stats" {
		t.Errorf("published by %+v", h.jobs[2])
	}
	if got := w.Contents()["mart.stats"][day]; got != "" {
		t.Errorf("the partition holds %q", got)
	}
}

func TestEachStrategyPublishesInItsWay(t *testing.T) {
	for _, c := range []struct {
		name  string
		model manifest.Model
		check func(warehouse.Job) bool
	}{
		{"merge", manifest.Model{Materialized: manifest.Incremental, Strategy: manifest.Merge}, func(j warehouse.Job) bool {
			return j.Query != nil && j.Query.Target.String() == "mart.stats" && j.Query.Params["partition_date"] == day &&
				j.Query.SQL == "merge staging.stats_20261121_0123456789ab_a1 @partition_date"
		}},
		{"whole table", manifest.Model{Materialized: manifest.Table}, func(j warehouse.Job) bool {
			return j.Copy != nil && j.Copy.Partition.IsZero() && j.Copy.Destination.String() == "mart.stats"
		}},
	} {
		m := model(c.model)
		runner, w := setup(m, "x")
		rec := &recorder{Warehouse: w}
		runner.Warehouse = rec
		if end, err := runner.Attempt(t.Context(), m, started(1)); err != nil || end.State != ledger.Succeeded {
			t.Fatalf("%s: %+v, %v", c.name, end, err)
		}
		if !c.check(rec.jobs[2]) {
			t.Errorf("%s publishes by %+v %+v", c.name, rec.jobs[2].Query, rec.jobs[2].Copy)
		}
	}
}

// A copy over a whole table also copies the column descriptions of the staged table, which has none.
func TestAWholeTableIsDescribedAgainAfterItWasPublished(t *testing.T) {
	for kind, want := range map[manifest.Materialization]int{manifest.Table: 2, manifest.Incremental: 1} {
		m := model(manifest.Model{Materialized: kind})
		runner, w := setup(m, "x")
		rec := &recorder{Warehouse: w}
		runner.Warehouse = rec
		if end, err := runner.Attempt(t.Context(), m, started(1)); err != nil || end.State != ledger.Succeeded {
			t.Fatalf("%s: %+v, %v", kind, end, err)
		}
		made := 0
		for _, def := range rec.defs {
			if def.Table.String() == "mart.stats" {
				made++
			}
		}
		if made != want {
			t.Errorf("%s: the table was ensured %d times, not %d", kind, made, want)
		}
	}
}

func TestAFailedAuditPublishesNothing(t *testing.T) {
	m := model(manifest.Model{})
	runner, w := setup(m, "bad stats")
	end, err := runner.Attempt(t.Context(), m, started(1))
	if err != nil || end.State != ledger.AuditFailed {
		t.Fatalf("%+v, %v", end, err)
	}
	want := []ledger.Failure{{Check: "expression", Text: "the content is not bad", Count: 1}}
	if diff := cmp.Diff(want, end.Failures); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := w.Contents()["mart.stats"]; len(got) > 0 || len(w.Jobs()) != 2 {
		t.Errorf("published %v by %v", got, w.Jobs())
	}
}

// An error in the SQL is final, and no coordinator that still runs the attempt can publish it afterwards.
func TestAnErrorInTheSQLIsFinal(t *testing.T) {
	m := model(manifest.Model{})
	runner, w := setup(m, "broken stats")
	end, err := runner.Attempt(t.Context(), m, started(1))
	if err != nil || end.State != ledger.Failed || end.Transient || !strings.Contains(end.Reason, "broken input") {
		t.Fatalf("%+v, %v", end, err)
	}
	if status, ok := w.Job("publish_stats_2026-11-21_0123456789ab_a1"); !ok || status.Labels["step"] != "fence" {
		t.Errorf("its publish job is %+v", status)
	}
}

// drifting is a warehouse whose table of the model has other columns.
type drifting struct{ *coordtest.Warehouse }

func (d drifting) EnsureTable(_ context.Context, def warehouse.Definition) error {
	return fmt.Errorf("table %s: column day: %w", def.Table, warehouse.ErrSchemaDrift)
}

func TestSchemaDriftFailsTheRun(t *testing.T) {
	m := model(manifest.Model{})
	runner, w := setup(m, "x")
	runner.Warehouse = drifting{w}
	end, err := runner.Attempt(t.Context(), m, started(1))
	if err != nil || end.State != ledger.Failed || !strings.Contains(end.Reason, "column day") || !strings.Contains(end.Reason, "rollcall replay") {
		t.Fatalf("%+v, %v", end, err)
	}
	if got := w.Contents()["mart.stats"]; len(got) > 0 {
		t.Errorf("published %v", got)
	}
	// An attempt that published before the columns drifted succeeds.
	repaired, _ := setup(m, "x")
	repaired.Warehouse = w
	if _, err := repaired.Attempt(t.Context(), m, started(2)); err != nil {
		t.Fatal(err)
	}
	if end, err := runner.Attempt(t.Context(), m, started(2)); err != nil || end.State != ledger.Succeeded {
		t.Errorf("resumed after it was published: %+v, %v", end, err)
	}
}

// answering returns the same row for every audit.
type answering struct {
	*coordtest.Warehouse
	row map[string]any
}

func (w answering) Rows(context.Context, string, int) ([]map[string]any, error) {
	return []map[string]any{w.row}, nil
}

func auditRow() map[string]any {
	row := map[string]any{"row_count": int64(2), "failures_0": int64(0)}
	for i := range 8 {
		row[fmt.Sprint("digest_", i)] = int64(0)
	}
	return row
}

// The digest is the sum of its words, each in its place, modulo 2^256.
func TestTheDigestIsCombinedFromTheSumsOfItsWords(t *testing.T) {
	m := model(manifest.Model{})
	runner, w := setup(m, "x")
	attempt := 0
	rapid.Check(t, func(t *rapid.T) {
		row, want := auditRow(), new(big.Int)
		for i := range 8 {
			n := rapid.Int64Min(0).Draw(t, "sum")
			row[fmt.Sprint("digest_", i)] = n
			want.Add(want, new(big.Int).Lsh(big.NewInt(n), uint(32*(7-i))))
		}
		want.Mod(want, new(big.Int).Lsh(big.NewInt(1), 256))
		runner.Warehouse = answering{w, row}
		attempt++
		end, err := runner.Attempt(context.Background(), m, started(attempt))
		if err != nil {
			t.Fatal(err)
		}
		if got := end.Published.Digest.String(); got != fmt.Sprintf("%064x", want) {
			t.Fatalf("%s, want %064x", got, want)
		}
	})
}

// An audit whose answer does not match the manifest proves nothing, so nothing is published.
func TestAnUnreadableAuditPublishesNothing(t *testing.T) {
	for column, value := range map[string]any{"row_count": nil, "digest_3": "7", "failures_0": nil, "digest_0": int64(-1)} {
		m := model(manifest.Model{})
		runner, w := setup(m, "x")
		row := auditRow()
		row[column] = value
		runner.Warehouse = answering{w, row}
		end, err := runner.Attempt(t.Context(), m, started(1))
		if err != nil || end.State != ledger.Failed || !strings.Contains(end.Reason, column) {
			t.Errorf("%s is %v: %+v, %v", column, value, end, err)
		}
		if got := w.Contents()["mart.stats"]; len(got) > 0 {
			t.Errorf("%s is %v: published %v", column, value, got)
		}
	}
}

func TestAModelWithoutStatementsForTheWarehouseIsNotRun(t *testing.T) {
	m := model(manifest.Model{})
	runner, w := setup(m, "x")
	m.SQL = nil
	if _, err := runner.Attempt(t.Context(), m, started(1)); err == nil || !strings.Contains(err.Error(), "go generate") || len(w.Jobs()) > 0 {
		t.Errorf("%v, jobs %v", err, w.Jobs())
	}
}
