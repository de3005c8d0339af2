package source

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"example.com/rollcall/shared/cloudlog"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/stage"
	"example.com/rollcall/shared/warehouse"
)

// loadsAtOnce bounds the load jobs of one run that are under way together.
const loadsAtOnce = 4

// Runner runs one source with the services it works with.
type Runner struct {
	source *Source
	deps   Deps
}

// NewRunner fills in the defaults of deps.
func NewRunner(s *Source, deps Deps) *Runner {
	if deps.Now == nil {
		deps.Now = time.Now
	}
	if deps.Log == nil {
		deps.Log = slog.Default()
	}
	return &Runner{s, deps}
}

// Run loads one partition as of an instant, which decides whether snapshots can still be had. It returns when everything
// is loaded and published.
func (r *Runner) Run(ctx context.Context, p partition.Partition, asOf time.Time) (Result, error) {
	s := r.source
	newest := partition.NewestComplete(s.Grain, asOf)
	switch {
	case p.Grain() != s.Grain:
		return Result{}, badRequest("source %s is %s, and partition %s is not", s.Name, s.Grain, p)
	case p.Compare(newest) > 0:
		return Result{}, badRequest("partition %s of source %s has not ended yet; the newest complete one is %s", p, s.Name, newest)
	}
	req := Request{Partition: p, Snapshot: p == newest}
	for back := max(s.Lookback, 1) - 1; back >= 0; back-- {
		req.Window = append(req.Window, p.Add(-back))
	}
	return r.run(ctx, req, s.Extract)
}

// RunTables loads the named window tables for one partition with the rows that extract writes, for a source that is told
// by its data, and not by a schedule, when and what to load.
func (r *Runner) RunTables(ctx context.Context, tables []string, p partition.Partition, extract Extract) (Result, error) {
	if p.Grain() != r.source.Grain {
		return Result{}, badRequest("source %s is %s, and partition %s is not", r.source.Name, r.source.Grain, p)
	}
	return r.run(ctx, Request{Partition: p, Window: []partition.Partition{p}, Snapshot: true, Tables: tables}, extract)
}

func (r *Runner) run(ctx context.Context, req Request, extract Extract) (Result, error) {
	folder := stage.Folder{
		Bucket: r.deps.Staging, Source: r.source.Name, Partition: req.Partition, LoadID: newLoadID(r.deps.Now()),
	}
	log := r.deps.Log.With("source", folder.Source, "partition", req.Partition.String(), "load_id", folder.LoadID)
	ctx = cloudlog.With(ctx, log)
	files, absent, err := r.stage(ctx, req, folder, extract)
	if err != nil {
		return Result{}, err
	}
	return r.load(ctx, folder, files, absent)
}

// stage extracts what the source can still tell, and finds what of the past was staged before.
func (r *Runner) stage(ctx context.Context, req Request, folder stage.Folder, extract Extract) (files []stage.File, absent []string, err error) {
	s := r.source
	out := newOutput(ctx, s, folder, req)
	if len(out.want) > 0 {
		if err := extract(ctx, req, out); err != nil {
			out.abort()
			return nil, nil, fmt.Errorf("extract %s for %s: %w", s.Name, req.Partition, err)
		}
		if files, err = out.close(); err != nil {
			out.abort()
			return nil, nil, err
		}
	}
	if req.Snapshot {
		return files, nil, folder.Complete(ctx, files)
	}
	old, absent, err := r.staged(ctx, req.Partition)
	if err != nil {
		return nil, nil, err
	}
	if files = append(files, old...); len(files) == 0 {
		return nil, nil, &Error{
			Err: fmt.Errorf("%s for %s: %w, and %s only tells of now", s.Name, req.Partition, ErrNoSnapshot, s.Name),
			Hint: fmt.Sprintf("nothing can bring that partition back; begin the pipeline after it (start in pipeline.yaml), "+
				"or load raw.%s for it from a backup", strings.Join(absent, ", raw.")),
		}
	}
	return files, absent, folder.Complete(ctx, files)
}

// staged are the source's snapshot tables of an older partition, as its newest complete load staged them.
func (r *Runner) staged(ctx context.Context, p partition.Partition) (files []stage.File, absent []string, err error) {
	want := map[string]bool{}
	for _, t := range r.source.Tables {
		if t.Snapshot {
			want[t.Name] = true
		}
	}
	if len(want) == 0 {
		return nil, nil, nil
	}
	_, staged, err := stage.Newest(ctx, r.deps.Staging, r.source.Name, p)
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
	s, log := r.source, cloudlog.From(ctx)
	for i := range s.Tables {
		def, err := s.definition(&s.Tables[i])
		if err == nil {
			err = r.deps.Warehouse.EnsureTable(ctx, def)
		}
		if err != nil {
			return Result{}, fmt.Errorf("table raw.%s of %s: %w", s.Tables[i].Name, s.Name, err)
		}
	}
	loaded := make([]event.Table, len(files))
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(loadsAtOnce)
	for i, f := range files {
		group.Go(func() (err error) {
			loaded[i], err = r.loadFile(gctx, folder, f)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return Result{}, err
	}
	result := Result{Source: s.Name, Partition: folder.Partition, LoadID: folder.LoadID, Absent: absent}
	events := map[partition.Partition]*event.Event{}
	for i, f := range files {
		e := events[f.Partition]
		if e == nil {
			e = &event.Event{Version: event.Version, Type: event.Loaded, Source: s.Name, Partition: f.Partition, LoadID: folder.LoadID}
			events[f.Partition] = e
		}
		e.Tables = append(e.Tables, loaded[i])
		result.Tables = append(result.Tables, Loaded{loaded[i].Table, f.Partition, f.Rows, f.Digest.String(), loaded[i].LoadedAt})
	}
	for _, p := range slices.SortedFunc(maps.Keys(events), partition.Partition.Compare) {
		if err := r.deps.Publish(ctx, *events[p]); err != nil {
			return Result{}, err
		}
	}
	log.Info("loaded", "tables", len(files), "partitions", len(events), "absent", strings.Join(absent, ","))
	return result, nil
}

func (r *Runner) loadFile(ctx context.Context, folder stage.Folder, f stage.File) (event.Table, error) {
	table := r.source.table(f.Table)
	job := warehouse.Job{
		ID:     f.LoadJob(folder.LoadID),
		Labels: map[string]string{"pipeline": r.deps.Pipeline, "source": r.source.Name, "partition": f.Partition.String()},
		Load: &warehouse.Load{
			URIs: f.URIs, Destination: rawTable(f.Table), Schema: table.Schema, Partition: f.Partition,
		},
	}
	status, err := warehouse.Run(ctx, r.deps.Warehouse, job)
	if err != nil {
		return event.Table{}, fmt.Errorf("load raw.%s for %s: %w", f.Table, f.Partition, err)
	}
	if status.Stats.Rows != f.Rows {
		return event.Table{}, fmt.Errorf("load raw.%s for %s: staged %d rows, but the warehouse loaded %d", f.Table, f.Partition, f.Rows, status.Stats.Rows)
	}
	return event.Table{Table: rawTable(f.Table).String(), Rows: f.Rows, Digest: f.Digest, LoadedAt: status.Ended.UTC().Truncate(time.Microsecond)}, nil
}

// newLoadID is unique to a run, and sorts by time.
func newLoadID(now time.Time) string {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails, by its documentation
	return now.UTC().Format("20060102T150405.000Z")[:15] + fmt.Sprintf("%03dZ-", now.UTC().Nanosecond()/1e6) + hex.EncodeToString(b[:])
}
