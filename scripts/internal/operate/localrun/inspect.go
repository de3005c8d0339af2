package localrun

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/deployment/local"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// inspector reads from the ledger how everything stands.
type inspector struct {
	coordinator *coordinator.Coordinator
	ledger      *ledger.Ledger
	models      []*manifest.Model // in dependency order
	pipeline    *pipeline.Pipeline
	scope       scope
	feeds       map[string]*local.Feed
	site        *deployment.Deployment // for the commands that it names
}

// standing is how everything of a scope stands at one moment.
type standing struct {
	view    *ledger.View
	targets []target // in dependency order of the models
}

// target is a model's partition with what the coordinator would make of it.
type target struct {
	plan.Decision
	missing []plan.TablePartition // waited for, and still to be had
}

// look lists the scope's partitions and calls the roll for every model's.
func (i *inspector) look(ctx context.Context) (*standing, error) {
	s := &standing{view: &ledger.View{}}
	mine := slices.Concat(i.scope.Partitions(partition.Monthly), i.scope.Partitions(partition.Daily))
	if err := i.ledger.List(ctx, s.view, mine); err != nil {
		return nil, err
	}
	report, err := i.coordinator.Report(ctx, i.scope.First(), i.scope.To)
	if err != nil {
		return nil, err
	}
	lost := i.lost(s.view)
	for _, d := range report.Decisions {
		if !slices.Contains(mine, d.Partition) {
			continue
		}
		t := target{d, slices.DeleteFunc(slices.Clone(d.Missing), func(w plan.TablePartition) bool { return lost[w] })}
		if t.Status == plan.Waiting && len(t.missing) < len(t.Missing) {
			t.Status = plan.NotExpected
			lost[plan.TablePartition{Table: d.Model.TableName(), Partition: d.Partition}] = true
		}
		s.targets = append(s.targets, t)
	}
	return s, nil
}

// lost is what has not arrived and nobody can bring any more.
func (i *inspector) lost(v *ledger.View) map[plan.TablePartition]bool {
	lost := map[plan.TablePartition]bool{}
	for _, src := range i.pipeline.SortedSources() {
		for _, p := range i.scope.Partitions(src.Cadence) {
			for _, table := range src.SortedTables() {
				if _, ok := v.Newest(table, p); !ok && !i.feeds[src.Name].Tells(src, table, p) {
					lost[plan.TablePartition{Table: table, Partition: p}] = true
				}
			}
		}
	}
	return lost
}

// left reports whether something is to be done that no event will tell the coordinator of any more: one that was lost with
// a process, or a model that was changed.
func (s *standing) left() bool {
	return slices.ContainsFunc(s.targets, func(t target) bool { return t.Action != plan.Nothing })
}

// underWay reports whether some run has not come to its end, so that its staged rows may yet be needed, or has failed, so
// that a person may want to look at them.
func (s *standing) underWay() bool {
	return slices.ContainsFunc(s.targets, func(t target) bool { return t.Newest != nil && t.Newest.State != ledger.Succeeded })
}

// ended is a run of a model that has come to its end.
func ended(run ledger.Run, took time.Duration) item {
	it := item{
		Model: run.Model, Table: "mart." + run.Model, Partition: run.Partition, State: string(run.State), Reason: reasonOf(run),
		Milliseconds: took.Milliseconds(),
	}
	if run.State == ledger.Succeeded && run.Published != nil {
		it.Rows = &run.Published.Rows
	}
	return it
}

// reasonOf says why a run failed, in words.
func reasonOf(run ledger.Run) string {
	if run.State != ledger.AuditFailed {
		return run.Reason
	}
	var checks []string
	for _, f := range run.Failures {
		checks = append(checks, fmt.Sprintf("%s (%d times not)", f.Text, f.Count))
	}
	return "the audit failed, and nothing was published: " + strings.Join(checks, "; ")
}
