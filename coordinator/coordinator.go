// Package coordinator calls the roll: when an event reports that a table has arrived for a partition, the
// coordinator finds the models' partitions that wait for it, and runs those whose inputs are all present
// and whose result would differ from what is already published.
//
// It keeps these promises, whatever crashes, however often, and in whatever order events come:
//
//	(a) A model never runs with an input missing.
//	(b) A run's result is published at most once, and the same inputs do not run again while their result is published.
//	(c) An older version of an input never overwrites what was made from a newer one.
//	(d) What fails its audit is never published.
//	(e) Once faults stop and events are redelivered, or a sweep runs, every partition that can be completed is
//	    completed, and everything that a source owes and has not delivered has been reported.
//	(f) Identical data that is loaded again runs nothing.
//	(g) The tables end as if they had been made once, from the final inputs.
//
// The ledger is its only state. One event goes this way: http.go receives it, event.go validates it and
// records its arrivals, state.go reads the ledger, and reconcile.go brings each affected target up to date,
// as package plan decides and package run carries out. sweep.go does the same by the clock, for what no
// event reports.
package coordinator

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"example.com/rollcall/coordinator/hint"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/coordinator/run"
	"example.com/rollcall/shared/concurrent"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/warehouse"
)

// PipelineYAML is the content of pipeline.yaml, for pipeline.Parse.
//
//go:embed pipeline.yaml
var PipelineYAML []byte

// ErrBusy means that the work is under way, here or in another coordinator. Deliver the event again later.
var ErrBusy = errors.New("under way; come back later")

// Publisher publishes events. *event.Publisher implements it.
type Publisher interface {
	Publish(ctx context.Context, e event.Event) error
}

// DeadLetters publishes messages that can never be used to the dead-letter topic. *event.Publisher
// implements it.
type DeadLetters interface {
	PublishRaw(ctx context.Context, data []byte, attributes map[string]string) error
}

// Deps holds what a Coordinator works with. Pipeline, Manifest, Store, Warehouse, Events and DeadLetters
// are required.
type Deps struct {
	Pipeline    *pipeline.Pipeline
	Manifest    *manifest.Manifest
	Store       ledger.Store
	Warehouse   warehouse.Driver
	Events      Publisher
	DeadLetters DeadLetters

	// Gone returns what the warehouse has lost, where that is known without the ledger. If it is nil, or returns nil, the
	// ledger's newest record says what is gone.
	Gone func() *ledger.Gone
	// Staging reads what the sources have staged, and why loads failed. A Sweeper needs it. Nil: nothing is known of that.
	Staging Staging
	// Exclusive states that no other coordinator can work on this ledger, because the warehouse admits only
	// one process. Runs that others have started are then taken over at once, whatever their leases say.
	Exclusive bool
	// OnRunEnd is called when the end of a run is recorded, with how long the run took here. It may be
	// called from several goroutines at once. It may be nil.
	OnRunEnd func(end ledger.Run, took time.Duration)
	// Project is the Google Cloud project that command lines in hints name; empty if there is none.
	Project string
	Now     func() time.Time // nil: time.Now
	Log     *slog.Logger     // nil: slog.Default
}

// Coordinator is one instance. It is safe for concurrent use.
type Coordinator struct {
	Deps
	limits  Limits
	ledger  *ledger.Ledger
	planner *plan.Planner
	runner  *run.Runner
	locks   *concurrent.Locks[ledger.Log]
	ownHold string // id of the hold that this coordinator works under, and ignores: see SweepHolding
}

// New returns a Coordinator. It fails when the limits are invalid, or the models do not fit the pipeline;
// the error lists all faults.
func New(limits Limits, deps Deps) (*Coordinator, error) {
	planner, err := plan.New(deps.Manifest, deps.Pipeline)
	if err := errors.Join(limits.Validate(), err); err != nil {
		return nil, fmt.Errorf("coordinator: %w", err)
	}
	if deps.Now == nil {
		deps.Now = time.Now
	}
	if deps.Log == nil {
		deps.Log = slog.Default()
	}
	return &Coordinator{
		Deps:    deps,
		limits:  limits,
		ledger:  ledger.New(deps.Store, rand.Text()),
		planner: planner,
		runner: &run.Runner{
			Manifest: deps.Manifest, Warehouse: deps.Warehouse, Pipeline: deps.Pipeline.Name,
			MaxBytesBilled: limits.MaxBytesBilled, Log: deps.Log,
		},
		locks: &concurrent.Locks[ledger.Log]{},
	}, nil
}

// advice returns what a person can do about a fault in this deployment, and a command line that helps.
func (c *Coordinator) advice(f hint.Fault) (text, command string) {
	var d hint.Deployment
	if c.Project != "" {
		d.Flag = "--project " + c.Project
	}
	return f.Advice(d)
}

// maxBlocked bounds the targets that a report names before it only counts them.
const maxBlocked = 20

// blocked names the targets that wait for the tables' partition, directly or through other models.
func (c *Coordinator) blocked(tables []string, p partition.Partition) (names []string) {
	var missing []plan.TablePartition
	for _, table := range tables {
		missing = append(missing, plan.TablePartition{Table: table, Partition: p})
	}
	return c.blockedBy(missing)
}

// blockedBy names the targets that wait for some tables' partitions, directly or through other models.
func (c *Coordinator) blockedBy(missing []plan.TablePartition) (names []string) {
	targets := c.planner.Blocked(missing, c.Now())
	for _, t := range targets[:min(len(targets), maxBlocked)] {
		names = append(names, t.String())
	}
	if more := len(targets) - maxBlocked; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return names
}
