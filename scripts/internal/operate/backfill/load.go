package backfill

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// enough is how many failures in a row end the asking of a source: what failed twice fails again.
const enough = 2

// trouble is why a source's partition did not come.
type trouble struct{ reason, hint string }

// loader asks sources, and takes note of what did not come.
type loader struct {
	ask  func(ctx context.Context, source string, p partition.Partition) error
	wait deployment.RetryPolicy

	mu       sync.Mutex
	troubles map[request]trouble
}

// request is one partition of one source.
type request struct {
	source    string
	partition partition.Partition
}

// load runs all errands, so many sources at once and each of them for one partition at a time, oldest first. It is an error only when
// ctx ends.
func (l *loader) load(ctx context.Context, errands []errand, parallel int, progress *term.Progress) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	errands = slices.DeleteFunc(slices.Clone(errands), func(e errand) bool { return len(e.requests) == 0 })
	lines := make([]*term.Line, len(errands))
	for n, e := range errands { // all lines before the first group.Go waits for a place
		lines[n] = progress.Line(e.source.Name, "requests", len(e.requests))
	}
	progress.Start()
	for n, e := range errands {
		group.Go(func() error { return l.run(ctx, e, lines[n]) })
	}
	return group.Wait()
}

// run runs one errand.
func (l *loader) run(ctx context.Context, e errand, line *term.Line) error {
	note, inARow := "", 0
	for n, p := range e.requests {
		if inARow == enough {
			for _, q := range e.requests[n:] {
				l.note(e.source.Name, q, trouble{reason: fmt.Sprintf("not asked for, because %s had failed for %s", e.source.Name, e.requests[n-1])})
			}
			break
		}
		err := l.wait.Request(ctx, l.ask, e.source.Name, p)
		switch {
		case err == nil:
			inARow = 0
			line.Step()
			continue
		case ctx.Err() != nil:
			line.Finish("stopped")
			return context.Cause(ctx)
		}
		t := trouble{reason: err.Error()}
		var refused *deployment.Refusal
		if errors.As(err, &refused) {
			t = trouble{refused.Reason, refused.Hint}
		}
		l.note(e.source.Name, p, t)
		note = fmt.Sprintf("failed for %s", p)
		if scheduled(e.source) { // what a person drops may be there for one month and not for another
			inARow++
		}
	}
	line.Finish(note)
	return nil
}

// scheduled reports whether a source is asked by the clock, rather than told by what a person drops.
func scheduled(s *pipeline.Source) bool { return s.Schedule != "" }

func (l *loader) note(source string, p partition.Partition, t trouble) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.troubles[request{source, p}] = t
}
