package replay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/scripts/internal/cli"

	"example.com/rollcall/scripts/internal/term"
)

// Exit statuses.
const (
	complete   = cli.Complete
	broken     = cli.Broken
	incomplete = cli.Incomplete
)

// system is what a run has of the world around it.
type system struct {
	in       io.Reader
	out, err io.Writer
	asks     bool // somebody can be asked
	colour   bool // out shows colours
	redraw   bool // err is a terminal that can be written over
	width    int  // of out, in columns; 0: it is no terminal
	now      func() time.Time
	open     func(ctx context.Context, f Flags, now func() time.Time) (*place, error)
}

// replay is one run of the command.
type replay struct {
	*place
	request
	reporter *coordinator.Coordinator
	flags    Flags
	sys      system

	mu      sync.Mutex
	refused []item // partitions that a source did not load
}

// run is the command: the status to exit with.
func run(ctx context.Context, f Flags, sys system) int {
	status, err := perform(ctx, f, sys)
	if err != nil {
		fmt.Fprintf(sys.err, "replay: %v\n", err)
		return broken
	}
	return status
}

func perform(ctx context.Context, f Flags, sys system) (status int, err error) {
	req, err := newRequest(f, sys.now())
	if err != nil {
		return broken, err
	}
	if !sys.asks && !f.Yes && !f.Plan {
		return broken, errors.New("nobody can be asked here, because this is no terminal; give --yes to begin without being asked, or --plan to see what would be done")
	}
	p, err := sys.open(ctx, f, sys.now)
	if err != nil {
		return broken, err
	}
	defer func() {
		if cerr := p.close(); err == nil && cerr != nil {
			status, err = broken, cerr
		}
	}()
	if err := req.fits(p.Manifest); err != nil {
		return broken, err
	}
	r := &replay{place: p, request: req, flags: f, sys: sys}
	if r.reporter, err = p.Reporter(sys.now); err != nil {
		return broken, err
	}
	if req.Way == letters {
		return r.sendBack(ctx)
	}
	return r.process(ctx)
}

// process is the command by date or by seek.
func (r *replay) process(ctx context.Context) (int, error) {
	s, err := r.survey(ctx)
	if err != nil {
		return broken, err
	}
	if r.flags.Plan {
		return r.tellPlan(s)
	}
	if err := r.refuse(ctx, s); err != nil {
		return broken, err
	}
	r.writePlan(r.sys.err, s)
	o := outcome{Plan: planned(s), Loads: []item{}, Runs: []item{}, Missing: []item{}}
	if s.idle(r.request) {
		if o.Missing = r.left(s); len(o.Missing) == 0 {
			fmt.Fprintln(r.sys.err, "There is nothing to do.")
		}
		return r.finish(o, false)
	}
	if err := r.confirm(ctx); err != nil {
		return broken, err
	}
	begun := r.sys.now()
	o.begun = true
	worked := r.work(ctx, s)
	stopped := ctx.Err() != nil
	if worked != nil && !stopped {
		return broken, worked
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := r.reckon(last, s, &o); err != nil {
		return broken, err
	}
	o.Milliseconds = r.sys.now().Sub(begun).Milliseconds()
	return r.finish(o, stopped)
}

// idle reports whether nothing would happen. Where messages are kept, there may be some that the ledger knows nothing of.
func (s survey) idle(req request) bool {
	if req.Way == bySeek {
		return len(s.Told) == 0 && len(s.Run) == 0 && !s.keeps
	}
	return len(s.Run) == 0 && len(s.Sources) == 0
}

// confirm asks whether to begin.
func (r *replay) confirm(ctx context.Context) error {
	if r.flags.Yes {
		return nil
	}
	fmt.Fprintln(r.sys.err)
	return cli.Confirm(ctx, r.sys.in, r.sys.err)
}

// finish reports, and is the status to exit with.
func (r *replay) finish(o outcome, stopped bool) (int, error) {
	if err := r.report(o); err != nil {
		return broken, err
	}
	term.WriteMissing(r.sys.err, notices(o.Missing))
	if stopped {
		fmt.Fprintln(r.sys.err, "Stopped. Run the same command again, and it does all of it.")
	}
	if stopped || len(o.Missing) > 0 {
		return incomplete, nil
	}
	return complete, nil
}
