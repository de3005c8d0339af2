package localrun

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
)

// enough is how many failures in a row end the asking of a source in one run: what failed twice fails again.
const enough = 2

// work asks every source for what it is to be asked, oldest partition first, the sources side by side, and returns when
// everything that follows from it has come to rest.
func (p *parts) work(ctx context.Context, sys system, dropped []drop) error {
	before, err := p.inspector.look(ctx)
	if err != nil {
		return err
	}
	arrived := func(table string, q partition.Partition) bool {
		_, ok := before.view.Newest(table, q)
		return ok
	}
	progress := term.NewProgress(sys.err, sys.redraw, sys.now)
	defer progress.End()
	group, gctx := errgroup.WithContext(ctx)
	for _, name := range p.scope.Sources {
		src, f := p.Pipeline.Sources[name], p.Feeds[name]
		due := schedule(src, p.scope, f, arrived)
		if !f.Asks() {
			group.Go(func() error { return p.dropInvented(gctx, due) })
			continue
		}
		p.skipped += len(p.scope.Partitions(src.Cadence)) - len(due)
		l := progress.Line(name, "partitions", len(due))
		group.Go(func() error { return p.askAll(gctx, name, due, l) })
	}
	ready := 0
	for _, t := range before.targets {
		if t.Status == plan.Waiting || t.Status == plan.Ready {
			ready++
		}
	}
	l := progress.Line("models", "runs", ready)
	p.mu.Lock()
	p.observed = l.Step
	p.mu.Unlock()
	progress.Start()
	if err := group.Wait(); err != nil {
		return err
	}
	if err := p.dropFiles(ctx, dropped); err != nil {
		return err
	}
	if err := p.Cloud.Idle(ctx); err != nil {
		return err
	}
	if err := p.look(ctx); err != nil {
		return err
	}
	if err := p.sweep(ctx); err != nil {
		return err
	}
	l.Finish("")
	return nil
}

// look has the pipeline looked after as the clock does it: what an earlier run has loaded, and was stopped before it told of it,
// is found, and the log tells what is overdue.
func (p *parts) look(ctx context.Context) error {
	_, err := p.Sweeper.Between(ctx, p.scope.First(), p.scope.To)
	if err != nil && !errors.Is(err, coordinator.ErrBusy) {
		return err
	}
	return p.Cloud.Idle(ctx)
}

// sweeps bounds how often the coordinator is made to look for what is left.
const sweeps = 5

// sweep has the coordinator do what is left when all is quiet.
func (p *parts) sweep(ctx context.Context) error {
	for range sweeps {
		s, err := p.inspector.look(ctx)
		if err != nil || !s.left() {
			return err
		}
		err = p.inspector.coordinator.Sweep(ctx, p.scope.First(), p.scope.To)
		if err != nil && !errors.Is(err, coordinator.ErrBusy) {
			return err
		}
		if err := p.Cloud.Idle(ctx); err != nil {
			return err
		}
	}
	return nil // what is left now is named as missing
}

// ask is one partition of one source, or of one model.
type ask struct {
	name      string
	partition partition.Partition
}

// askAll asks one source for its partitions in order.
func (p *parts) askAll(ctx context.Context, source string, due []partition.Partition, l *term.Line) error {
	note := ""
	inARow := 0
	for n, q := range due {
		if inARow == enough {
			p.note(source, due[n:], trouble{reason: fmt.Sprintf("not asked for, because %s had failed for %s", source, due[n-1])})
			break
		}
		err := p.RequestLoad(ctx, source, q)
		var refused *deployment.Refusal
		switch {
		case err == nil:
			inARow = 0
			l.Step()
			continue
		case ctx.Err() != nil:
			p.note(source, due[n:], trouble{reason: "the run was stopped before that was loaded"})
			return ctx.Err()
		case errors.As(err, &refused):
			p.note(source, due[n:n+1], trouble{refused.Reason, refused.Hint, true})
		default:
			return err
		}
		inARow++
		note = fmt.Sprintf("failed for %s", q)
	}
	l.Finish(note)
	return nil
}

func (p *parts) note(source string, list []partition.Partition, t trouble) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, q := range list {
		p.troubles[ask{source, q}] = t
	}
}

// outcome is what has been done, and how everything stands.
func (p *parts) outcome(ctx context.Context) (outcome, error) {
	after, err := p.inspector.look(ctx)
	if err != nil {
		return outcome{}, err
	}
	if !after.underWay() {
		if err := p.Duck.Clear(ctx, "staging"); err != nil {
			return outcome{}, err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return outcome{
		Partitions: p.inspector.grid(after, p.runs, p.troubles),
		Loads:      p.loads(),
		Runs:       p.runs,
		Missing:    append(append(p.inspector.missing(after, p.troubles), p.refused...), p.unusable()...),
	}, nil
}

// loads are the load jobs of this run.
func (p *parts) loads() []item {
	list := []item{}
	for _, l := range p.Loads() {
		it := item{Source: l.Source, Table: l.Table, Partition: l.Partition, Reason: l.Failure, Milliseconds: l.Took.Milliseconds()}
		if l.Failure == "" {
			it.Rows = &l.Rows
		}
		list = append(list, it)
	}
	return list
}

// unusable are the messages that nobody could use.
func (p *parts) unusable() (list []item) {
	for _, letter := range p.Cloud.DeadLetters() {
		q, _ := partition.Parse(letter.Attributes["partition"]) // a notification of a file names none
		list = append(list, item{
			Source: letter.Attributes["source"], Partition: q, Reason: "a message could not be used: " + letter.Attributes["reason"],
			Hint: "run the same command again; " + p.Dir.Log() + " says more",
		})
	}
	return list
}
