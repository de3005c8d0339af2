package coordinator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/overdue"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/stage"
)

const (
	// claimLease is how long other sweeps leave a step to the sweep that has claimed it; the step takes
	// seconds.
	claimLease = 5 * time.Minute
	// maxSteps bounds the steps that one sweep takes for one partition.
	maxSteps = 4
)

// handleOverdue reports what is overdue in a sweep, and requests its loads: the newest partitions first,
// and one load for each source, because a source loads one partition at a time.
func (s *Sweeper) handleOverdue(ctx context.Context, attempts map[string][]stage.Attempt, result *SweepResult) error {
	v, err := s.list(ctx, *result)
	if err != nil {
		return err
	}
	var errs []error
	for _, source := range s.Pipeline.SortedSources() {
		requested := false
		loads, failing := stage.Completed(attempts[source.Name]), failing(v, source, attempts[source.Name])
		_, last := s.bounds(source, *result)
		for _, q := range slices.Backward(overdue.Due(s.Pipeline, source, result.From, s.Now())) {
			if _, held := v.Held(q, s.Now()); held || q.Compare(last) > 0 {
				continue // the holder of a partition also loads it
			}
			c := overdue.Case{Source: source, Partition: q, Due: source.DueAt(q, s.Pipeline.Location()),
				Missing: missing(v, source, q)}
			if len(c.Missing) == 0 && v.Seq(ledger.OverdueLog(source.Name, q)) == 0 {
				continue
			}
			err := s.learn(ctx, v, &c, loads, failing)
			if err == nil {
				err = s.takeSteps(ctx, v, c, &requested, result)
			}
			if err != nil {
				errs = append(errs, fmt.Errorf("%s %s: %w", source.Name, q, err))
			}
		}
	}
	return errors.Join(errs...)
}

// learn completes a case: with what is recorded of it and, if something is missing, with what can still be loaded and
// why the newest load failed.
func (s *Sweeper) learn(ctx context.Context, v *ledger.View, c *overdue.Case, loads []stage.Folder,
	failing map[partition.Partition]stage.Attempt) (err error) {
	c.Newest, err = s.ledger.ReadOverdue(ctx, v, c.Source.Name, c.Partition)
	if err != nil || len(c.Missing) == 0 {
		return err
	}
	if a, ok := failing[c.Partition]; ok {
		failure, err := s.readFailure(ctx, a)
		if err != nil {
			return err
		}
		c.Failure = &failure
	}
	if s.Obtainable != nil && s.Obtainable(c.Source.Name) {
		c.Staged = c.Missing
		return nil
	}
	c.Staged, err = s.staged(ctx, loads, c.Partition)
	return err
}

// takeSteps takes the steps that a case needs. It claims each step, takes it, and records that. If another
// sweep was first, it leaves the case to that one.
func (s *Sweeper) takeSteps(ctx context.Context, v *ledger.View, c overdue.Case, requested *bool,
	result *SweepResult) error {
	log := ledger.OverdueLog(c.Source.Name, c.Partition)
	seq := v.Seq(log)
	if step, _ := c.Next(s.Now()); step != overdue.Nothing {
		// A listing takes time. It can show the report of an arrival and not the arrival, so list again
		// before saying anything.
		v = &ledger.View{}
		if err := s.ledger.List(ctx, v, []partition.Partition{c.Partition}); err != nil {
			return err
		}
		if v.Seq(log) != seq {
			return nil // another sweep works on it
		}
		c.Missing = missing(v, c.Source, c.Partition)
	}
	for range maxSteps {
		step, done := c.Next(s.Now())
		if step == overdue.Nothing || step == overdue.Request && (*requested || s.Requester == nil) {
			return nil
		}
		if err := s.claim(ctx, seq+1, c, step); err != nil {
			return unlessTaken(err)
		}
		var err error
		if step == overdue.Request {
			*requested = true
			err = s.requestLoad(ctx, c, done, result)
		} else {
			err = s.reportCase(ctx, v, c, done, result)
		}
		if err != nil {
			return err // a sweep takes the step again when the claim has run out
		}
		done.At = s.Now().UTC()
		if err := s.ledger.AppendOverdue(ctx, seq+2, done); err != nil {
			return unlessTaken(err)
		}
		c.Newest, seq = &done, seq+2
	}
	return nil
}

// claim records that this sweep is about to take a step.
func (s *Sweeper) claim(ctx context.Context, seq int, c overdue.Case, step overdue.Step) error {
	record := ledger.Overdue{Source: c.Source.Name, Partition: c.Partition}
	if c.Newest != nil {
		record = *c.Newest
	}
	record.Claimed, record.At = string(step), s.Now().UTC()
	record.LeaseEnd = record.At.Add(claimLease)
	return s.ledger.AppendOverdue(ctx, seq, record)
}

func unlessTaken(err error) error {
	if errors.Is(err, ledger.ErrTaken) {
		return nil
	}
	return err
}

func (s *Sweeper) requestLoad(ctx context.Context, c overdue.Case, record ledger.Overdue, result *SweepResult) error {
	if err := s.Requester.RequestLoad(ctx, c.Source.Name, c.Partition, record.Requests); err != nil {
		return fmt.Errorf("request load: %w", err)
	}
	s.Log.InfoContext(ctx, "requested again", "source", c.Source.Name, "partition", c.Partition.String(),
		"tables", c.Missing, "requests", record.Requests)
	result.Requested = append(result.Requested, LoadRequest{c.Source.Name, c.Partition, record.Requests})
	return nil
}

// reportCase reports a case that has changed, by the log and by an event.
func (s *Sweeper) reportCase(ctx context.Context, v *ledger.View, c overdue.Case, record ledger.Overdue,
	result *SweepResult) error {
	text, command := s.advice(c.Fault(record, s.Requester != nil))
	late := &event.Late{
		Due: c.Due.UTC(), Missing: record.Missing, Lost: record.Lost, Requests: record.Requests, Hint: text, Command: command,
	}
	e := event.Event{Version: event.Version, Type: event.Overdue, Source: c.Source.Name, Partition: c.Partition,
		Late: late}
	level, message := slog.LevelError, "overdue"
	attrs := []any{"source", c.Source.Name, "partition", c.Partition.String(), "due", c.Due.Format(time.RFC3339),
		"requests", record.Requests}
	if len(c.Missing) == 0 {
		level, message = slog.LevelInfo, "arrived late"
		attrs = append(attrs, "late", c.Lateness(arrivedAt(v, c.Source, c.Partition)).String())
	} else {
		if onlyBetter(c, record) {
			level = slog.LevelWarn
		}
		late.Blocks = s.blocked(c.Missing, c.Partition)
		attrs = append(attrs, "tables", record.Missing, "lost", record.Lost, "blocks", late.Blocks, "hint", text,
			"command", command)
		if f := c.Failure; f != nil {
			late.Failure = &event.LoadFailure{
				LoadID: f.LoadID, At: f.At, Code: f.Code, Reason: shorten(f.Reason), Hint: shorten(f.Hint), Attempt: f.Attempt,
				Acceptable: f.Acceptable(),
			}
			attrs = append(attrs, "code", f.Code, "reason", f.Reason, "failed_at", f.At.Format(time.RFC3339), "attempt", f.Attempt)
		}
	}
	if err := s.Events.Publish(ctx, e); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	s.Log.Log(ctx, level, message, attrs...)
	result.Overdue = append(result.Overdue, e)
	return nil
}

// maxReason bounds the texts of a failure in an event, in bytes.
const maxReason = 2000

func shorten(text string) string {
	if len(text) <= maxReason {
		return text
	}
	return strings.ToValidUTF8(text[:maxReason-len("…")], "") + "…"
}

// onlyBetter reports whether a person knows already why tables are missing, and none of them is lost by now: some tables
// have arrived, or the requests have ended although the reason why the loads fail was reported before.
func onlyBetter(c overdue.Case, record ledger.Overdue) bool {
	before := c.Newest
	if before == nil || len(record.Reasons) > len(before.Reasons) || len(record.Lost) > len(before.Lost) ||
		len(record.Missing) > len(before.Missing) {
		return false
	}
	return record.GaveUp == before.GaveUp || c.Failure != nil
}

// arrivedAt returns when the last of a source's tables arrived for the first time.
func arrivedAt(v *ledger.View, source *pipeline.Source, q partition.Partition) (last time.Time) {
	for _, table := range source.RequiredTables() {
		if list := v.Arrivals(table, q); len(list) > 0 && list[0].LoadedAt.After(last) {
			last = list[0].LoadedAt
		}
	}
	return last
}

// missing returns the tables of a source's partition that must arrive and have not.
func missing(v *ledger.View, source *pipeline.Source, q partition.Partition) (tables []string) {
	for _, table := range source.RequiredTables() {
		if _, ok := v.Newest(table, q); !ok {
			tables = append(tables, table)
		}
	}
	return tables
}

// staged returns the tables, by full name and in order, that the newest complete load of a source's
// partition has staged for it.
func (s *Sweeper) staged(ctx context.Context, loads []stage.Folder,
	q partition.Partition) (tables []string, err error) {
	for _, f := range slices.Backward(loads) {
		if f.Partition != q {
			continue
		}
		load, err := s.Staging.Load(ctx, f)
		if err != nil {
			return nil, fmt.Errorf("sweep: %w", err)
		}
		for _, file := range load.Files {
			if file.Partition == q {
				tables = append(tables, "raw."+file.Table)
			}
		}
		slices.Sort(tables)
		return tables, nil
	}
	return nil, nil
}
