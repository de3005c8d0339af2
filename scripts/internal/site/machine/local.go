package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/models"
	"example.com/rollcall/shared/cloudlog"
	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/localcloud"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/warehouse/duckdb"
)

// seed is that of the invented creator: the same everywhere, so that two people see the same numbers.
const seed = 1

// parts are everything that runs in this process.
type parts struct {
	home      home
	pipeline  *pipeline.Pipeline
	scope     scope
	duck      *duckdb.Driver
	warehouse *watch
	cloud     *localcloud.Cloud
	events    *event.Publisher
	publish   func(ctx context.Context, e event.Event) error // of what the sources have loaded
	creator   *creator.Creator
	feeds     map[string]feed
	inspector *inspector
	log       *slog.Logger

	closers []func() error // called in reverse

	mu       sync.Mutex
	runs     []item
	observed func() // tells the progress of each run's end
	troubles map[ask]trouble
	fates    []string // of the dropped files that were loaded
	refused  []item   // those that were not
	skipped  int      // partitions that were not asked for again
}

// open starts everything. The warehouse comes first: its file is what only one process can have.
func open(ctx context.Context, h home, declared *pipeline.Pipeline, sc scope, sys system) (_ *parts, err error) {
	p := &parts{home: h, scope: sc, feeds: map[string]feed{}, troubles: map[ask]trouble{}, runs: []item{}, observed: func() {}}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p.closers = append(p.closers, func() error { cancel(); return nil })
	p.duck, err = duckdb.Open(ctx, duckdb.Options{
		Path: h.warehouse(),
		Open: func(ctx context.Context, uri string) (io.ReadCloser, error) { return p.cloud.OpenObject(ctx, uri) },
	})
	if err != nil {
		return nil, err
	}
	p.closers = append(p.closers, p.duck.Close)
	p.warehouse = newWatch(p.duck)

	logFile, err := h.openLog()
	if err != nil {
		return nil, err
	}
	p.closers = append(p.closers, logFile.Close)
	p.log = cloudlog.New(logFile, slog.LevelInfo)
	if p.cloud, err = localcloud.Open(ctx, localcloud.Options{Dir: h.objects(), Log: p.log}); err != nil {
		return nil, err
	}
	p.closers = append(p.closers, p.cloud.Close)
	p.events = event.NewPublisher(p.cloud.PubSub, localcloud.Loaded)
	p.publish = p.events.Publish
	p.closers = append(p.closers, func() error { p.events.Stop(); return nil })

	if err := p.openSources(ctx, declared, sys, logFile); err != nil {
		return nil, err
	}
	return p, p.openCoordinator(ctx, sys)
}

// openSources makes every source's function, and the services that are invented.
func (p *parts) openSources(ctx context.Context, declared *pipeline.Pipeline, sys system, logFile io.Writer) error {
	p.creator = creator.New(seed)
	steering, err := p.home.steer(p.creator, p.scope.to)
	if err != nil {
		return err
	}
	var faults []error
	origins := map[string]origin{}
	for _, name := range serviceNames() {
		src, f, err := services[name].connect(ctx, sys.env, p.creator, steering.Fail[name])
		if err != nil {
			faults = append(faults, err)
			continue
		}
		runner := source.NewRunner(src, p.sourceDeps(sys, logFile, declared.Name, src.Secrets))
		if f.url, err = p.serve(runner.Handler()); err != nil {
			return err
		}
		f.name, f.newest = name, partition.NewestComplete(src.Grain, sys.now())
		p.feeds[name], origins[name] = f, f.origin
	}
	if err := errors.Join(faults...); err != nil {
		return err
	}
	// A person drops files of Medium's, so invented ones stand in only for an invented Medium.
	if p.feeds["drops"], err = p.openDrops(ctx, sys, logFile, declared.Name, p.feeds["medium"].origin); err != nil {
		return err
	}
	origins["drops"] = p.feeds["drops"].origin
	was, err := p.home.recall()
	if err != nil {
		return err
	}
	if err := was.extend(p.scope, origins, p.home.dir); err != nil {
		return err
	}
	p.pipeline = declared.WithStart(was.Start)
	return p.home.remember(was)
}

func (p *parts) sourceDeps(sys system, logFile io.Writer, pipeline string, secrets []string) source.Deps {
	return source.Deps{
		Staging: p.cloud.Bucket(localcloud.Staging), Warehouse: p.warehouse, Publish: func(ctx context.Context, e event.Event) error { return p.publish(ctx, e) },
		Now: sys.now, Log: cloudlog.New(logFile, slog.LevelInfo, secrets...), Pipeline: pipeline,
	}
}

func (p *parts) openCoordinator(ctx context.Context, sys system) error {
	manifest := models.Load()
	store := ledger.NewBucket(p.cloud.Storage, localcloud.Ledger)
	dead := event.NewPublisher(p.cloud.PubSub, localcloud.DeadLetter)
	p.closers = append(p.closers, func() error { dead.Stop(); return nil })
	limits := coordinator.DefaultLimits()
	limits.Parallel = 2 // the warehouse writes one job at a time
	c, err := coordinator.New(limits, coordinator.Deps{
		Pipeline: p.pipeline, Manifest: manifest, Store: store, Warehouse: p.warehouse, Events: p.events, DeadLetters: dead,
		Alone: true, Observe: p.observe, Now: sys.now, Log: p.log,
	})
	if err != nil {
		return err
	}
	p.inspector = &inspector{
		coordinator: c, ledger: ledger.New(store, "local"), models: manifest.Models, pipeline: p.pipeline, scope: p.scope, feeds: p.feeds,
	}
	url, err := p.serve(c)
	if err != nil {
		return err
	}
	return p.cloud.Push(ctx, localcloud.Loaded, "coordinator", url, localcloud.PushOptions{})
}

// observe is told of every model run's end.
func (p *parts) observe(end ledger.Run, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.runs = append(p.runs, ended(end, took))
	p.observed()
}

func (p *parts) serve(h http.Handler) (url string, err error) {
	url, closeServer, err := localcloud.Serve(h)
	if err == nil {
		p.closers = append(p.closers, closeServer)
	}
	return url, err
}

func (p *parts) close() error {
	var errs []error
	for i := len(p.closers) - 1; i >= 0; i-- {
		errs = append(errs, p.closers[i]())
	}
	return errors.Join(errs...)
}

// maxLog is the size beyond which the log begins anew; the old one is kept beside it.
const maxLog = 16 << 20

func (h home) openLog() (*os.File, error) {
	if info, err := os.Stat(h.log()); err == nil && info.Size() > maxLog {
		if err := os.Rename(h.log(), h.log()+".old"); err != nil {
			return nil, fmt.Errorf("begin the log anew: %w", err)
		}
	}
	return os.OpenFile(h.log(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
}
