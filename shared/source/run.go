package source

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"example.com/rollcall/shared/cloudlog"
	"example.com/rollcall/shared/concurrent"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/stage"
	"example.com/rollcall/shared/warehouse"
)

// parallelLoads bounds the load jobs of one run that are under way at the same time.
const parallelLoads = 4

// Result says what a run has loaded.
type Result struct {
	Source    string              `json:"source"`
	Partition partition.Partition `json:"partition"`
	LoadID    string              `json:"load_id"`
	Tables    []Loaded            `json:"tables"`
	// Absent names the snapshot tables of a past partition that were not loaded, because nothing of them is staged.
	Absent   []string          `json:"absent,omitempty"`
	Accepted *event.Acceptance `json:"accepted,omitempty"` // nil: the load was not refused
	// Later holds the loads of later partitions that were refused because of what this acceptance has settled, each with
	// its own rows.
	Later []Result `json:"later,omitempty"`
}

// Loaded describes one table's partition after its load.
type Loaded struct {
	Table     string              `json:"table"` // dataset.table
	Partition partition.Partition `json:"partition"`
	Rows      int64               `json:"rows"`
	Digest    string              `json:"digest"`
	LoadedAt  time.Time           `json:"loaded_at"`
}

// Run loads one partition as of an instant, which decides whether snapshot tables can still be read. It returns after
// everything has been loaded and published.
func (r *Runner) Run(ctx context.Context, p partition.Partition, asOf time.Time) (Result, error) {
	if err := r.checkGrain(p); err != nil {
		return Result{}, err
	}
	newest := partition.NewestComplete(r.section.Cadence, asOf)
	if p.Compare(newest) > 0 {
		return Result{}, badRequest("partition %s of source %s has not ended yet; the newest complete one is %s", p,
			r.Name, newest)
	}
	window := slices.Collect(partition.Range(p.Add(1-r.section.Lookback), p))
	if !window[0].InRange() {
		return Result{}, badRequest("partition %s of source %s is loaded with %s: %w", p, r.Name, window[0], partition.ErrRange)
	}
	return r.run(ctx, Request{Partition: p, Window: window, Snapshot: p == newest}, r.Extract)
}

// RunTables loads the named window tables for one partition with the rows that extract writes. It serves a source whose
// data, not a schedule, decides what to load.
func (r *Runner) RunTables(ctx context.Context, tables []string, p partition.Partition,
	extract Extract) (Result, error) {
	if err := r.checkGrain(p); err != nil {
		return Result{}, err
	}
	return r.run(ctx, Request{Partition: p, Window: []partition.Partition{p}, Snapshot: true, Tables: tables}, extract)
}

func (r *Runner) checkGrain(p partition.Partition) error {
	if p.Grain() != r.section.Cadence {
		return badRequest("source %s is %s, and partition %s is not", r.Name, r.section.Cadence, p)
	}
	return nil
}

func (r *Runner) run(ctx context.Context, req Request, extract Extract) (Result, error) {
	var old snapshots
	var err error
	if !req.Snapshot {
		old, err = r.stagedSnapshots(ctx, req.Partition)
	}
	ctx, folder := r.begin(ctx, req.Partition, old.Accepted)
	if err != nil {
		return Result{}, r.fail(ctx, folder, stage.Load{}, err)
	}
	return r.stageAndLoad(ctx, newOutput(ctx, r, folder, r.slots(req)), req, extract, old)
}

// slots returns the tables' partitions that a request asks for.
func (r *Runner) slots(req Request) map[slot]bool {
	want := map[slot]bool{}
	for name, t := range r.section.Tables {
		switch {
		case req.Tables != nil && !slices.Contains(req.Tables, name):
		case t.Reads == pipeline.Window:
			for _, p := range req.Window {
				want[slot{name, p}] = true
			}
		case req.Snapshot:
			want[slot{name, req.Partition}] = true
		}
	}
	return want
}

// begin returns the folder of a new load, and ctx with a log that names it. The id of a load that a person accepted says
// so.
func (r *Runner) begin(ctx context.Context, p partition.Partition, accepted *event.Acceptance) (context.Context,
	stage.Folder) {
	folder := stage.Folder{Bucket: r.deps.Staging, Source: r.Name, Partition: p, LoadID: r.ids.next(r.deps.Now())}
	if accepted != nil {
		folder.LoadID += event.AcceptedSuffix
	}
	return r.logging(ctx, folder), folder
}

func (r *Runner) logging(ctx context.Context, folder stage.Folder) context.Context {
	return cloudlog.With(ctx, r.deps.Log.With("source", folder.Source, "partition", folder.Partition.String(),
		"load_id", folder.LoadID))
}

// stageAndLoad stages what extract writes to out, and loads it, with old snapshots, unless it is refused.
func (r *Runner) stageAndLoad(ctx context.Context, out *Output, req Request, extract Extract, old snapshots) (Result,
	error) {
	load, err := out.stage(req, extract)
	load.Files, load.Accepted = append(load.Files, old.Files...), old.Accepted
	if also, refused := errors.AsType[*RefusedError](err); refused {
		also.Refusals = append(also.Refusals, old.refused...)
	} else if err == nil && old.refused != nil {
		err = &RefusedError{Refusals: old.refused, Hint: r.acceptHint(req.Partition)}
	}
	if err == nil && len(load.Files) == 0 {
		err = &Error{
			Err: fmt.Errorf("%s for %s: %w, and the past of %s cannot be read", r.Name, req.Partition, ErrNoSnapshot, r.Name),
			Hint: fmt.Sprintf("let the source start after that partition (start in pipeline.yaml), or load raw.%s for it "+
				"from a backup", strings.Join(old.absent, ", raw.")),
		}
	}
	if _, refused := errors.AsType[*RefusedError](err); refused || err == nil && load.Accepted == nil {
		accepted, lookup := r.stillAccepted(ctx, req.Partition, load.Files)
		if accepted != nil {
			load.Accepted = accepted
			return r.loadAgain(ctx, req.Partition, load)
		}
		err = errors.Join(err, lookup)
	}
	if err == nil {
		err = out.folder.Complete(ctx, load)
	}
	var result Result
	if err == nil {
		result, err = r.load(ctx, out.folder, load, old.absent)
	}
	if err != nil {
		return Result{}, r.fail(ctx, out.folder, load, err)
	}
	return result, nil
}

// snapshots holds the snapshot tables of a past partition that were staged at the time.
type snapshots struct {
	stage.Load
	absent  []string        // tables of which nothing is staged
	refused []stage.Refusal // why some of them were refused, so that all of the load still is
}

// stagedSnapshots returns the snapshot tables of a past partition from its newest complete load, and those that it lacks
// from a load that was refused since. They cannot be read again: a person can still accept them.
func (r *Runner) stagedSnapshots(ctx context.Context, p partition.Partition) (old snapshots, err error) {
	want := map[string]bool{}
	for name, t := range r.section.Tables {
		if t.Reads == pipeline.Snapshot {
			want[name] = true
		}
	}
	if len(want) == 0 {
		return old, nil
	}
	_, load, err := stage.Newest(ctx, r.deps.Staging, r.Name, p)
	if err != nil && !errors.Is(err, stage.ErrNone) {
		return old, err
	}
	take := func(files []stage.File) (taken bool) {
		for _, f := range files {
			if want[f.Table] {
				old.Files, taken = append(old.Files, f), true
				delete(want, f.Table)
			}
		}
		return taken
	}
	if take(load.Files) {
		old.Accepted = load.Accepted
	}
	if len(want) > 0 {
		failure, err := r.newestRefusal(ctx, p)
		if err != nil {
			return old, err
		}
		if failure != nil && take(failure.Load.Files) {
			old.refused = failure.Refusals
		}
	}
	old.absent = slices.Sorted(maps.Keys(want))
	return old, nil
}

// load replaces each file's table partition and then publishes one event for each partition, oldest first.
func (r *Runner) load(ctx context.Context, folder stage.Folder, staged stage.Load, absent []string) (Result, error) {
	files := staged.Files
	for _, table := range slices.Sorted(maps.Keys(r.Schemas)) {
		def, err := r.definition(table)
		if err == nil {
			err = r.deps.Warehouse.EnsureTable(ctx, def)
		}
		if err != nil {
			return Result{}, fmt.Errorf("table raw.%s of %s: %w", table, r.Name, err)
		}
	}
	load := func(ctx context.Context, i int) (event.Table, error) { return r.loadFile(ctx, folder, files[i]) }
	loaded, err := concurrent.Map(ctx, parallelLoads, len(files), load)
	if err != nil {
		return Result{}, err
	}
	result := Result{
		Source: r.Name, Partition: folder.Partition, LoadID: folder.LoadID, Absent: absent, Accepted: staged.Accepted,
	}
	events := map[partition.Partition]*event.Event{}
	for i, f := range files {
		e := events[f.Partition]
		if e == nil {
			e = &event.Event{
				Version: event.Version, Type: event.Loaded, Source: r.Name, Partition: f.Partition, LoadID: folder.LoadID,
				Accepted: staged.Accepted,
			}
			events[f.Partition] = e
		}
		e.Tables = append(e.Tables, loaded[i])
		result.Tables = append(result.Tables, Loaded{
			loaded[i].Table, f.Partition, f.Rows, f.Digest.String(), loaded[i].LoadedAt,
		})
	}
	for _, p := range slices.SortedFunc(maps.Keys(events), partition.Partition.Compare) {
		if err := r.deps.Publish(ctx, *events[p]); err != nil {
			return Result{}, err
		}
	}
	cloudlog.From(ctx).Info("loaded", "tables", len(files), "partitions", len(events), "absent", strings.Join(absent, ","))
	return result, nil
}

func (r *Runner) loadFile(ctx context.Context, folder stage.Folder, f stage.File) (event.Table, error) {
	job := warehouse.Job{
		ID:     f.LoadJob(folder.LoadID),
		Labels: map[string]string{"pipeline": r.deps.Pipeline, "source": r.Name, "partition": f.Partition.String()},
		Load: &warehouse.Load{
			URIs: f.URIs, Destination: rawTable(f.Table), Schema: r.Schemas[f.Table], Partition: f.Partition,
		},
	}
	status, err := warehouse.Run(ctx, r.deps.Warehouse, job)
	if err == nil && status.Stats.Rows != f.Rows {
		err = fmt.Errorf("staged %d rows, but the warehouse loaded %d", f.Rows, status.Stats.Rows)
	}
	if err != nil {
		return event.Table{}, fmt.Errorf("load raw.%s for %s: %w", f.Table, f.Partition, err)
	}
	at := status.Ended.UTC().Truncate(time.Microsecond)
	return event.Table{Table: rawTable(f.Table).String(), Rows: f.Rows, Carried: f.Carried, Digest: f.Digest, LoadedAt: at}, nil
}

// loadIDs makes the ids of loads. Ids sort by time, also while the clock stands still.
type loadIDs struct {
	mu    sync.Mutex
	last  time.Time
	ahead time.Duration // of the id made last
}

// next returns an id that no other load has.
func (l *loadIDs) next(now time.Time) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now = now.UTC().Truncate(time.Millisecond); now.Equal(l.last) {
		l.ahead += time.Millisecond
	} else {
		l.last, l.ahead = now, 0
	}
	now = now.Add(l.ahead)
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails, by its documentation
	return now.Format("20060102T150405.000Z")[:15] + fmt.Sprintf("%03dZ-", now.Nanosecond()/1e6) + hex.EncodeToString(b[:])
}
