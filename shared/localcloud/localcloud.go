// Package localcloud provides the parts of Google Cloud that Rollcall needs in one process: Cloud Storage in a
// folder, Pub/Sub in memory, and push requests to functions on 127.0.0.1.
//
// The functions and the coordinator use the real client libraries, which connect to fake-gcs-server and pstest
// here. This package adds what those two lack: fast lists of the ledger (storage.go) and push subscriptions
// (push.go).
//
// The process may be killed at any time. Every object that was acknowledged is there when the folder is opened
// again. Messages are lost, except dead letters, so a new process must request the missing loads again.
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

// The buckets and topics of a Cloud.
const (
	Staging = "staging" // files of sources, before they are loaded
	Ledger  = "ledger"  // the coordinator's records
	Drops   = "drops"   // files that a person uploads

	Loaded     = "loaded"      // events, see package event
	Dropped    = "dropped"     // notifications of Cloud Storage about new objects in the bucket drops
	DeadLetter = "dead-letter" // messages that could not be processed, with the reason
)

// Project is the project id in the names of topics and subscriptions.
const Project = "local"

// Options configures a Cloud.
type Options struct {
	// Dir is the folder for the objects, with a folder for each bucket. Only one process may use it at a time;
	// the caller must ensure that.
	Dir string
	// DeadLetters is the folder for dead letters, with a file for each; if empty, they are lost with the process.
	DeadLetters string
	// Log is the logger; slog.Default if nil.
	Log *slog.Logger
}

// Cloud is a running set of services.
type Cloud struct {
	Storage *storage.Client
	PubSub  *pubsub.Client

	log     *slog.Logger
	objects *objects
	broker  *broker
	topics  sync.Map // of push subscriptions, by full name
	closed  sync.Once
}

// Open starts the services. Call Close when done.
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
	if c.broker, err = openBroker(ctx, opts.DeadLetters, c.log); err != nil {
		return nil, fmt.Errorf("start Pub/Sub: %w", err)
	}
	c.PubSub = c.broker.client
	return c, nil
}

// Bucket returns one of the buckets named above.
func (c *Cloud) Bucket(name string) *storage.BucketHandle { return c.Storage.Bucket(name) }

// OpenObject opens a gs:// object for reading.
func (c *Cloud) OpenObject(ctx context.Context, uri string) (io.ReadCloser, error) {
	bucket, name, ok := strings.Cut(strings.TrimPrefix(uri, "gs://"), "/")
	if !ok || !strings.HasPrefix(uri, "gs://") || bucket == "" || name == "" {
		return nil, fmt.Errorf("%q must be like gs://bucket/name", uri)
	}
	return c.Storage.Bucket(bucket).Object(name).NewReader(ctx)
}

// Idle waits until every message is processed or a dead letter, including those published while others are
// processed. It returns ctx's error if that ends first.
func (c *Cloud) Idle(ctx context.Context) error { return c.broker.inFlight.wait(ctx) }

// Close stops all services and cancels push requests under way. A second Close does nothing.
func (c *Cloud) Close() (err error) {
	c.closed.Do(func() {
		if c.broker != nil {
			err = c.broker.close()
		}
		if c.objects != nil {
			err = errors.Join(err, c.objects.close())
		}
	})
	return err
}
