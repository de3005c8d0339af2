package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/shared/cloudlog"
	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/localcloud"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/source"
)

// openSources starts every source's function, and the invented services.
func (m *Machine) openSources(ctx context.Context, declared *pipeline.Pipeline, opts Options) error {
	m.Creator = creator.NewWith(Seed, opts.Creator)
	steering, err := steer(m.Dir.Steering(), m.Creator, opts.To, partition.NewestComplete(partition.Daily, m.now()))
	if err != nil {
		return err
	}
	var faults []error
	origins := map[string]datadir.Origin{}
	for _, name := range serviceNames() {
		src, f, err := services[name].connect(ctx, opts.Env, m.Creator, steering.Fail[name])
		if err != nil {
			faults = append(faults, err)
			continue
		}
		deps := m.sourceDeps(declared, name, src.Secrets)
		deps.AsOf = f.asOf
		runner, err := source.NewRunner(src, deps)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if f.url, err = m.serve(runner.Handler()); err != nil {
			return err
		}
		f.Name, f.Newest = name, partition.NewestComplete(declared.Sources[name].Cadence, m.now())
		m.Feeds[name], origins[name] = f, f.Origin
	}
	if err := errors.Join(faults...); err != nil {
		return err
	}
	invented := slices.Contains(slices.Collect(maps.Values(origins)), datadir.Invented)
	if invented && opts.From.Compare(creator.Born) < 0 {
		return fmt.Errorf("%s is before %s, the first day of the invented creator; fix: start on that day or later",
			opts.From, creator.Born)
	}
	// A person drops the files of a real Medium, so they are invented only for an invented Medium.
	if m.Feeds["drops"], err = m.openDrops(ctx, declared, m.Feeds["medium"].Origin); err != nil {
		return err
	}
	origins["drops"] = m.Feeds["drops"].Origin
	was, err := m.Dir.Recall()
	if err != nil {
		return err
	}
	if err := was.Extend(opts.From, origins, m.Dir.Path); err != nil {
		return err
	}
	m.Pipeline = declared.WithStart(was.Start)
	return m.Dir.Remember(was)
}

func (m *Machine) sourceDeps(declared *pipeline.Pipeline, name string, secrets []string) source.Deps {
	return source.Deps{
		Section: declared.Sources[name], Pipeline: declared.Name, Staging: m.Cloud.Bucket(localcloud.Staging),
		Warehouse: m.loads, Publish: func(ctx context.Context, e event.Event) error { return m.PublishLoaded(ctx, e) },
		Now: m.now, Log: cloudlog.New(m.logFile, slog.LevelInfo, secrets...),
	}
}
