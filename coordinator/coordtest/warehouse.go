// Package coordtest holds what the coordinator's tests share: a ledger in memory, a warehouse in memory whose
// outcomes follow from the contents of its tables, models for it, and an evaluator that says what the models'
// tables must hold in the end.
package coordtest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"example.com/rollcall/shared/digest"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/warehouse"
)

// Warehouse is a warehouse.Driver in memory. A table's partition holds one text, its content, in the place
// of rows.
type Warehouse struct {
	// Hook, when set, is asked before every call and every job takes effect; it may block. Jobs then run on
	// goroutines of their own, and otherwise within Submit.
	Hook func(ctx context.Context, point string) Fault
	// Published is called for every publication as it takes effect.
	Published func(job warehouse.Job, content string)
	Now       func() time.Time

	mu      sync.Mutex
	models  map[string]*manifest.Model
	start   partition.Partition
	tables  map[string]map[partition.Partition]string // a whole table's content is that of partition zero
	created map[string]time.Time
	staging map[warehouse.Table]string
	jobs    map[string]*job
	order   []string // ids of jobs in the order of their submission
	last    time.Time
}

// NewWarehouse returns an empty warehouse that runs the statements of Model. start is the pipeline's first
// day.
func NewWarehouse(m *manifest.Manifest, start partition.Partition, now func() time.Time) *Warehouse {
	w := &Warehouse{Now: now, start: start,
		tables: map[string]map[partition.Partition]string{}, created: map[string]time.Time{}, staging: map[warehouse.Table]string{},
		jobs: map[string]*job{}}
	w.Deploy(m)
	return w
}

// Deploy makes the warehouse run the statements of other models.
func (w *Warehouse) Deploy(m *manifest.Manifest) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.models = map[string]*manifest.Model{}
	for _, model := range m.Models {
		w.models[model.Name] = model
	}
}

var _ warehouse.Driver = (*Warehouse)(nil)

// Load replaces a raw table's partition, and returns what an event says of it.
func (w *Warehouse) Load(table string, p partition.Partition, content string) event.Table {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.put(table, p, content)
	return event.Table{Table: table, Rows: int64(len(content)), Digest: Digest(content), LoadedAt: w.tick()}
}

// Done records a load job that has ended, and that loaded a table.
func (w *Warehouse) Done(id string, loaded event.Table) {
	w.mu.Lock()
	defer w.mu.Unlock()
	j := &job{done: make(chan struct{}), status: warehouse.Status{ID: id, Done: true, Ended: loaded.LoadedAt}}
	close(j.done)
	w.jobs[id] = j
}

// Digest returns the digest of a content.
func Digest(content string) digest.Sum {
	var d digest.Digest
	d.Add([]byte(content))
	return d.Sum()
}

// tick returns the time, later at each call.
func (w *Warehouse) tick() time.Time {
	w.last = w.next()
	return w.last
}

// next returns the time of the next tick.
func (w *Warehouse) next() time.Time {
	now := w.Now().UTC().Truncate(time.Microsecond)
	if !now.After(w.last) {
		now = w.last.Add(time.Microsecond)
	}
	return now
}

func (w *Warehouse) put(table string, p partition.Partition, content string) {
	if w.tables[table] == nil {
		w.tables[table], w.created[table] = map[partition.Partition]string{}, w.next()
	}
	w.tables[table][p] = content
}

// Drop drops a table, as a person does. The next load or publication creates it again.
func (w *Warehouse) Drop(table string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.tables, table)
}

// Restore sets a table's contents to earlier ones, as a person does from a backup.
func (w *Warehouse) Restore(table string, contents map[partition.Partition]string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tables[table], w.created[table] = maps.Clone(contents), w.next()
}

// Contents returns the contents of all tables. A table that is replaced whole has the zero partition.
func (w *Warehouse) Contents() Tables {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := Tables{}
	for table, partitions := range w.tables {
		t[table] = maps.Clone(partitions)
	}
	return t
}

// Jobs returns the ids of all jobs in the order of their submission.
func (w *Warehouse) Jobs() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.order)
}

// Job returns a submitted job's status.
func (w *Warehouse) Job(id string) (warehouse.Status, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	j, ok := w.jobs[id]
	if !ok {
		return warehouse.Status{}, false
	}
	return j.status, true
}

// Dialect returns BigQuery's dialect, in which Model writes its statements.
func (w *Warehouse) Dialect() manifest.Dialect { return manifest.BigQuery }

// Close does nothing.
func (w *Warehouse) Close() error { return nil }

// EnsureTable accepts any table.
func (w *Warehouse) EnsureTable(ctx context.Context, def warehouse.Definition) error {
	return w.call(ctx, "ensure "+def.Table.String(), func() error { return nil })
}

// HasRows reports whether a table's partition has a content.
func (w *Warehouse) HasRows(ctx context.Context, t warehouse.Table, p partition.Partition) (has bool, err error) {
	err = w.call(ctx, "rows of "+t.String(), func() error {
		has = w.tables[t.String()][p] != ""
		return nil
	})
	return has, err
}

// Tables returns the tables of a dataset.
func (w *Warehouse) Tables(ctx context.Context, dataset string) (map[string]time.Time, error) {
	tables := map[string]time.Time{}
	err := w.call(ctx, "tables of "+dataset, func() error {
		for table := range w.tables {
			if name, ok := strings.CutPrefix(table, dataset+"."); ok {
				tables[name] = w.created[table]
			}
		}
		return nil
	})
	return tables, err
}

// Submit starts a job.
func (w *Warehouse) Submit(ctx context.Context, wj warehouse.Job) error {
	var j *job
	err := w.call(ctx, "submit "+wj.ID, func() error {
		if w.jobs[wj.ID] != nil {
			return warehouse.ErrJobExists
		}
		j = &job{Job: wj, done: make(chan struct{})}
		j.status = warehouse.Status{ID: wj.ID, Labels: maps.Clone(wj.Labels)}
		w.jobs[wj.ID] = j
		w.order = append(w.order, wj.ID)
		return nil
	})
	if j == nil {
		return err
	}
	execute := func() {
		w.begin(j)
		fault := w.fault(context.Background(), "execute "+j.ID)
		w.mu.Lock()
		defer w.mu.Unlock()
		if fault != None {
			j.status.Err = &warehouse.JobError{ID: j.ID, Reason: "backendError", Message: "try again", Transient: true}
		} else {
			w.execute(j)
		}
		j.status.Done, j.status.Ended = true, w.tick()
		j.status.Stats.Duration = j.status.Ended.Sub(j.begun)
		close(j.done)
	}
	if w.Hook == nil {
		execute()
	} else {
		go execute()
	}
	return err
}

// Wait returns the status of a job once it is done.
func (w *Warehouse) Wait(ctx context.Context, id string) (warehouse.Status, error) {
	var j *job
	err := w.call(ctx, "wait "+id, func() error {
		if j = w.jobs[id]; j == nil {
			return fmt.Errorf("job %s: %w", id, warehouse.ErrNotFound)
		}
		return nil
	})
	if err != nil {
		return warehouse.Status{}, err
	}
	select {
	case <-j.done:
		w.mu.Lock()
		defer w.mu.Unlock()
		return j.status, nil
	case <-ctx.Done():
		return warehouse.Status{}, ctx.Err()
	}
}

// Rows returns the rows of an audit.
func (w *Warehouse) Rows(ctx context.Context, id string, limit int) (rows []map[string]any, err error) {
	err = w.call(ctx, "rows "+id, func() error {
		j := w.jobs[id]
		if j == nil || !j.status.Done {
			return fmt.Errorf("rows of job %s: %w", id, warehouse.ErrNotFound)
		}
		rows = j.rows[:min(limit, len(j.rows))]
		return nil
	})
	return rows, err
}

// ClearStaging drops all staged tables, as their expiry does.
func (w *Warehouse) ClearStaging() {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.staging)
}

// auditRow is the audit of a content: its digest as the sums of eight words, and whether it is bad.
