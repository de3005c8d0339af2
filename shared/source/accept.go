package source

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"cloud.google.com/go/storage"

	"example.com/rollcall/shared/cloudlog"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/stage"
)

// Accept loads the rows of a partition that its newest load has staged and that were refused. It asks the service
// nothing. Then it judges later partitions again that were refused as well, and loads those that no longer are, each with
// its own rows. It fails if a person has seen the rows of another load than the newest. It can be repeated: it goes on where
// it ended. Only what a crash left complete and not loaded of a later partition waits for the next request of that
// partition, as after any crash.
func (r *Runner) Accept(ctx context.Context, call Call) (Result, error) {
	p := call.Partition
	if err := r.checkGrain(p); err != nil {
		return Result{}, err
	}
	result, err := r.accept(ctx, call)
	if err != nil {
		return Result{}, err
	}
	if result.Later, err = r.judgeLater(ctx, p); err != nil {
		return Result{}, fmt.Errorf("%s for %s is accepted and loaded, but not all that was refused after it: %w", r.Name, p,
			err)
	}
	return result, nil
}

// accept loads what was refused, as a new load that refers to the same files.
func (r *Runner) accept(ctx context.Context, call Call) (Result, error) {
	p := call.Partition
	attempts, err := stage.Attempts(ctx, r.deps.Staging, r.Name, p, p)
	if err != nil {
		return Result{}, err
	}
	var newest stage.Attempt
	if len(attempts) > 0 {
		newest = attempts[len(attempts)-1]
	}
	load, err := r.acceptable(ctx, newest, call.By, call.Reason)
	if err != nil {
		return Result{}, err
	}
	if load == nil || len(load.Files) == 0 {
		return Result{}, Errorf("see what status says of it", "nothing of %s is refused for %s, so there is nothing to accept",
			r.Name, p)
	}
	if id := load.Accepted.LoadID; call.LoadID != "" && call.LoadID != id {
		return Result{}, Errorf("look at what is refused now, and accept that",
			"%s for %s was read again since load %s, and what load %s read may differ", r.Name, p, call.LoadID, id)
	}
	if newest.Complete && !newest.Failed { // it was interrupted, and goes on
		return r.loadStaged(r.logging(ctx, newest.Folder), newest.Folder, *load)
	}
	return r.loadAgain(ctx, p, *load)
}

// stillAccepted returns the acceptance of a partition's newest complete load if it has the very rows of files; nil
// otherwise. What a person has accepted stays accepted while the source sends the same.
func (r *Runner) stillAccepted(ctx context.Context, p partition.Partition, files []stage.File) (*event.Acceptance, error) {
	folders, err := stage.Loads(ctx, r.deps.Staging, r.Name, p, p)
	if err != nil || len(folders) == 0 {
		return nil, err
	}
	stands, err := folders[len(folders)-1].Load(ctx)
	if err != nil {
		return nil, err
	}
	if slices.EqualFunc(stands.Files, files, func(a, b stage.File) bool {
		return a.Table == b.Table && a.Partition == b.Partition && a.Digest == b.Digest
	}) {
		return stands.Accepted, nil
	}
	return nil, nil
}

// loadAgain loads what an earlier load has staged, as a new load that refers to the same files. Job ids of the earlier load
// may stand for jobs that failed.
func (r *Runner) loadAgain(ctx context.Context, p partition.Partition, load stage.Load) (Result, error) {
	ctx, folder := r.begin(ctx, p, load.Accepted)
	if err := folder.Complete(ctx, load); err != nil {
		return Result{}, r.fail(ctx, folder, load, err)
	}
	return r.loadStaged(ctx, folder, load)
}

func (r *Runner) loadStaged(ctx context.Context, folder stage.Folder, load stage.Load) (Result, error) {
	result, err := r.load(ctx, folder, load, nil)
	if err != nil {
		return Result{}, r.fail(ctx, folder, load, err)
	}
	return result, nil
}

// acceptable returns what a load staged if it was refused, or accepted before; nil otherwise.
func (r *Runner) acceptable(ctx context.Context, a stage.Attempt, by, reason string) (load *stage.Load, err error) {
	switch {
	case a.Complete:
		complete, err := a.Load(ctx)
		if err != nil || complete.Accepted == nil {
			return nil, err
		}
		load = &complete
	case a.Failed:
		failure, err := a.Failure(ctx)
		if err != nil || failure.Load == nil {
			return nil, err
		}
		load = failure.Load
		load.Accepted = &event.Acceptance{By: by, Reason: reason, At: r.deps.Now().UTC(), LoadID: a.LoadID}
		load.Accepted.Refused = stage.Reasons(failure.Refusals)
	default:
		return nil, nil
	}
	if load.Files, err = r.current(ctx, a.Folder, load.Files); err != nil {
		return nil, err
	}
	return load, r.checkStaged(ctx, load.Files)
}

// checkStaged fails if an object of files is gone, before anything refers to it again.
func (r *Runner) checkStaged(ctx context.Context, files []stage.File) error {
	for _, f := range files {
		switch err := f.CheckStaged(ctx, r.deps.Staging); {
		case errors.Is(err, storage.ErrObjectNotExist):
			return Errorf("load the partition again", "rows of raw.%s for %s are no longer staged, so they cannot be accepted",
				f.Table, f.Partition)
		case err != nil:
			return err
		}
	}
	return nil
}

// current returns the files of a load that no newer load has replaced. An older version never overwrites a newer one.
func (r *Runner) current(ctx context.Context, folder stage.Folder, files []stage.File) (current []stage.File, err error) {
	loads := newEarlierLoads(r, folder.Partition)
	for _, f := range files {
		newest, err := loads.newest(ctx, slot{f.Table, f.Partition}, "")
		if err != nil {
			return nil, err
		}
		if newest == nil || newest.Folder.LoadID <= folder.LoadID {
			current = append(current, f)
		}
	}
	return current, nil
}

// judgeLater judges later partitions again whose newest load the frame refused, oldest first, so that each is compared with
// the one before. It returns those that were loaded.
func (r *Runner) judgeLater(ctx context.Context, p partition.Partition) (loaded []Result, err error) {
	last := partition.NewestComplete(r.section.Cadence, r.deps.Now())
	if p.Compare(last) >= 0 {
		return nil, nil
	}
	attempts, err := stage.Attempts(ctx, r.deps.Staging, r.Name, p.Add(1), last)
	if err != nil {
		return nil, err
	}
	failing := stage.Failing(attempts)
	for _, q := range slices.SortedFunc(maps.Keys(failing), partition.Partition.Compare) {
		result, err := r.judgeAgain(ctx, failing[q])
		var refused *RefusedError
		switch {
		case errors.As(err, &refused): // it is recorded
		case err != nil:
			return nil, err
		case result != nil:
			loaded = append(loaded, *result)
		}
	}
	return loaded, nil
}

// judgeAgain stages and judges the rows of a failed load again, and loads them unless they are still refused. It returns nil
// if there is nothing to load: no whole answer, one that the source itself refused, or only what newer loads have
// replaced.
func (r *Runner) judgeAgain(ctx context.Context, failed stage.Attempt) (*Result, error) {
	failure, err := failed.Failure(ctx)
	if err != nil {
		return nil, err
	}
	load := failure.Load
	if failed.Complete { // it had passed, and only the warehouse or the event failed
		complete, err := failed.Load(ctx)
		if err != nil {
			return nil, err
		}
		load = &complete
	}
	if load == nil || slices.ContainsFunc(failure.Refusals, func(refusal stage.Refusal) bool { return refusal.BySource }) {
		return nil, nil
	}
	if load.Files, err = r.current(ctx, failed.Folder, load.Files); err != nil || len(load.Files) == 0 {
		return nil, err
	}
	var result Result
	if failed.Complete {
		result, err = r.loadAgain(ctx, failed.Partition, *load)
	} else {
		result, err = r.stageAgain(ctx, failed.Folder, *load)
	}
	return &result, err
}

// stageAgain does what a run does, with the rows of a refused load instead of a source.
func (r *Runner) stageAgain(ctx context.Context, refused stage.Folder, load stage.Load) (Result, error) {
	want := map[slot]bool{}
	for _, f := range load.Files {
		want[slot{f.Table, f.Partition}] = true
	}
	extract := func(ctx context.Context, _ Request, out *Output) error {
		out.Account(load.Account)
		for _, f := range load.Files {
			if err := out.copy(ctx, f); err != nil {
				return err
			}
		}
		return nil
	}
	ctx, folder := r.begin(ctx, refused.Partition, load.Accepted)
	cloudlog.From(ctx).Info("judging a refused load again", "refused_load", refused.LoadID)
	return r.stageAndLoad(ctx, newOutput(ctx, r, folder, want), Request{Partition: refused.Partition}, extract,
		snapshots{Load: stage.Load{Accepted: load.Accepted}})
}

// copy writes the rows that a source sent of a table's partition. Those that were carried over are carried over again, from
// the load that now comes before.
func (o *Output) copy(ctx context.Context, f stage.File) error {
	key := slot{f.Table, f.Partition}
	left := f.Sent()
	for row, err := range f.ReadRows(ctx, o.folder.Bucket) {
		if left--; err != nil || left < 0 {
			return err
		}
		w := o.writers[key]
		if w == nil {
			if w, err = o.open(key); err != nil {
				return err
			}
		}
		if err := w.add(row); err != nil {
			return err
		}
	}
	return nil
}
