package replay

import (
	"context"
	"errors"
	"time"

	"github.com/sethvargo/go-envconfig"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/scripts/internal/cli"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/scripts/internal/deployment/gcp"
	"example.com/rollcall/scripts/internal/deployment/local"
	"example.com/rollcall/shared/partition"
)

// place is where a replay is at work.
type place struct {
	*deployment.Deployment
	deployment.Worker
	ledger *ledger.Ledger
	// alone: nobody else can be at work there, so what others have begun and not ended is theirs no more.
	alone bool
	wait  deployment.RetryPolicy // with sources that are busy or in trouble
	pause time.Duration          // between two looks at how far it is
	calm  time.Duration          // without a change, after which a seek is taken to have delivered everything
	close func() error
}

// opener opens the place that the flags name.
func opener(env envconfig.Lookuper) func(context.Context, Flags, func() time.Time) (*place, error) {
	return func(ctx context.Context, f Flags, now func() time.Time) (*place, error) {
		if f.Project == "" {
			return openFolder(ctx, f.Data, env, now)
		}
		p, err := gcp.Open(ctx, f.Project, env)
		if err != nil {
			return nil, err
		}
		w := p.Work(now)
		return &place{
			Deployment: p.Deployment, Worker: w, ledger: ledger.New(p.Store, "replay"), wait: deployment.DefaultRetryPolicy, pause: 5 * time.Second, calm: 90 * time.Second,
			close: func() error { return errors.Join(w.Close(), p.Close()) },
		}, nil
	}
}

func openFolder(ctx context.Context, dir string, env envconfig.Lookuper, now func() time.Time) (*place, error) {
	s, err := datadir.Open(dir)
	if err != nil {
		return nil, err
	}
	m, err := local.Open(ctx, local.Options{
		Dir: datadir.Dir{Path: dir}, From: s.Pipeline.StartDay(), To: partition.NewestComplete(partition.Daily, now()), Env: env, Now: now,
	})
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return &place{
		Deployment: s, Worker: m, ledger: m.Ledger, alone: true, wait: deployment.RetryPolicy{Tries: 1}, pause: 200 * time.Millisecond,
		close: func() error { return errors.Join(m.Close(), s.Close()) },
	}, nil
}

// whoAmI is who is at it, for the ledger's records.
func whoAmI() string { return "replay, by " + cli.Person() }
