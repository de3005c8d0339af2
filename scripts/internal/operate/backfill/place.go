package backfill

import (
	"context"
	"errors"
	"time"

	"github.com/sethvargo/go-envconfig"

	"example.com/rollcall/scripts/internal/days"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/scripts/internal/deployment/gcp"
	"example.com/rollcall/scripts/internal/deployment/local"
)

// place is where a backfill is at work. In a data folder this process is the only one that is, so whoever else holds there has ended;
// and days before the start move the start.
type place struct {
	*deployment.Deployment
	// work opens what does things there; the site that it gives has a ledger that can be written to.
	work func(ctx context.Context, sc days.Scope) (*deployment.Deployment, deployment.Worker, error)
}

// opener opens the place that the flags name.
type opener func(ctx context.Context, f Flags) (*place, error)

// openPlace opens a data folder or a project with the settings of an environment.
func openPlace(env envconfig.Lookuper, now func() time.Time) opener {
	return func(ctx context.Context, f Flags) (*place, error) {
		if f.Project != "" {
			return openProject(ctx, f.Project, env, now)
		}
		dir := f.Data
		if dir == "" {
			dir = datadir.Default
		}
		return openFolder(dir, env, now)
	}
}

func openProject(ctx context.Context, id string, env envconfig.Lookuper, now func() time.Time) (*place, error) {
	p, err := gcp.Open(ctx, id, env)
	if err != nil {
		return nil, err
	}
	return &place{Deployment: p.Deployment, work: func(context.Context, days.Scope) (*deployment.Deployment, deployment.Worker, error) {
		return p.Deployment, p.Work(now), nil
	}}, nil
}

// openFolder reads a data folder. Only work starts anything there.
func openFolder(dir string, env envconfig.Lookuper, now func() time.Time) (*place, error) {
	s, err := datadir.Open(dir)
	if err != nil {
		return nil, err
	}
	return &place{Deployment: s, work: func(ctx context.Context, sc days.Scope) (*deployment.Deployment, deployment.Worker, error) {
		m, err := local.Open(ctx, local.Options{Dir: datadir.Dir{Path: dir}, From: sc.From, To: sc.To, Env: env, Now: now})
		if err != nil {
			return nil, nil, err
		}
		s, err := m.Deployment()
		if err != nil {
			return nil, nil, errors.Join(err, m.Close())
		}
		return s, m, nil
	}}, nil
}
