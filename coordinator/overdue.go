package coordinator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/overdue"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/stage"
)

const (
	// claimed is how long another leaves a step to the sweep that has claimed it; a report or an ask takes seconds.
	claimed = 5 * time.Minute
	// steps bounds what one sweep says and does about one partition.
	steps = 4
)

// watch reports what is overdue of what a sweep looks at, and asks for it: the newest partitions first, and of each source
// for one only, because it answers for one at a time.
func (s *Sweeper) watch(ctx context.Context, loads map[string][]stage.Folder, swept *SweepResult) error {
	v, err := s.list(ctx, *swept)
	if err != nil {
		return err
	}
	var errs []error
	for _, source := range s.Pipeline.SortedSources() {
		asked := false
		_, last := s.bounds(source, *swept)
		for _, q := range slices.Backward(overdue.Due(s.Pipeline, source, swept.From, s.Now())) {
			if _, held := v.Held(q, s.Now()); held || q.Compare(last) > 0 {
				continue // whoever holds it is at it
			}
			c := overdue.Case{Source: source, Partition: q, Due: source.DueAt(q, s.Pipeline.Location()), Missing: missing(v, source, q)}
			if len(c.Missing) == 0 && v.Seq(ledger.OverdueLog(source.Name, q)) == 0 {
				continue
			}
			var err error
			if c.Newest, err = s.ledger.ReadOverdue(ctx, v, source.Name, q); err == nil && len(c.Missing) > 0 {
				c.Staged, err = s.staged(ctx, loads[source.Name], q)
			}
			if err == nil {
				err = s.attend(ctx, v, c, &asked, swept)
			}
			if err != nil {
				errs = append(errs, fmt.Errorf("%s %s: %w", source.Name, q, err))
			}
		}
	}
	return errors.Join(errs...)
}

// attend takes the steps that a case calls for: each is claimed, done, and then known to be done. When another was first, it
// is left to them.
func (s *Sweeper) attend(ctx context.Context, v *ledger.View, c overdue.Case, asked *bool, swept *SweepResult) error {
	log := ledger.OverdueLog(c.Source.Name, c.Partition)
	seq := v.Seq(log)
	if step, _ := c.Next(s.Now()); step != overdue.Nothing {
		// A listing takes time, and can show what was said of an arrival and not the arrival: what is said is from after that.
		v = &ledger.View{}
		if err := s.ledger.List(ctx, v, []partition.Partition{c.Partition}); err != nil {
			return err
		}
		if v.Seq(log) != seq {
			return nil // another is at it
		}
		c.Missing = missing(v, c.Source, c.Partition)
	}
	for range steps {
		step, done := c.Next(s.Now())
		if step == overdue.Nothing || step == overdue.Request && (*asked || s.Requester == nil) {
			return nil
		}
		if err := s.claim(ctx, seq+1, c, step); err != nil {
			return unlessTaken(err)
		}
		var err error
		if step == overdue.Request {
			*asked = true
			err = s.requestLoad(ctx, c, done, swept)
		} else {
			err = s.report(ctx, v, c, done, swept)
		}
		if err != nil {
			return err // it is done again when the claim's lease has ended
		}
		done.At = s.Now().UTC()
		if err := s.ledger.AppendOverdue(ctx, seq+2, done); err != nil {
			return unlessTaken(err)
		}
		c.Newest, seq = &done, seq+2
	}
	return nil
}

// claim writes that this sweep is about to take a step, before which nothing of it counts.
func (s *Sweeper) claim(ctx context.Context, seq int, c overdue.Case, step overdue.Step) error {
	w := ledger.Overdue{Source: c.Source.Name, Partition: c.Partition}
	if c.Newest != nil {
		w = *c.Newest
	}
	w.Claimed, w.At = string(step), s.Now().UTC()
	w.LeaseEnd = w.At.Add(claimed)
	return s.ledger.AppendOverdue(ctx, seq, w)
}

func unlessTaken(err error) error {
	if errors.Is(err, ledger.ErrTaken) {
		return nil
	}
	return err
}

// requestLoad asks the source.
func (s *Sweeper) requestLoad(ctx context.Context, c overdue.Case, w ledger.Overdue, swept *SweepResult) error {
	if err := s.Requester.RequestLoad(ctx, c.Source.Name, c.Partition, w.Requests); err != nil {
		return fmt.Errorf("ask it again: %w", err)
	}
	s.Log.InfoContext(ctx, "requested again", "source", c.Source.Name, "partition", c.Partition.String(), "tables", c.Missing, "requests", w.Requests)
	swept.Requested = append(swept.Requested, LoadRequest{c.Source.Name, c.Partition, w.Requests})
	return nil
}

// report tells people, by the log and by an event, how a case stands that has changed.
func (s *Sweeper) report(ctx context.Context, v *ledger.View, c overdue.Case, w ledger.Overdue, swept *SweepResult) error {
	hint, command := c.Hint(w, s.Requester != nil)
	late := &event.Late{Due: c.Due.UTC(), Missing: w.Missing, Lost: w.Lost, Requests: w.Requests, Hint: hint, Command: s.command(command)}
	e := event.Event{Version: event.Version, Type: event.Overdue, Source: c.Source.Name, Partition: c.Partition, Late: late}
	level, message := slog.LevelError, "overdue"
	attrs := []any{"source", c.Source.Name, "partition", c.Partition.String(), "due", c.Due.Format(time.RFC3339), "requests", w.Requests}
	if len(c.Missing) == 0 {
		level, message = slog.LevelInfo, "arrived late"
		attrs = append(attrs, "late", c.Lateness(arrived(v, c.Source, c.Partition)).String())
	} else {
		if fewer(c, w) {
			level = slog.LevelWarn
		}
		late.Blocks = s.blocked(c.Missing, c.Partition)
		attrs = append(attrs, "tables", w.Missing, "lost", w.Lost, "blocks", late.Blocks, "hint", hint, "command", late.Command)
	}
	if err := s.Events.Publish(ctx, e); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	s.Log.Log(ctx, level, message, attrs...)
	swept.Overdue = append(swept.Overdue, e)
	return nil
}

// fewer reports whether all that is new about a case is good: some tables have come.
func fewer(c overdue.Case, w ledger.Overdue) bool {
	return c.Newest != nil && len(w.Missing) < len(c.Newest.Missing) && len(w.Lost) <= len(c.Newest.Lost) && w.GaveUp == c.Newest.GaveUp
}

// arrived is when the last of a source's tables came for the first time.
func arrived(v *ledger.View, source *pipeline.Source, q partition.Partition) (last time.Time) {
	for _, table := range source.SortedTables() {
		if list := v.Arrivals(table, q); len(list) > 0 && list[0].LoadedAt.After(last) {
			last = list[0].LoadedAt
		}
	}
	return last
}

// command is a command for a person, with the project that it is about.
func (c *Coordinator) command(text string) string {
	if text == "" || c.Project == "" {
		return text
	}
	return text + " --project " + c.Project
}
