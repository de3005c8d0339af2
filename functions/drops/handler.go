package drops

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"cloud.google.com/go/storage"

	"example.com/rollcall/shared/cloudlog"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/source"
)

// maxRounds bounds how often a load starts again because a file arrived during it.
const maxRounds = 5

type handler struct {
	folder  folder
	runner  *source.Runner
	byHand  http.Handler
	extract source.Extract
	now     func() time.Time
	log     *slog.Logger
}

// Handler serves the source over a bucket. It answers two kinds of request:
//
// A Pub/Sub push of a Cloud Storage notification. Handler reads the object that arrived and loads each month in
// it again, from all files of the bucket. It copies a file that cannot be decoded to quarantine/, with the
// reason beside it, and logs an error. It answers 204 in both cases, and for an object that is not a drop. It
// answers 503, for another delivery, if the failure may pass.
//
// {"partition":"2026-10"}, by a person. Handler loads the month again from the files in the bucket, and answers
// as the frame does.
func Handler(cfg Config, bucket *storage.BucketHandle, deps source.Deps) (http.Handler, error) {
	src, err := New(cfg, bucket)
	if err != nil {
		return nil, err
	}
	runner, err := source.NewRunner(src, deps)
	if err != nil {
		return nil, err
	}
	h := &handler{folder: folder{bucket}, runner: runner, extract: src.Extract, now: deps.Now, log: deps.Log}
	if h.now == nil {
		h.now = time.Now
	}
	if h.log == nil {
		h.log = slog.Default()
	}
	h.log = h.log.With("source", src.Name)
	h.byHand = h.runner.Serve(func(ctx context.Context, p partition.Partition, _ time.Time) (source.Result, error) {
		return h.reload(cloudlog.With(ctx, h.log), p)
	})
	return h, nil
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, event.MaxPushBytes))
	if err != nil {
		http.Error(w, "body: "+err.Error(), http.StatusBadRequest)
		return
	}
	var push struct {
		Message json.RawMessage `json:"message"`
	}
	if json.Unmarshal(body, &push) != nil || push.Message == nil {
		r.Body = io.NopCloser(bytes.NewReader(body))
		h.byHand.ServeHTTP(w, r)
		return
	}
	p, err := event.DecodePush(bytes.NewReader(body))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	log := h.log.With("object", p.Message.Attributes["objectId"], "message_id", p.Message.MessageID)
	err = h.arrived(cloudlog.With(r.Context(), log), p.Message.Attributes)
	var final *source.Error
	switch {
	case errors.As(err, &final): // another delivery would fail again
		log.Error("not loaded", "error", final.Err, "hint", final.Hint)
	case err != nil:
		log.Error("not loaded; it will be delivered again", "error", err)
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// arrived handles the arrival of an object. It returns an error only if the message must be delivered again.
func (h *handler) arrived(ctx context.Context, attributes map[string]string) error {
	log := cloudlog.From(ctx)
	name := attributes["objectId"]
	if attributes["eventType"] != storage.ObjectFinalizeEvent || attributes["bucketId"] != h.folder.bucket.BucketName() ||
		!dropName.MatchString(name) {
		log.Info("ignored: not a drop", "event_type", attributes["eventType"], "bucket", attributes["bucketId"])
		return nil
	}
	attrs, err := h.folder.bucket.Object(name).Attrs(ctx)
	if errors.Is(err, storage.ErrObjectNotExist) {
		log.Info("ignored: the object is gone")
		return nil
	}
	if err != nil {
		return fmt.Errorf("stat gs://%s/%s: %w", h.folder.bucket.BucketName(), name, err)
	}
	if notified := attributes["objectGeneration"]; notified != strconv.FormatInt(attrs.Generation, 10) {
		log.Info("the object has been replaced since", "generation", attrs.Generation, "notified", notified)
	}
	d, err := h.folder.readDrop(ctx, attrs)
	var fault *source.Error
	switch {
	case errors.Is(err, storage.ErrObjectNotExist):
		return fmt.Errorf("gs://%s/%s changed while it was read", h.folder.bucket.BucketName(), name)
	case errors.As(err, &fault):
		if err := h.folder.quarantineFile(ctx, attrs, fault, h.now()); err != nil {
			return err
		}
		log.Error("a dropped file cannot be loaded; it is in quarantine", "reason", fault.Err.Error(), "hint", fault.Hint,
			"quarantine", quarantine+name, "generation", attrs.Generation)
		return nil
	case err != nil:
		return err
	}
	if d.paged {
		log.Warn("the file is one page of several: drop the other pages too", "shape", d.shape)
	}
	for _, month := range slices.SortedFunc(maps.Keys(d.months), partition.Partition.Compare) {
		if month.End().After(attrs.Created) {
			log.Warn("the month had not ended when the file was dropped: drop it again after its end", "partition",
				month.String())
		}
		if _, err := h.load(ctx, []string{d.table}, month); err != nil {
			return err
		}
	}
	return nil
}

// reload loads a month again from the files in the bucket.
func (h *handler) reload(ctx context.Context, month partition.Partition) (source.Result, error) {
	drops, err := h.folder.read(ctx)
	if err != nil {
		return source.Result{}, err
	}
	var tables []string
	for _, table := range slices.Sorted(maps.Keys(schemas)) {
		if len(merge(drops, table, month)) > 0 {
			tables = append(tables, table)
		}
	}
	if len(tables) == 0 && month.Grain() == partition.Monthly {
		return source.Result{}, source.Errorf(
			fmt.Sprintf("drop a file of that month into gs://%s/drops/medium/%s/; a file that could not be loaded is in quarantine/, with the reason",
				h.folder.bucket.BucketName(), month),
			"no file in gs://%s/drops/ holds %s", h.folder.bucket.BucketName(), month)
	}
	return h.load(ctx, tables, month)
}

// load loads tables for a month from the files in the bucket, and again if the files changed during the load.
// If two files arrive at the same time, the load that ends last has read both.
func (h *handler) load(ctx context.Context, tables []string, month partition.Partition) (source.Result, error) {
	before, err := h.folder.list(ctx)
	if err != nil {
		return source.Result{}, err
	}
	for range maxRounds {
		result, err := h.runner.RunTables(ctx, tables, month, h.extract)
		if err != nil {
			return result, err
		}
		after, err := h.folder.list(ctx)
		if err != nil {
			return result, err
		}
		if slices.EqualFunc(before, after, func(a, b *storage.ObjectAttrs) bool {
			return a.Name == b.Name && a.Generation == b.Generation
		}) {
			return result, nil
		}
		before = after
	}
	return source.Result{}, fmt.Errorf("drops for %s: files kept arriving during %d loads", month, maxRounds)
}
