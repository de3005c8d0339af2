// Package ledger is the coordinator's memory: small JSON objects in a bucket, each created once and never
// changed.
//
//	partitions/<P>/arrivals/<table>/<loaded_at>-<load_id>-<digest>.json   a table's partition was loaded
//	partitions/<P>/epoch/<seq>.json                                       a reset: every model's partition runs again
//	partitions/<P>/epoch/<model>/<seq>.json                               a reset of one model
//	partitions/<P>/holds/<until>-<hold>.json                              the partition's models wait until then
//	partitions/<P>/holds/released-<hold>.json                             they no longer wait
//	partitions/<P>/runs/<model>/<seq>.json                                started | succeeded | failed | audit_failed
//	partitions/<P>/overdue/<source>/<seq>.json                            reports and load requests for an overdue partition
//	tables/<model>/runs/<seq>.json                                        runs of a model that replaces its whole table
//	warehouse/gone/<seq>.json                                             tables that the warehouse has lost
//
// <P> is a day or a month; <table> is like "raw.medium_stories"; <loaded_at> and <until> are RFC 3339 in
// UTC with six decimals; <digest> has 64 hexadecimal digits; <hold> is the id that the holder has chosen;
// <seq> has six digits and counts from 1 without gaps.
//
// The ledger keeps these promises:
//
//   - Every write creates an object on the condition that its name is free. So exactly one of several writers
//     succeeds, and no record is ever lost. There is no lock, and no object that all writers compete for.
//   - The names alone show the state of every input: a listing shows which version of which table has arrived.
//   - A hold ends by itself. Until it ends or is released, nothing new starts for its partition or from it.
//     What arrives meanwhile is recorded, and a sweep afterwards reconciles it.
//   - The newest record of a log of runs holds the whole state of its model's partition, so one read is enough.
//   - A model that replaces its whole table has one log for all its partitions, because the versions of one
//     table follow one another, whichever partition they are of.
package ledger

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"example.com/rollcall/shared/concurrent"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
)

const (
	// parallel bounds the calls that one method makes to the store at the same time.
	parallel = 8
	// maxTails bounds the logs of whole tables whose ends a Ledger remembers.
	maxTails = 1024
)

// ErrTaken means that another writer appended first. List again before you decide anything.
var ErrTaken = errors.New("another record has this number")

// Ledger reads and writes the records of one store. It is safe for concurrent use.
type Ledger struct {
	store  Store
	writer string
	runs   *runCache
	tails  *lru.Cache[Log, int] // of whole tables' logs, the last number that a listing has shown
}

// New returns the ledger in a store. writer names one coordinator instance, and no other instance may have
// that name.
func New(store Store, writer string) *Ledger {
	tails, err := lru.New[Log, int](maxTails)
	if err != nil {
		panic(err) // the size is positive
	}
	return &Ledger{store: store, writer: writer, runs: newRunCache(), tails: tails}
}

// Writer returns the name under which this ledger writes.
func (l *Ledger) Writer() string { return l.writer }

// List adds what the ledger holds of the wanted partitions to v. It makes one listing for each run of
// neighbours.
func (l *Ledger) List(ctx context.Context, v *View, wanted []partition.Partition) error {
	list := spans(wanted)
	names, err := concurrent.Map(ctx, parallel, len(list), func(ctx context.Context, i int) ([]string, error) {
		prefix, from, to := list[i].bounds()
		names, err := l.store.List(ctx, prefix, from, to)
		if err != nil {
			err = fmt.Errorf("ledger: list %s to %s: %w", list[i].first, list[i].last, err)
		}
		return names, err
	})
	if err != nil {
		return err
	}
	for _, p := range wanted {
		v.open(p)
	}
	for _, name := range slices.Concat(names...) {
		if err := v.add(name); err != nil {
			return err
		}
	}
	return nil
}

// ListUntil lists partitions into v until find names no more of them. It calls find again after each
// listing, because what a listing shows may lead find to other partitions.
func (l *Ledger) ListUntil(ctx context.Context, v *View, find func() (unlisted []partition.Partition)) error {
	for {
		unlisted := find()
		if len(unlisted) == 0 {
			return nil
		}
		if err := l.List(ctx, v, unlisted); err != nil {
			return err
		}
	}
}

// ListLog adds the number of a log's newest record to v. It is for the logs of whole tables, which List
// does not cover. It does not list again what an earlier call has seen.
func (l *Ledger) ListLog(ctx context.Context, v *View, log Log) error {
	last, _ := l.tails.Get(log)
	names, err := l.store.List(ctx, string(log), log.name(last+1), "")
	if err != nil {
		return fmt.Errorf("ledger: list %s: %w", log, err)
	}
	for _, name := range names {
		seq, err := parseSeq(name[len(log):])
		if err != nil {
			return misnamed(name, err)
		}
		last = max(last, seq)
	}
	l.tails.Add(log, last)
	v.setSeq(log, last)
	return nil
}

// RecordArrivals records that every table of e has arrived. What is recorded already does not change.
func (l *Ledger) RecordArrivals(ctx context.Context, e event.Event, now time.Time) error {
	arrivals := make([]Arrival, len(e.Tables))
	for i, t := range e.Tables {
		arrivals[i] = Arrival{Table: t.Table, Partition: e.Partition, LoadedAt: t.LoadedAt, LoadID: e.LoadID,
			Digest: t.Digest}
	}
	return createAll(ctx, l, "record arrival of", ArrivalRecord{Version, now.UTC(), e}, arrivals, Arrival.name)
}

// createAll creates the same record under a name for each item, where there is none yet.
func createAll[T fmt.Stringer](ctx context.Context, l *Ledger, verb string, record any, items []T,
	name func(T) string) error {
	data, err := json.Marshal(record)
	if err != nil {
		return fmt.Errorf("ledger: %s: %w", verb, err)
	}
	_, err = concurrent.Map(ctx, parallel, len(items), func(ctx context.Context, i int) (any, error) {
		if err := l.store.Create(ctx, name(items[i]), data); err != nil && !errors.Is(err, ErrExists) {
			return nil, fmt.Errorf("ledger: %s %s: %w", verb, items[i], err)
		}
		return nil, nil
	})
	return err
}

// ReadArrival reads the event that an arrival was recorded for.
func (l *Ledger) ReadArrival(ctx context.Context, a Arrival) (r ArrivalRecord, err error) {
	return r, l.read(ctx, a.name(), &r, &r.Version)
}

// Events reads the events that some arrivals were recorded for: each once, in the order in which they were
// received.
func (l *Ledger) Events(ctx context.Context, arrivals []Arrival) ([]ArrivalRecord, error) {
	read := func(ctx context.Context, i int) (ArrivalRecord, error) { return l.ReadArrival(ctx, arrivals[i]) }
	list, err := concurrent.Map(ctx, parallel, len(arrivals), read)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(list, func(a, b ArrivalRecord) int {
		return cmp.Or(a.ReceivedAt.Compare(b.ReceivedAt), a.Event.Partition.Compare(b.Event.Partition),
			strings.Compare(a.Event.Source, b.Event.Source), strings.Compare(a.Event.LoadID, b.Event.LoadID))
	})
	known := map[[3]string]bool{} // the event of several tables is recorded for each of them
	return slices.DeleteFunc(list, func(r ArrivalRecord) bool {
		key := [3]string{r.Event.Source, r.Event.Partition.String(), r.Event.LoadID}
		again := known[key]
		known[key] = true
		return again
	}), nil
}

// ReadRun reads one record of a log; seq counts from 1.
func (l *Ledger) ReadRun(ctx context.Context, log Log, seq int) (run Run, err error) {
	name := log.name(seq)
	if run, ok := l.runs.get(name); ok {
		return run, nil
	}
	if err := l.read(ctx, name, &run, &run.Version); err != nil {
		return Run{}, err
	}
	l.runs.add(name, run)
	return run, nil
}

// Append writes run as record number seq of a log, signed with the writer's name and a token for this
// write, and returns it as written. It fails with ErrTaken if the log has that number already.
func (l *Ledger) Append(ctx context.Context, log Log, seq int, run Run) (Run, error) {
	run.Version, run.Writer, run.Token = Version, l.writer, rand.Text()
	name := log.name(seq)
	if err := l.create(ctx, name, run.Token, run); err != nil {
		return Run{}, err
	}
	l.runs.add(name, run)
	return run, nil
}

// ReadOverdue reads the newest record of a source's partition that v shows; nil if there is none.
func (l *Ledger) ReadOverdue(ctx context.Context, v *View, source string, p partition.Partition) (*Overdue, error) {
	log := OverdueLog(source, p)
	seq := v.Seq(log)
	if seq == 0 {
		return nil, nil
	}
	var record Overdue
	if err := l.read(ctx, log.name(seq), &record, &record.Version); err != nil {
		return nil, err
	}
	return &record, nil
}

// AppendOverdue writes a record with number seq in its log, signed as by Append. It fails with ErrTaken if
// the log has that number already.
func (l *Ledger) AppendOverdue(ctx context.Context, seq int, record Overdue) error {
	record.Version, record.Writer, record.Token = Version, l.writer, rand.Text()
	return l.create(ctx, OverdueLog(record.Source, record.Partition).name(seq), record.Token, record)
}

// ResetEpoch changes the fingerprint of a model's partition, or of every model's if model is empty, so that
// it runs again at the next event or sweep. The partition must be listed in v. It fails with ErrTaken if
// another reset came first.
func (l *Ledger) ResetEpoch(ctx context.Context, v *View, p partition.Partition, model, by, why string,
	now time.Time) error {
	if !v.Listed(p) {
		return fmt.Errorf("ledger: reset %s: the partition has not been listed", p)
	}
	reset := Reset{Version: Version, At: now.UTC(), Model: model, By: by, Why: why, Token: rand.Text()}
	return l.create(ctx, epochName(p, model, v.pages[p].resets[model]+1), reset.Token, reset)
}

// Resets reads the resets that concern a model at p, its own and those of all models, oldest first. The
// partition must be listed in v.
func (l *Ledger) Resets(ctx context.Context, v *View, p partition.Partition, model string) ([]Reset, error) {
	g := v.pages[p]
	if g == nil {
		return nil, fmt.Errorf("ledger: read resets of %s: the partition has not been listed", p)
	}
	var list []Reset
	for _, of := range []string{"", model} {
		for seq := range g.resets[of] {
			var r Reset
			if err := l.read(ctx, epochName(p, of, seq+1), &r, &r.Version); err != nil {
				return nil, err
			}
			list = append(list, r)
		}
	}
	slices.SortStableFunc(list, func(a, b Reset) int { return a.At.Compare(b.At) })
	return list, nil
}

// read decodes an object into record, whose field version it checks.
func (l *Ledger) read(ctx context.Context, name string, record any, version *int) error {
	data, err := l.store.Read(ctx, name)
	if err != nil {
		return fmt.Errorf("ledger: read %s: %w", name, err)
	}
	if err := json.Unmarshal(data, record); err != nil {
		return fmt.Errorf("ledger: %s is not the record that its name says: %w", name, err)
	}
	if *version != Version {
		return fmt.Errorf("ledger: %s has version %d, and only %d is known here; deploy the newer coordinator", name,
			*version, Version)
	}
	return nil
}

// create creates an object that contains a token. A store's client repeats a create whose reply was lost,
// and is then refused because its own first try succeeded. So a refusal only counts if the object contains
// another token.
func (l *Ledger) create(ctx context.Context, name, token string, record any) error {
	data, err := json.Marshal(record)
	if err == nil && len(data) > maxObject {
		err = fmt.Errorf("the record has %d bytes, and at most %d can be read again; fix: let the model read fewer "+
			"partitions, as by last_n_months instead of all", len(data), maxObject)
	}
	if err == nil {
		err = l.store.Create(ctx, name, data)
	}
	if errors.Is(err, ErrExists) {
		err = l.compareToken(ctx, name, token)
	}
	if err != nil {
		return fmt.Errorf("ledger: append %s: %w", name, err)
	}
	return nil
}

// compareToken returns ErrTaken unless the object contains the token.
func (l *Ledger) compareToken(ctx context.Context, name, token string) error {
	data, err := l.store.Read(ctx, name)
	if err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	var signed struct {
		Token string `json:"token"`
	}
	if err := json.Unmarshal(data, &signed); err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	if signed.Token != token {
		return ErrTaken
	}
	return nil
}
