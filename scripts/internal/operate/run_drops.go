package operate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.com/rollcall/coordinator/hint"
	"example.com/rollcall/functions/drops"
	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/stage"
)

// dropSource is the source that reads dropped files.
const dropSource = "drops"

// drop is a file that a person drops.
type drop struct {
	path       string // as the person named it
	object     string
	data       []byte
	generation int64 // once it is dropped
	contents   drops.Contents
	fault      error // it cannot be loaded
}

// readDrops reads the files to drop. It refuses those that would be ignored.
func readDrops(paths []string) (list []*drop, err error) {
	var faults []error
	for _, path := range paths {
		d, err := readDrop(path)
		if err != nil {
			faults = append(faults, fmt.Errorf("--drop: %w", err))
			continue
		}
		list = append(list, d)
	}
	return list, errors.Join(faults...)
}

func readDrop(path string) (*drop, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > drops.MaxBytes {
		return nil, fmt.Errorf("%s has %d bytes, more than the %d that are read; fix: split it", path, info.Size(),
			drops.MaxBytes)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	object, err := drops.Place(absolute, data)
	if err != nil {
		return nil, err
	}
	return &drop{path: path, object: object, data: data}, nil
}

// dropInvented drops the files of the months that are due, as the invented creator would. Where Medium is real,
// a person drops them.
func (r *runner) dropInvented(ctx context.Context, due []partition.Partition) error {
	if r.Feeds[dropSource].Origin == datadir.Live {
		return nil
	}
	for _, month := range due {
		if err := r.Invent(ctx, month); err != nil {
			return err
		}
	}
	return nil
}

// dropFiles drops a person's files one after the other, and notes what became of each, and of the months.
func (r *runner) dropFiles(ctx context.Context, files []*drop) error {
	for _, d := range files {
		if err := r.Cloud.Idle(ctx); err != nil {
			return err
		}
		attrs, err := r.Drop(ctx, d.object, d.data)
		if err != nil {
			return err
		}
		d.generation = attrs.Generation
		d.contents, d.fault = drops.Inspect(d.object, attrs.Created, "", d.data)
	}
	if err := r.Cloud.Idle(ctx); err != nil {
		return err
	}
	failures, err := r.noteRefusedMonths(ctx, files)
	if err != nil {
		return err
	}
	for _, d := range files {
		if err := r.noteDrop(ctx, d, failures); err != nil {
			return err
		}
	}
	return nil
}

// noteRefusedMonths notes the months of dropped files that are not loaded: those in the scope, and those of files. It
// returns them.
func (r *runner) noteRefusedMonths(ctx context.Context, files []*drop) (map[partition.Partition]stage.Failure, error) {
	var scope, months []partition.Partition
	if slices.Contains(r.scope.Sources, dropSource) {
		scope = r.scope.partitions(partition.Monthly)
	}
	months = slices.Clone(scope)
	for _, d := range files {
		months = append(months, d.contents.Months...)
	}
	if len(months) == 0 {
		return nil, nil
	}
	failures, err := r.deployment.Failures(ctx, dropSource, slices.MinFunc(months, partition.Partition.Compare),
		slices.MaxFunc(months, partition.Partition.Compare))
	if err != nil {
		return nil, err
	}
	for month, failure := range failures {
		why := trouble{
			reason: strings.TrimSuffix(failure.Reason, "; fix: "+failure.Hint), hint: failure.Hint, failed: true,
			refusals: failure.Refusals,
		}
		if failure.Acceptable() {
			why.hint = r.deployment.Hint(hint.Fault{Code: hint.Refused, Source: dropSource, Partition: month})
		}
		switch {
		case slices.Contains(scope, month):
			r.note(dropSource, []partition.Partition{month}, why)
		case slices.Contains(months, month):
			r.refused = append(r.refused, Item{Source: dropSource, Partition: month, Reason: why.reason, Hint: why.hint,
				Refusals: why.refusals})
		}
	}
	return failures, nil
}

// noteDrop notes what became of a file.
func (r *runner) noteDrop(ctx context.Context, d *drop, failures map[partition.Partition]stage.Failure) error {
	why, found, err := r.Quarantined(ctx, d.object)
	if err != nil {
		return err
	}
	if found = found && why.Generation == d.generation; found || d.fault != nil {
		if !found {
			fault, _ := errors.AsType[*source.Error](d.fault)
			why.Reason, why.Hint = fault.Err.Error(), fault.Hint
		}
		r.refused = append(r.refused, Item{Source: dropSource, Reason: d.path + ": " + why.Reason, Hint: why.Hint})
		return nil
	}
	var loaded, refused []string
	for _, month := range d.contents.Months {
		if _, failed := failures[month]; failed {
			refused = append(refused, month.String())
		} else if rows, ok := r.rows("raw."+d.contents.Table, month); ok {
			loaded = append(loaded, fmt.Sprintf("%s %s, %s", "raw."+d.contents.Table, month, term.Count(int(rows), "row")))
		}
	}
	if loaded != nil {
		r.dropped = append(r.dropped, fmt.Sprintf("Dropped: %s was loaded: %s", d.path, strings.Join(loaded, "; ")))
	}
	if refused != nil {
		r.dropped = append(r.dropped, fmt.Sprintf("Dropped: %s is kept, but not loaded for %s", d.path, strings.Join(refused, ", ")))
	}
	if loaded == nil && refused == nil {
		r.refused = append(r.refused, Item{Source: dropSource, Reason: d.path + ": it was neither loaded nor put in quarantine",
			Hint: "see " + r.Dir.Log()})
	}
	return nil
}

// rows returns how many rows this run has loaded last into a table's partition.
func (r *runner) rows(table string, p partition.Partition) (rows int64, ok bool) {
	for _, l := range r.Loads() {
		if l.Table == table && l.Partition == p && l.Failure == "" {
			rows, ok = l.Rows, true
		}
	}
	return rows, ok
}

// unloaded says why a table has not arrived of which nothing else is known.
func (r *runner) unloaded(name, table string) trouble {
	if name == dropSource && r.Feeds[name].Origin == datadir.Live {
		return trouble{reason: "no file for " + table + " was dropped", hint: "download it from Medium, and pass it with --drop FILE"}
	}
	return trouble{reason: "it was not loaded", hint: "run the same command again; rollcall.log says more"}
}
