package replay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// work does what was surveyed. While it brings things about, all that they can affect is held, so that nothing starts; then
// the coordinator is made to sweep as the one who holds, which runs each target once. What arrived meanwhile by itself was
// recorded and left, so that a last sweep, after the release, moves it on.
func (r *replay) work(ctx context.Context, s survey) error {
	progress := term.NewProgress(r.sys.err, r.sys.redraw, r.sys.now)
	defer progress.End()
	lines := map[string]*term.Line{}
	for _, src := range s.Sources {
		lines[src.Name] = progress.Line(src.Name, "loads", 1)
	}
	var told *term.Line
	if len(s.Events) > 0 {
		told = progress.Line("events", "told", len(s.Events))
	}
	runs := progress.Line("models", "runs", len(s.Run))
	progress.Start()
	err := r.holding(ctx, s, func(ctx context.Context, hold string) error {
		if err := r.reload(ctx, s.Sources, lines); err != nil {
			return err
		}
		if err := r.reset(ctx, s.course); err != nil {
			return err
		}
		if err := r.tell(ctx, s, told); err != nil {
			return err
		}
		return r.watched(ctx, s, runs, func() error { return r.SweepHolding(ctx, s.From, s.To, hold) })
	})
	if err == nil {
		err = r.watched(ctx, s, runs, func() error { return errors.Join(r.Sweep(ctx, s.From, s.To), r.Quiet(ctx, s.From, s.To)) })
	}
	runs.Finish("")
	return err
}

// reload asks the sources, side by side. One that does not load is taken note of, and the rest goes on.
func (r *replay) reload(ctx context.Context, sources []*pipeline.Source, lines map[string]*term.Line) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, src := range sources {
		group.Go(func() error {
			err := r.wait.Request(ctx, r.RequestLoad, src.Name, r.Date)
			if err == nil {
				lines[src.Name].Step()
				lines[src.Name].Finish("")
				return nil
			}
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			it := item{Source: src.Name, Partition: r.Date, Reason: err.Error()}
			var refused *deployment.Refusal
			if errors.As(err, &refused) {
				it.Reason, it.Hint = refused.Reason, refused.Hint
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			r.refused = append(r.refused, it)
			lines[src.Name].Finish("not loaded")
			return nil
		})
	}
	return group.Wait()
}

// attempts bounds how often a reset is tried while others reset the same.
const attempts = 5

// reset makes the fingerprints of the targets new: of all models of the partition at once, or of each by itself.
func (r *replay) reset(ctx context.Context, k course) error {
	names := []string{""}
	if r.Model != "" {
		names = nil
		for _, t := range k.Reset {
			names = append(names, t.Model.Name)
		}
	}
	if len(k.Reset) == 0 {
		return nil
	}
	for _, name := range names {
		for try := 1; ; try++ {
			v := &ledger.View{}
			if err := r.ledger.List(ctx, v, []partition.Partition{r.Date}); err != nil {
				return err
			}
			err := r.ledger.ResetEpoch(ctx, v, r.Date, name, whoAmI(), r.why(), r.sys.now())
			if err == nil {
				break
			}
			if !errors.Is(err, ledger.ErrTaken) || try == attempts {
				return err
			}
		}
	}
	return nil
}

// tell has the events delivered again, and waits until they are handled.
func (r *replay) tell(ctx context.Context, s survey, l *term.Line) error {
	sought := false
	if r.Way == bySeek {
		err := r.Seek(ctx, r.Since)
		if sought = err == nil; err != nil && !errors.Is(err, deployment.ErrNoSeek) {
			return err
		}
	}
	if !sought {
		for _, e := range s.Events {
			if err := r.Publish(ctx, e); err != nil {
				return err
			}
			l.Step()
		}
	}
	if l != nil {
		l.Finish("")
	}
	if err := r.Quiet(ctx, s.From, s.To); err != nil || !sought {
		return err
	}
	return r.calmed(ctx, s)
}

// calmed waits until what a seek brings again has ceased to change anything: nobody tells when the last message has come.
func (r *replay) calmed(ctx context.Context, s survey) error {
	last, since := -1, r.sys.now()
	for {
		v, err := r.list(ctx, s.course)
		if err != nil {
			return err
		}
		n := 0
		for _, p := range s.within() {
			for _, table := range v.Tables(p) {
				n += len(v.Arrivals(table, p))
			}
		}
		now := r.sys.now()
		if n != last {
			last, since = n, now
		}
		if now.Sub(since) >= r.calm {
			return nil
		}
		if err := pause(ctx, r.pause); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// watched does something, and shows the runs that end meanwhile.
func (r *replay) watched(ctx context.Context, s survey, l *term.Line, do func() error) error {
	ended := make(chan error, 1)
	go func() { ended <- do() }()
	tick := time.NewTicker(r.pause)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			return errors.Join(err, r.count(context.WithoutCancel(ctx), s, l))
		case <-tick.C:
			if err := r.count(ctx, s, l); err != nil && ctx.Err() == nil {
				return errors.Join(err, <-ended)
			}
		}
	}
}

func (r *replay) count(ctx context.Context, s survey, l *term.Line) error {
	runs, err := r.runsSince(ctx, s)
	if err != nil {
		return fmt.Errorf("look how far it is: %w", err)
	}
	for l.Done() < len(runs) {
		l.Step()
	}
	return nil
}
