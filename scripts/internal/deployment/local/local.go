// Package local runs all of Rollcall in this process, over a data folder: the functions and the coordinator
// that are deployed, each behind its own HTTP server on 127.0.0.1; shared/localcloud instead of Cloud Storage
// and Pub/Sub; a DuckDB file instead of BigQuery; and invented services instead of those for which the
// environment has no credentials.
//
// DuckDB needs cgo. Without cgo the package builds, and Open fails with the reason.
package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/sethvargo/go-envconfig"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/models"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/shared/cloudlog"
	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/localcloud"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/warehouse"
)

// Seed is the seed of the invented creator: the same everywhere, so that two people see the same numbers.
const Seed = 1

// Options configures a Machine.
type Options struct {
	Dir datadir.Dir
	// From and To are the days of the work. A From before all days that were ever loaded in the folder becomes the
	// pipeline's start there.
	From, To partition.Partition
	Env      envconfig.Lookuper // settings of real services
	Now      func() time.Time
	Creator  creator.Options // of the invented creator
	// Manifest holds the models; nil: those that this program was built with.
	Manifest *manifest.Manifest
	// Observe is called at every model run's end, with how long it took. It may be called from several goroutines.
	// Nil: not called.
	Observe func(end ledger.Run, took time.Duration)
}

// Warehouse is the database of a Machine.
type Warehouse interface {
	warehouse.Driver
	// Query reads rows, columns by name, at most limit.
	Query(ctx context.Context, sql string, params map[string]any, limit int) ([]map[string]any, error)
	// Clear drops the tables of a dataset.
	Clear(ctx context.Context, dataset string) error
	Close() error
}

// Machine holds everything that runs in this process.
type Machine struct {
	Dir         datadir.Dir
	Pipeline    *pipeline.Pipeline
	Manifest    *manifest.Manifest
	Coordinator *coordinator.Coordinator
	Sweeper     *coordinator.Sweeper // requests no loads
	Ledger      *ledger.Ledger
	Warehouse   Warehouse
	Cloud       *localcloud.Cloud
	Creator     *creator.Creator // whose data the invented services have
	Feeds       map[string]*Feed // by source

	// PublishLoaded publishes what the sources have loaded; Publish at first.
	PublishLoaded func(ctx context.Context, e event.Event) error

	now     func() time.Time
	log     *slog.Logger
	logFile io.Writer
	loads   *loadLog
	store   ledger.Store
	events  *event.Publisher
	client  *http.Client
	closers []func() error // called in reverse
}

// Open starts everything. The warehouse comes first: its file is what only one process can have.
func Open(ctx context.Context, opts Options) (_ *Machine, err error) {
	declared, err := pipeline.Parse(coordinator.PipelineYAML)
	if err != nil {
		return nil, err
	}
	if opts.Manifest == nil {
		opts.Manifest = models.Load(manifest.DuckDB)
	}
	m := &Machine{
		Dir: opts.Dir, Manifest: opts.Manifest, Feeds: map[string]*Feed{}, now: opts.Now,
		client: &http.Client{Transport: &http.Transport{}},
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, m.Close())
		}
	}()
	if err := os.MkdirAll(m.Dir.Path, 0o700); err != nil {
		return nil, err
	}
	m.onClose(func() error { m.client.CloseIdleConnections(); return nil })
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	m.onClose(func() error { cancel(); return nil })
	read := func(ctx context.Context, uri string) (io.ReadCloser, error) { return m.Cloud.OpenObject(ctx, uri) }
	if m.Warehouse, err = openWarehouse(ctx, m.Dir.Warehouse(), opts.Now, read); err != nil {
		return nil, err
	}
	m.onClose(m.Warehouse.Close)
	m.loads = newLoadLog(m.Warehouse)

	logFile, err := openLog(m.Dir.Log())
	if err != nil {
		return nil, err
	}
	m.onClose(logFile.Close)
	m.logFile, m.log = logFile, cloudlog.New(logFile, slog.LevelInfo)
	m.Cloud, err = localcloud.Open(ctx, localcloud.Options{Dir: m.Dir.Objects(), DeadLetters: m.Dir.DeadLetters(),
		Log: m.log})
	if err != nil {
		return nil, err
	}
	m.onClose(m.Cloud.Close)
	m.events = event.NewPublisher(m.Cloud.PubSub, localcloud.Loaded)
	m.PublishLoaded = m.events.Publish
	m.onClose(func() error { m.events.Stop(); return nil })

	if err := m.openSources(ctx, declared, opts); err != nil {
		return nil, err
	}
	if err := m.openCoordinator(ctx, opts.Observe); err != nil {
		return nil, err
	}
	return m, m.noticeGone(ctx)
}

func (m *Machine) openCoordinator(ctx context.Context, observe func(ledger.Run, time.Duration)) error {
	m.store = ledger.NewBucket(m.Cloud.Storage, localcloud.Ledger)
	m.Ledger = ledger.New(m.store, "local")
	dead := event.NewPublisher(m.Cloud.PubSub, localcloud.DeadLetter)
	m.onClose(func() error { dead.Stop(); return nil })
	limits := coordinator.DefaultLimits()
	limits.Parallel = 2 // the warehouse writes one job at a time
	var err error
	m.Coordinator, err = coordinator.New(limits, coordinator.Deps{
		Pipeline: m.Pipeline, Manifest: m.Manifest, Store: m.store, Warehouse: m.loads, Events: m.events, DeadLetters: dead,
		Staging: coordinator.BucketStaging{Bucket: m.Cloud.Storage.Bucket(localcloud.Staging)}, Exclusive: true,
		OnRunEnd: observe, Now: m.now, Log: m.log,
	})
	if err != nil {
		return err
	}
	m.Sweeper = coordinator.NewSweeper(m.Coordinator, coordinator.SweepDeps{
		Obtainable: func(source string) bool { return m.Feeds[source].Origin == datadir.Invented },
	})
	url, err := m.serve(m.Coordinator)
	if err != nil {
		return err
	}
	return m.Cloud.Push(ctx, localcloud.Loaded, "coordinator", url, localcloud.PushOptions{})
}

// Deployment returns the data folder, with a ledger that can be written to.
func (m *Machine) Deployment() (*deployment.Deployment, error) {
	s, err := datadir.Open(m.Dir.Path)
	if err == nil {
		s.Store, s.Manifest = m.store, m.Manifest
	}
	return s, err
}

// Loads returns the load jobs that have ended since the start.
func (m *Machine) Loads() []Load { return m.loads.ended() }

func (m *Machine) serve(h http.Handler) (url string, err error) {
	url, closeServer, err := localcloud.Serve(h)
	if err == nil {
		m.onClose(closeServer)
	}
	return url, err
}

func (m *Machine) onClose(f func() error) { m.closers = append(m.closers, f) }

// Close ends everything. Work in progress is interrupted, and continues when the folder is opened again. A
// second Close does nothing.
func (m *Machine) Close() error {
	var errs []error
	for _, closer := range slices.Backward(m.closers) {
		errs = append(errs, closer())
	}
	m.closers = nil
	return errors.Join(errs...)
}

// maxLog is the size beyond which a new log is begun; the old one is kept beside it.
const maxLog = 16 << 20

func openLog(name string) (*os.File, error) {
	if info, err := os.Stat(name); err == nil && info.Size() > maxLog {
		if err := os.Rename(name, name+".old"); err != nil {
			return nil, fmt.Errorf("begin a new log: %w", err)
		}
	}
	return os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
}
