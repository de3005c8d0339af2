// Package localcloud is the part of Google Cloud that Rollcall needs, within one process and for one person: Cloud Storage
// kept in a folder, Pub/Sub kept in memory, and the pushing of messages to functions on 127.0.0.1.
//
// The functions and the coordinator cannot tell: they are given the real client libraries, which talk to fake-gcs-server
// and to pstest. What those two leave out is added here, and nothing else: the ledger is kept where a list costs little
// (see ledger.go), and messages are pushed (see push.go).
//
// A process may be killed at any moment. What Cloud Storage has acknowledged stands when the folder is opened again;
// messages are lost, dead letters excepted, so whoever starts again has to ask the sources again for what has not arrived.
package localcloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/storage"
)

// The buckets and topics that a Cloud has, by name.
const (
	Staging = "staging" // what sources read, before it is loaded
	Ledger  = "ledger"  // the coordinator's records
	Drops   = "drops"   // files that a person drops

	Loaded     = "loaded"      // events: a table's partition was loaded
	Dropped    = "dropped"     // notifications of Cloud Storage: an object arrived in the bucket drops
	DeadLetter = "dead-letter" // messages that could not be used, with the reason
)

// Project is the project's id in the names of topics and subscriptions.
const Project = "local"

// Options say where a Cloud keeps its objects.
type Options struct {
	// Dir is the folder of the objects, a folder for each bucket in it. One process has it at a time; that is the caller's
	// to see to.
	Dir string
	// DeadLetters is the folder that dead letters are kept in, a file for each; empty: they end with the process.
	DeadLetters string
	Log         *slog.Logger // nil: slog.Default
}

// Cloud is one running set of services.
type Cloud struct {
	Storage *storage.Client
	PubSub  *pubsub.Client

	log     *slog.Logger
	objects *objects
	bus     *bus
	topics  sync.Map // of the subscriptions that are pushed, by full name
	closed  sync.Once
}

// Open starts the services. Close them when done.
func Open(ctx context.Context, opts Options) (_ *Cloud, err error) {
	c := &Cloud{log: opts.Log}
	if c.log == nil {
		c.log = slog.Default()
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close())
		}
	}()
	if c.objects, err = openObjects(ctx, opts.Dir); err != nil {
		return nil, fmt.Errorf("open objects in %s: %w", opts.Dir, err)
	}
	c.Storage = c.objects.client
	if c.bus, err = openBus(ctx, opts.DeadLetters, c.log); err != nil {
		return nil, fmt.Errorf("start Pub/Sub: %w", err)
	}
	c.PubSub = c.bus.client
	return c, nil
}

// Bucket is one of the buckets named above.
func (c *Cloud) Bucket(name string) *storage.BucketHandle { return c.Storage.Bucket(name) }

// OpenObject reads a gs:// object from its beginning.
func (c *Cloud) OpenObject(ctx context.Context, uri string) (io.ReadCloser, error) {
	bucket, name, ok := strings.Cut(strings.TrimPrefix(uri, "gs://"), "/")
	if !ok || !strings.HasPrefix(uri, "gs://") || bucket == "" || name == "" {
		return nil, fmt.Errorf("%q is not like gs://bucket/name", uri)
	}
	return c.Storage.Bucket(bucket).Object(name).NewReader(ctx)
}

// Idle returns when every message published so far, and every message published while handling those, has been handled or
// is a dead letter; or with ctx's error.
func (c *Cloud) Idle(ctx context.Context) error { return c.bus.flow.wait(ctx) }

// Close ends all services. Pushes under way are broken off. A second Close does nothing.
func (c *Cloud) Close() (err error) {
	c.closed.Do(func() {
		if c.bus != nil {
			err = c.bus.close()
		}
		if c.objects != nil {
			err = errors.Join(err, c.objects.close())
		}
	})
	return err
}
