package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// inspector reads from the ledger how everything stands.
type inspector struct {
	ledger   *ledger.Ledger
	planner  *plan.Planner
	pipeline *pipeline.Pipeline
	scope    scope
	feeds    map[string]feed
}

// standing is how everything of a scope stands at one moment.
type standing struct {
	view    *ledger.View
	targets []target // in dependency order of the models
}

// target is a model's partition with what the coordinator would make of it.
type target struct {
	plan.Decision
	missing []plan.Want // waited for, and still to be had
}

// look lists the scope's partitions and calls the roll for every model's.
func (i *inspector) look(ctx context.Context) (*standing, error) {
	s := &standing{view: &ledger.View{}}
	wanted := slices.Concat(i.scope.partitions(partition.Monthly), i.scope.partitions(partition.Daily))
	if err := i.ledger.List(ctx, s.view, wanted); err != nil {
		return nil, err
	}
	lost := map[plan.Want]bool{} // what nobody can bring any more
	for _, src := range i.pipeline.SortedSources() {
		for _, p := range i.scope.partitions(src.Cadence) {
			for _, table := range src.SortedTables() {
				if _, ok := s.view.Newest(table, p); !ok && !i.feeds[src.Name].tells(src, table, p) {
					lost[plan.Want{Table: table, Partition: p}] = true
				}
			}
		}
	}
	for _, model := range i.planner.Models() {
		for _, p := range i.scope.partitions(model.Grain) {
			t, err := i.call(ctx, s.view, plan.Target{Model: model, Partition: p})
			if err != nil {
				return nil, err
			}
			t.missing = slices.DeleteFunc(slices.Clone(t.Missing), func(w plan.Want) bool { return lost[w] })
			if t.Status == plan.Waiting && len(t.missing) < len(t.Missing) {
				t.Status = plan.NotExpected
				lost[plan.Want{Table: model.TableName(), Partition: p}] = true
			}
			s.targets = append(s.targets, t)
		}
	}
	return s, nil
}

// call asks the planner about one target, and lists what it lacks.
func (i *inspector) call(ctx context.Context, v *ledger.View, t plan.Target) (target, error) {
	roll := i.planner.Call(t, v)
	for len(roll.Lacks) > 0 {
		if err := i.ledger.List(ctx, v, roll.Lacks); err != nil {
			return target{}, err
		}
		roll = i.planner.Call(t, v)
	}
	log := ledger.LogOf(t.Model, t.Partition)
	if t.Model.Materialized == manifest.Table {
		if err := i.ledger.ListLog(ctx, v, log); err != nil {
			return target{}, err
		}
	}
	state := plan.Log{}
	if seq := v.Seq(log); seq > 0 {
		newest, err := i.ledger.ReadRun(ctx, log, seq)
		if err != nil {
			return target{}, err
		}
		state.Newest = &newest
	}
	return target{Decision: i.planner.Decide(roll, state, v)}, nil
}

// ended is a run of a model that has come to its end.
func ended(run ledger.Run, took time.Duration) item {
	it := item{
		Model: run.Model, Table: "mart." + run.Model, Partition: run.Partition, State: string(run.State), Reason: reasonOf(run),
		Milliseconds: took.Milliseconds(),
	}
	if run.State == ledger.Succeeded && run.Standing != nil {
		it.Rows = &run.Standing.Rows
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
