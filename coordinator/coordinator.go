// Package coordinator calls the roll: told that a table has arrived for a partition, it finds the models' partitions that
// wait for it, and runs those whose inputs are all present and whose result would not be what already stands.
//
// What it promises, whoever crashes, however often and in whatever order events come:
//
//	(a) a model never runs with an input missing;
//	(b) a run's result is published at most once, and the same inputs are not run again while their result stands;
//	(c) an older version of an input never overwrites what was made from a newer one;
//	(d) what fails its audit is never published;
//	(e) once faults stop and events are delivered again, or a sweep comes by, every partition that can be completed is, and
//	    what a source owes and has not brought has been reported;
//	(f) identical data, loaded again, runs nothing;
//	(g) the tables end as if they had been made once, from the final inputs.
//
// It keeps no state but the ledger. Package plan decides, package run carries out, and this package stands between them
// and the world: events come in by HTTP, one turn at a time is taken for each model's partition, and the ledger's records
// settle who takes it.
package coordinator

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/coordinator/run"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/keylock"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/warehouse"
)

// PipelineYAML is pipeline.yaml, for pipeline.Parse.
//
//go:embed pipeline.yaml
var PipelineYAML []byte

// ErrBusy: the work is under way, here or elsewhere, and not yet done. Deliver the event again later.
var ErrBusy = errors.New("under way; come back later")

// Publisher publishes events; *event.Publisher is one.
type Publisher interface {
	Publish(ctx context.Context, e event.Event) error
}

// DeadLetters takes messages that can never be used; *event.Publisher is one.
type DeadLetters interface {
	PublishRaw(ctx context.Context, data []byte, attributes map[string]string) error
}

// Deps is what a Coordinator works with. Pipeline, Manifest, Store, Warehouse, Events and DeadLetters are needed.
type Deps struct {
	Pipeline    *pipeline.Pipeline
	Manifest    *manifest.Manifest
	Store       ledger.Store
	Warehouse   warehouse.Driver
	Events      Publisher
	DeadLetters DeadLetters

	// Alone says that no other coordinator can be at work on this ledger, because the warehouse lets in only one process: the
	// runs that others started are then taken over at once, whatever their leases say.
	Alone bool
	// Observe is told of every run's end, as it is recorded, and how long it took here. It may be called from several
	// goroutines at once. Nil: nobody.
	Observe func(end ledger.Run, took time.Duration)
	// Project is the Google Cloud project that commands for people name; empty: there is none.
	Project string
	Now     func() time.Time // nil: time.Now
	Log     *slog.Logger     // nil: slog.Default
}

// Coordinator is one instance. It may be used from many goroutines.
type Coordinator struct {
	Deps
	limits  Limits
	ledger  *ledger.Ledger
	planner *plan.Planner
	runner  *run.Runner
	locks   *keylock.Locks[ledger.Log]
	ownHold string // one that keeps others out, and not this coordinator: see SweepHolding
}

// New checks the limits, and the models against the pipeline; it reports all faults at once.
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
		locks:   &keylock.Locks[ledger.Log]{},
		planner: planner,
		runner: &run.Runner{
			Manifest: deps.Manifest, Warehouse: deps.Warehouse, Pipeline: deps.Pipeline.Name, MaxBytesBilled: limits.MaxBytesBilled, Log: deps.Log,
		},
	}, nil
}
