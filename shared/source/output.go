package source

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/stage"
)

// Output takes the rows of one run. It is not safe for concurrent use.
type Output struct {
	ctx     context.Context
	source  *Source
	folder  stage.Folder
	writers map[slot]*stage.Writer
	empty   map[slot]bool
	want    map[slot]bool
}

// slot is one table's partition.
type slot struct {
	table     string
	partition partition.Partition
}

func (a slot) compare(b slot) int {
	if c := a.partition.Compare(b.partition); c != 0 {
		return c
	}
	return strings.Compare(a.table, b.table)
}

func newOutput(ctx context.Context, s *Source, folder stage.Folder, req Request) *Output {
	o := &Output{ctx, s, folder, map[slot]*stage.Writer{}, map[slot]bool{}, map[slot]bool{}}
	for _, t := range s.Tables {
		switch {
		case req.Tables != nil && !slices.Contains(req.Tables, t.Name):
		case !t.Snapshot:
			for _, p := range req.Window {
				o.want[slot{t.Name, p}] = true
			}
		case req.Snapshot:
			o.want[slot{t.Name, req.Partition}] = true
		}
	}
	return o
}

// Write stages one row of a table for a partition; the frame fills in the partition's date, the first column. A table or
// a partition that the request did not ask for is an error.
func (o *Output) Write(table string, p partition.Partition, row schema.Row) error {
	key := slot{table, p}
	w := o.writers[key]
	if w == nil {
		var err error
		if w, err = o.open(key); err != nil {
			return err
		}
	}
	return w.Write(row)
}

func (o *Output) open(key slot) (*stage.Writer, error) {
	if !o.want[key] {
		return nil, fmt.Errorf("%s: table %s for %s was not asked for", o.source.Name, key.table, key.partition)
	}
	w, err := o.folder.Create(o.ctx, key.table, o.source.table(key.table).Schema, key.partition)
	if err != nil {
		return nil, err
	}
	o.writers[key] = w
	return w, nil
}

// Empty says that a table has no rows for a partition, and that this was told by the source rather than guessed.
func (o *Output) Empty(table string, p partition.Partition) { o.empty[slot{table, p}] = true }

// Rows is the number of rows written so far of a table for a partition.
func (o *Output) Rows(table string, p partition.Partition) int64 {
	if w := o.writers[slot{table, p}]; w != nil {
		return w.Rows()
	}
	return 0
}

// close finishes all files. A wanted slot without rows is an error unless that is normal.
func (o *Output) close() ([]stage.File, error) {
	var files []stage.File
	for _, key := range slices.SortedFunc(maps.Keys(o.want), slot.compare) {
		w := o.writers[key]
		if w == nil {
			if !o.empty[key] && !o.source.table(key.table).MayBeEmpty {
				return nil, Errorf("look at the source: if it really has nothing for that partition, load it again when it has",
					"%s told nothing of table raw.%s for %s, and that is not normal", o.source.Name, key.table, key.partition)
			}
			var err error
			if w, err = o.open(key); err != nil {
				return nil, err
			}
		}
		file, err := w.Close()
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

func (o *Output) abort() {
	for _, w := range o.writers {
		w.Abort()
	}
}
