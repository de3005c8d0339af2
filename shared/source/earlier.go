package source

import (
	"context"
	"iter"
	"slices"
	"strings"

	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/stage"
)

// earlierReach is how many partitions before the requested one are searched for a load to compare with. Staged files are
// kept for as many days at least, and by default for a year. So a monthly source has fewer months to compare with.
const earlierReach = 35

// Earlier holds what an earlier load staged of a table's partition.
type Earlier struct {
	stage.File
	Folder  stage.Folder
	Account map[string]string
	Own     bool // it is of the same partition; otherwise of one before
}

// when says for people which load it is.
func (e *Earlier) when() string {
	switch {
	case e.Own:
		return "in the load before"
	case e.Partition.Grain() == partition.Monthly:
		return "in " + e.Partition.String()
	}
	return "on " + e.Partition.String()
}

// Rows returns the rows, each as one line of JSON; see stage.File.ReadRows.
func (e *Earlier) Rows(ctx context.Context) iter.Seq2[[]byte, error] {
	return e.ReadRows(ctx, e.Folder.Bucket)
}

// earlierLoads finds earlier loads of one source, for a request of one partition. It lists once, and reads each load's
// complete.json once.
type earlierLoads struct {
	runner    *Runner
	requested partition.Partition
	folders   []stage.Folder // complete, the newest first
	loads     map[string]stage.Load
}

func newEarlierLoads(r *Runner, requested partition.Partition) *earlierLoads {
	return &earlierLoads{runner: r, requested: requested}
}

// of returns the load that key is compared with; nil if there is none.
func (e *earlierLoads) of(ctx context.Context, key slot) (*Earlier, error) {
	own, err := e.newest(ctx, key, "")
	if err != nil {
		return nil, err
	}
	if e.runner.section.Tables[key.table].Reads == pipeline.Snapshot {
		// A snapshot is compared with the day before, or many small falls on one day would pass. What a person has
		// accepted stands.
		if accepted, err := e.newest(ctx, key, event.AcceptedSuffix); accepted != nil || err != nil {
			return accepted, err
		}
	} else if own != nil {
		return own, nil
	}
	for n := 1; n <= earlierReach; n++ {
		before, err := e.newest(ctx, slot{key.table, key.partition.Add(-n)}, "")
		if err != nil {
			return nil, err
		}
		if before != nil {
			before.Own = false
			return before, nil
		}
	}
	return own, nil
}

// account returns the facts of the newest load of any partition that is not far before the requested one.
func (e *earlierLoads) account(ctx context.Context) (map[string]string, error) {
	if err := e.list(ctx); err != nil || len(e.folders) == 0 {
		return nil, err
	}
	load, err := e.read(ctx, e.folders[0])
	return load.Account, err
}

// newest returns the newest complete load of exactly key whose id ends in suffix.
func (e *earlierLoads) newest(ctx context.Context, key slot, suffix string) (*Earlier, error) {
	if err := e.list(ctx); err != nil {
		return nil, err
	}
	last := key.partition
	if e.runner.section.Tables[key.table].Reads == pipeline.Window {
		last = last.Add(e.runner.section.Lookback - 1)
	}
	for _, f := range e.folders {
		if f.Partition.Compare(key.partition) < 0 || f.Partition.Compare(last) > 0 || !strings.HasSuffix(f.LoadID, suffix) {
			continue
		}
		load, err := e.read(ctx, f)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(load.Files, func(file stage.File) bool {
			return file.Table == key.table && file.Partition == key.partition
		})
		if i >= 0 {
			return &Earlier{File: load.Files[i], Folder: f, Account: load.Account, Own: true}, nil
		}
	}
	return nil, nil
}

// list lists the loads that may be compared with, and all later ones, because the newest of all names the account. That
// is one call for each thousand loads, and a load has one or two names.
func (e *earlierLoads) list(ctx context.Context) (err error) {
	if e.loads != nil {
		return nil
	}
	lookback := e.runner.section.Lookback
	last, newest := e.requested.Add(lookback-1), partition.NewestComplete(e.requested.Grain(), e.runner.deps.Now())
	if last.Compare(newest) < 0 {
		last = newest
	}
	e.folders, err = stage.Loads(ctx, e.runner.deps.Staging, e.runner.Name, e.requested.Add(1-lookback-earlierReach), last)
	if err != nil {
		return err
	}
	slices.SortStableFunc(e.folders, func(a, b stage.Folder) int { return strings.Compare(b.LoadID, a.LoadID) })
	e.loads = map[string]stage.Load{}
	return nil
}

func (e *earlierLoads) read(ctx context.Context, f stage.Folder) (stage.Load, error) {
	id := f.Partition.String() + "/" + f.LoadID
	load, ok := e.loads[id]
	if !ok {
		var err error
		if load, err = f.Load(ctx); err != nil {
			return load, err
		}
		e.loads[id] = load
	}
	return load, nil
}
