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
	Absent []string `json:"absent,omitempty"`
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
	folder := stage.Folder{
		Bucket: r.deps.Staging, Source: r.Name, Partition: req.Partition, LoadID: newLoadID(r.deps.Now()),
	}
	log := r.deps.Log.With("source", folder.Source, "partition", req.Partition.String(), "load_id", folder.LoadID)
	ctx = cloudlog.With(ctx, log)
	files, absent, err := r.stage(ctx, req, folder, extract)
	if err != nil {
		return Result{}, err
	}
	return r.load(ctx, folder, files, absent)
}

// stage extracts what the source can still read. For a past partition it adds the snapshots that were staged at
// the time.
func (r *Runner) stage(
	ctx context.Context, req Request, folder stage.Folder, extract Extract,
) (files []stage.File, absent []string, err error) {
	out := newOutput(ctx, r, folder, req)
	if len(out.want) > 0 {
		if err := extract(ctx, req, out); err != nil {
			out.abort()
			return nil, nil, fmt.Errorf("extract %s for %s: %w", r.Name, req.Partition, err)
		}
		if files, err = out.close(); err != nil {
			out.abort()
			return nil, nil, err
		}
	}
	if req.Snapshot {
		return files, nil, folder.Complete(ctx, files)
	}
	old, absent, err := r.stagedSnapshots(ctx, req.Partition)
	if err != nil {
		return nil, nil, err
	}
	if files = append(files, old...); len(files) == 0 {
		return nil, nil, &Error{
			Err: fmt.Errorf("%s for %s: %w, and the past of %s cannot be read", r.Name, req.Partition, ErrNoSnapshot, r.Name),
			Hint: fmt.Sprintf("let the source start after that partition (start in pipeline.yaml), or load raw.%s for it "+
				"from a backup", strings.Join(absent, ", raw.")),
		}
	}
	return files, absent, folder.Complete(ctx, files)
}

// stagedSnapshots returns the snapshot tables of a past partition from its newest complete load, and the names
// of those that it does not hold.
func (r *Runner) stagedSnapshots(ctx context.Context,
	p partition.Partition) (files []stage.File, absent []string, err error) {
	want := map[string]bool{}
	for name, t := range r.section.Tables {
		if t.Reads == pipeline.Snapshot {
			want[name] = true
		}
	}
	if len(want) == 0 {
		return nil, nil, nil
	}
	_, staged, err := stage.Newest(ctx, r.deps.Staging, r.Name, p)
	if err != nil && !errors.Is(err, stage.ErrNone) {
		return nil, nil, err
	}
	for _, f := range staged {
		if want[f.Table] {
			files = append(files, f)
			delete(want, f.Table)
		}
	}
	return files, slices.Sorted(maps.Keys(want)), nil
}

// load replaces each file's table partition and then publishes one event for each partition, oldest first.
func (r *Runner) load(ctx context.Context, folder stage.Folder, files []stage.File, absent []string) (Result, error) {
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
	result := Result{Source: r.Name, Partition: folder.Partition, LoadID: folder.LoadID, Absent: absent}
	events := map[partition.Partition]*event.Event{}
	for i, f := range files {
		e := events[f.Partition]
		if e == nil {
			e = &event.Event{
				Version: event.Version, Type: event.Loaded, Source: r.Name, Partition: f.Partition, LoadID: folder.LoadID,
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
	return event.Table{Table: rawTable(f.Table).String(), Rows: f.Rows, Digest: f.Digest, LoadedAt: at}, nil
}

// newLoadID returns an id that no other run has. Ids sort by time.
func newLoadID(now time.Time) string {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails, by its documentation
	return now.UTC().Format("20060102T150405.000Z")[:15] + fmt.Sprintf("%03dZ-", now.UTC().Nanosecond()/1e6) +
		hex.EncodeToString(b[:])
}
