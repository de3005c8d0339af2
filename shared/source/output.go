package source

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"example.com/rollcall/shared/cloudlog"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/stage"
)

// Output takes the rows of one run. It is not safe for concurrent use.
type Output struct {
	ctx      context.Context
	runner   *Runner
	folder   stage.Folder
	writers  map[slot]*written
	want     map[slot]bool
	account  map[string]string
	refusals []stage.Refusal
	earlier  *earlierLoads
}

// written is what was written of one table's partition.
type written struct {
	*stage.Writer
	keys *keySet // nil: the table has no key
}

// slot is one table's partition.
type slot struct {
	table     string
	partition partition.Partition
}

func (a slot) compare(b slot) int {
	return cmp.Or(a.partition.Compare(b.partition), strings.Compare(a.table, b.table))
}

func newOutput(ctx context.Context, r *Runner, folder stage.Folder, want map[slot]bool) *Output {
	return &Output{
		ctx: ctx, runner: r, folder: folder, writers: map[slot]*written{}, want: want,
		earlier: newEarlierLoads(r, folder.Partition),
	}
}

// Write stages one row of a window table. The frame sets the first column, the partition's date. Write fails
// for a table or a partition that the request does not ask for, and for a table that pipeline.yaml declares as
// a snapshot.
func (o *Output) Write(table string, p partition.Partition, row schema.Row) error {
	return o.write(slot{table, p}, pipeline.Window, row)
}

// WriteSnapshot stages one row of a snapshot table for the requested partition. It fails for a table that pipeline.yaml
// declares as a window, whose past the source would then be asked for.
func (o *Output) WriteSnapshot(table string, row schema.Row) error {
	return o.write(slot{table, o.folder.Partition}, pipeline.Snapshot, row)
}

func (o *Output) write(key slot, reads pipeline.Reads, row schema.Row) error {
	w := o.writers[key]
	if w == nil {
		declared := o.runner.section.Tables[key.table]
		if declared != nil && declared.Reads != reads {
			return Errorf(fmt.Sprintf("write reads: %s for it in coordinator/pipeline.yaml and run terraform apply", reads),
				"pipeline.yaml declares table %s as a %s, but the source reads it as a %s", key.table, declared.Reads, reads)
		}
		var err error
		if w, err = o.open(key); err != nil {
			return err
		}
	}
	line, err := w.Encode(row)
	if err != nil {
		return err
	}
	return w.add(line)
}

// add writes a row, unless it was written before.
func (w *written) add(line []byte) error {
	if w.keys != nil {
		if fresh, err := w.keys.add(line); err != nil || !fresh {
			return err
		}
	}
	return w.WriteLine(line)
}

func (o *Output) open(key slot) (*written, error) {
	if !o.want[key] {
		return nil, fmt.Errorf("%s: table %s for %s was not asked for", o.runner.Name, key.table, key.partition)
	}
	writer, err := o.folder.Create(o.ctx, key.table, o.runner.Schemas[key.table], key.partition)
	if err != nil {
		return nil, err
	}
	w := &written{writer, newKeySet(o.runner.section.Tables[key.table])}
	o.writers[key] = w
	return w, nil
}

// Account says whose data the service sent, by facts such as "user_id". If an earlier load has another value of a fact,
// this one is refused until a person accepts it. A fact that only one of two loads has is not compared.
func (o *Output) Account(facts map[string]string) { o.account = facts }

// Refuse says why what was written must not be loaded unless a person accepts it. Extract goes on and writes all.
func (o *Output) Refuse(r stage.Refusal) {
	r.BySource = true
	o.refusals = append(o.refusals, r)
}

// Earlier returns the load that a table's partition is compared with: the newest complete load of the same
// partition, or, for a snapshot and for the first load of a partition, the one of the newest partition before. It returns
// nil if there is none.
func (o *Output) Earlier(table string, p partition.Partition) (*Earlier, error) {
	return o.earlier.of(o.ctx, slot{table, p})
}

// stage stages what extract writes, and judges it. With a *RefusedError it returns what was staged.
func (o *Output) stage(req Request, extract Extract) (load stage.Load, err error) {
	if len(o.want) == 0 {
		return load, nil
	}
	defer func() {
		for _, w := range o.writers {
			w.Abort() // what is closed stays
		}
	}()
	if err := extract(o.ctx, req, o); err != nil {
		return load, fmt.Errorf("extract %s for %s: %w", o.runner.Name, req.Partition, err)
	}
	for _, key := range slices.SortedFunc(maps.Keys(o.want), slot.compare) {
		w := o.writers[key]
		if w == nil { // no rows
			if w, err = o.open(key); err != nil {
				return load, err
			}
		}
		file, err := o.finish(key, w)
		if err != nil {
			return load, err
		}
		load.Files = append(load.Files, file)
	}
	if load.Account, err = o.judgeAccount(); err != nil {
		return load, err
	}
	return load, o.refused()
}

// finish judges what was written of a table's partition, and stages the rest of it.
func (o *Output) finish(key slot, w *written) (stage.File, error) {
	if err := o.judge(key, w); err != nil {
		return stage.File{}, err
	}
	file, err := w.Close()
	if err != nil || w.keys == nil {
		return file, err
	}
	if err := w.keys.check(o.ctx, o.folder, file); err != nil {
		return stage.File{}, err
	}
	if w.keys.dropped > 0 {
		cloudlog.From(o.ctx).Info("dropped rows that came twice", "table", rawTable(key.table).String(),
			"rows_of", key.partition.String(), "rows", w.keys.dropped)
	}
	w.keys = nil // it is large
	return file, nil
}
