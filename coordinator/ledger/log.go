package ledger

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"example.com/rollcall/shared/partition"
)

// ErrTaken: another writer appended first. List again before deciding anything.
var ErrTaken = errors.New("another record stands there")

// ListLog adds the number of a log's newest record to v: for the logs of whole tables, which stand beside the partitions.
// What an earlier call has seen of the log is not listed again.
func (l *Ledger) ListLog(ctx context.Context, v *View, log Log) error {
	last := l.runs.tail(log)
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
	l.runs.setTail(log, last)
	v.setSeq(log, last)
	return nil
}

// ReadRun reads one record of a log; seq counts from 1.
func (l *Ledger) ReadRun(ctx context.Context, log Log, seq int) (Run, error) {
	name := log.name(seq)
	if run, ok := l.runs.get(name); ok {
		return run, nil
	}
	data, err := l.store.Read(ctx, name)
	if err != nil {
		return Run{}, fmt.Errorf("ledger: read %s: %w", name, err)
	}
	var run Run
	if err := json.Unmarshal(data, &run); err != nil {
		return Run{}, fmt.Errorf("ledger: %s is no record of a run: %w", name, err)
	}
	if run.Version != Version {
		return Run{}, fmt.Errorf("ledger: %s has version %d, not %d, the only one known here; deploy the newer coordinator",
			name, run.Version, Version)
	}
	l.runs.put(name, run)
	return run, nil
}

// Append writes run as record number seq of a log, signed with the writer's name and a token of this one write, and gives
// it back as written. It is ErrTaken when another record stands there.
func (l *Ledger) Append(ctx context.Context, log Log, seq int, run Run) (Run, error) {
	run.Version, run.Writer, run.Token = Version, l.writer, rand.Text()
	name := log.name(seq)
	if err := l.create(ctx, name, run.Token, run); err != nil {
		return Run{}, fmt.Errorf("ledger: append %s: %w", name, err)
	}
	l.runs.put(name, run)
	return run, nil
}

// ResetEpoch makes the fingerprints of a model's partition new, or of every model's when model is empty, so that they run
// again at the next event or sweep. The number of resets so far has to be listed in v; ErrTaken when somebody else did the
// same in between.
func (l *Ledger) ResetEpoch(ctx context.Context, v *View, p partition.Partition, model, by, why string, now time.Time) error {
	if !v.Listed(p) {
		return fmt.Errorf("ledger: reset %s: it has not been listed", p)
	}
	name := epochName(p, model, v.pages[p].resets[model]+1)
	reset := Reset{Version: Version, At: now.UTC(), Model: model, By: by, Why: why, Token: rand.Text()}
	if err := l.create(ctx, name, reset.Token, reset); err != nil {
		return fmt.Errorf("ledger: append %s: %w", name, err)
	}
	return nil
}

// create makes an object that bears a token. A store's client repeats a create whose reply was lost, and is then refused
// because of its own first try; so a refusal is believed only when the object there bears another token.
func (l *Ledger) create(ctx context.Context, name, token string, record any) error {
	data, err := json.Marshal(record)
	if err != nil {
		return err
	}
	err = l.store.Create(ctx, name, data)
	if !errors.Is(err, ErrExists) {
		return err
	}
	there, err := l.store.Read(ctx, name)
	if err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	var signed struct {
		Token string `json:"token"`
	}
	if err := json.Unmarshal(there, &signed); err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	if signed.Token != token {
		return ErrTaken
	}
	return nil
}
