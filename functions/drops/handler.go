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

// maxRounds bounds how often a load begins again because a file arrived meanwhile.
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
// A Pub/Sub push of a Cloud Storage notification: the object that arrived is read, and each month that it tells of is
// loaded anew from all that the bucket has for it. A file that cannot be read is copied to quarantine/, with the reason
// beside it, and reported as an error in the log. Both are answered 204. 503 asks for another delivery, when the trouble
// may pass. What is no drop is acknowledged and left alone.
//
// {"partition":"2026-10"}, by a person: the month is loaded anew from what is in the bucket. The answers are the frame's.
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
	case errors.As(err, &final): // another delivery would meet it again
		log.Error("not loaded", "error", final.Err, "hint", final.Hint)
	case err != nil:
		log.Error("not loaded; it will be delivered again", "error", err)
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// arrived does what an object's arrival asks for. Its error asks for another delivery.
func (h *handler) arrived(ctx context.Context, attributes map[string]string) error {
	log := cloudlog.From(ctx)
	name := attributes["objectId"]
	if attributes["eventType"] != storage.ObjectFinalizeEvent || attributes["bucketId"] != h.folder.bucket.BucketName() ||
		!dropName.MatchString(name) {
		log.Info("ignored: no drop", "event_type", attributes["eventType"], "bucket", attributes["bucketId"])
		return nil
	}
	attrs, err := h.folder.bucket.Object(name).Attrs(ctx)
	if errors.Is(err, storage.ErrObjectNotExist) {
		log.Info("ignored: the object is gone")
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at gs://%s/%s: %w", h.folder.bucket.BucketName(), name, err)
	}
	if told := attributes["objectGeneration"]; told != strconv.FormatInt(attrs.Generation, 10) {
		log.Info("the object was replaced since", "generation", attrs.Generation, "told", told)
	}
	d, err := h.folder.readDrop(ctx, attrs)
	var fault *source.Error
	switch {
	case errors.Is(err, storage.ErrObjectNotExist):
		return fmt.Errorf("gs://%s/%s changed while it was read", h.folder.bucket.BucketName(), name)
	case errors.As(err, &fault):
		if err := h.folder.setAside(ctx, attrs, fault, h.now()); err != nil {
			return err
		}
		log.Error("a dropped file cannot be read; it stands in quarantine", "reason", fault.Err.Error(), "hint", fault.Hint,
			"quarantine", quarantine+name, "generation", attrs.Generation)
		return nil
	case err != nil:
		return err
	}
	if d.paged {
		log.Warn("the file is one page of several: drop the pages that follow it, too", "shape", d.shape)
	}
	for _, month := range slices.SortedFunc(maps.Keys(d.months), partition.Partition.Compare) {
		if month.End().After(attrs.Created) {
			log.Warn("the month had not ended when the file was dropped: drop it again when it has", "partition", month.String())
		}
		if _, err := h.load(ctx, []string{d.table}, month); err != nil {
			return err
		}
	}
	return nil
}

// reload loads a month anew from what is in the bucket.
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
			fmt.Sprintf("drop a file of that month into gs://%s/drops/medium/%s/; one that came and could not be read stands in quarantine/, with the reason",
				h.folder.bucket.BucketName(), month),
			"no file in gs://%s/drops/ tells of %s", h.folder.bucket.BucketName(), month)
	}
	return h.load(ctx, tables, month)
}

// load loads tables for a month from what is in the bucket, and again when that changed meanwhile: of two files that
// arrive at once, whichever load ends last has seen both.
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
		if slices.EqualFunc(before, after, sameObject) {
			return result, nil
		}
		before = after
	}
	return source.Result{}, fmt.Errorf("drops for %s: files kept arriving during %d loads", month, maxRounds)
}

func sameObject(a, b *storage.ObjectAttrs) bool {
	return a.Name == b.Name && a.Generation == b.Generation
}
