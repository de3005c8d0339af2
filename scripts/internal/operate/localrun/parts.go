package localrun

import (
	"context"
	"errors"
	"sync"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/scripts/internal/deployment/local"
)

// parts are the machine that does the work, and what has come of it in this run.
type parts struct {
	*local.Machine
	scope     scope
	inspector *inspector

	mu       sync.Mutex
	runs     []item
	observed func() // tells the progress of each run's end
	troubles map[ask]trouble
	fates    []string // of the dropped files that were loaded
	refused  []item   // those that were not
	skipped  int      // partitions that were not asked for again
}

// open starts everything.
func open(ctx context.Context, h datadir.Dir, sc scope, sys system) (_ *parts, err error) {
	p := &parts{scope: sc, troubles: map[ask]trouble{}, runs: []item{}, observed: func() {}}
	p.Machine, err = local.Open(ctx, local.Options{Dir: h, From: sc.From, To: sc.To, Env: sys.env, Now: sys.now, Observe: p.observe})
	if err != nil {
		return nil, err
	}
	s, err := p.Deployment()
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	p.inspector = &inspector{
		site: s, coordinator: p.Coordinator, ledger: p.Ledger, models: p.Manifest.Models, pipeline: p.Pipeline, scope: sc, feeds: p.Feeds,
	}
	return p, nil
}

// observe is told of every model run's end.
func (p *parts) observe(end ledger.Run, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.runs = append(p.runs, ended(end, took))
	p.observed()
}
