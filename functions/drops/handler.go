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
	"strings"
	"time"

	"cloud.google.com/go/storage"

	"example.com/rollcall/shared/cloudlog"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/warehouse"
)

// maxRounds bounds how often a load starts again because a file arrived during it.
const maxRounds = 5

type handler struct {
	folder folder
	runner *source.Runner
	byHand http.Handler
	now    func() time.Time
	log    *slog.Logger
}

// Handler serves the source over a bucket. It answers two kinds of request:
//
// A Pub/Sub push of a Cloud Storage notification. Handler reads the object that arrived and loads each month in
// it again, from all files of the bucket. It copies a file that cannot be loaded to quarantine/, with the
// reason beside it, and logs an error. It answers 204 in both cases, for a month that is refused, and for an object that
// is not a drop. It answers 503, for another delivery, if the failure may pass.
//
// {"partition":"2026-10"}, by a person. Handler loads the month again from the files in the bucket, or accepts what was
// refused, and answers as the frame does.
func Handler(cfg Config, bucket *storage.BucketHandle, deps source.Deps) (http.Handler, error) {
	src, err := New(cfg, bucket)
	if err != nil {
		return nil, err
	}
	runner, err := source.NewRunner(src, deps)
	if err != nil {
		return nil, err
	}
	h := &handler{folder: folder{bucket}, runner: runner, now: deps.Now, log: deps.Log}
	if h.now == nil {
		h.now = time.Now
	}
	if h.log == nil {
		h.log = slog.Default()
	}
	h.log = h.log.With("source", src.Name)
	h.byHand = h.runner.Serve(func(ctx context.Context, p partition.Partition, _ time.Time) (source.Result, error) {
		return h.load(cloudlog.With(ctx, h.log), p, "")
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
	if err != nil && !isFinal(err) {
		log.Warn("it will be delivered again", "error", err)
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// isFinal reports whether the same request would fail again. A refusal is final here: a file or a person changes it, not
// another delivery.
func isFinal(err error) bool {
	_, final := errors.AsType[*source.Error](err)
	_, refused := errors.AsType[*source.RefusedError](err)
	return final || refused
}

// arrived handles the arrival of an object. It returns the errors of the months that were not loaded, or only those for
// which the message must be delivered again, if there are any.
func (h *handler) arrived(ctx context.Context, attributes map[string]string) error {
	attrs, err := h.arrivedObject(ctx, attributes)
	if attrs == nil || err != nil {
		return err
	}
	d, err := h.folder.readDrop(ctx, attrs)
	var fault *source.Error
	switch {
	case errors.Is(err, storage.ErrObjectNotExist):
		return fmt.Errorf("gs://%s/%s changed while it was read", h.folder.bucket.BucketName(), attrs.Name)
	case errors.As(err, &fault):
		if err := h.folder.quarantineFile(ctx, attrs, fault, h.now()); err != nil {
			return err
		}
		h.logQuarantine(ctx, attrs, fault)
		return nil
	case err != nil:
		return err
	}
	var final, again []error
	for _, month := range slices.SortedFunc(maps.Keys(d.months), partition.Partition.Compare) {
		_, err := h.load(ctx, month, "")
		if refusedRows(err) {
			err = h.setAside(ctx, attrs, month, err)
		}
		switch {
		case err == nil:
		case isFinal(err):
			final = append(final, err)
		default:
			again = append(again, err)
		}
	}
	if again != nil {
		return errors.Join(again...)
	}
	return errors.Join(final...)
}

// arrivedObject returns the object that a message announces. It returns nil if there is nothing to do.
func (h *handler) arrivedObject(ctx context.Context, attributes map[string]string) (*storage.ObjectAttrs, error) {
	log := cloudlog.From(ctx)
	name := attributes["objectId"]
	switch {
	case attributes["eventType"] != storage.ObjectFinalizeEvent || attributes["bucketId"] != h.folder.bucket.BucketName() ||
		strings.HasPrefix(name, quarantine) || strings.HasSuffix(name, "/"): // a console creates such an object for a folder
		log.Info("ignored: not a drop", "event_type", attributes["eventType"], "bucket", attributes["bucketId"])
		return nil, nil
	case !dropName.MatchString(name):
		log.Warn("ignored: no file with such a name is read", "hint", placeHint)
		return nil, nil
	}
	attrs, err := h.folder.bucket.Object(name).Attrs(ctx)
	if errors.Is(err, storage.ErrObjectNotExist) {
		log.Info("ignored: the object is gone")
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("stat gs://%s/%s: %w", h.folder.bucket.BucketName(), name, err)
	}
	if notified := attributes["objectGeneration"]; notified != strconv.FormatInt(attrs.Generation, 10) {
		log.Info("the object has been replaced since", "generation", attrs.Generation, "notified", notified)
	}
	return attrs, nil
}

// refusedRows reports whether the warehouse has refused a load for its rows, which it would do again.
func refusedRows(err error) bool {
	job, ok := errors.AsType[*warehouse.JobError](err)
	return ok && !job.Transient && job.Reason == "invalid"
}

// setAside puts a file into quarantine whose rows the warehouse has refused, so that the other files of its month can be
// loaded. It returns cause if they cannot be loaded without it either.
func (h *handler) setAside(ctx context.Context, attrs *storage.ObjectAttrs, month partition.Partition, cause error) error {
	switch _, err := h.load(ctx, month, attrs.Name); {
	case refusedRows(err):
		return cause
	case err != nil && !isFinal(err):
		return err
	}
	fault := &source.Error{Err: fmt.Errorf("the warehouse refuses its rows: %w", cause), Hint: downloadAgain}
	if err := h.folder.quarantineForGood(ctx, attrs, fault, h.now()); err != nil {
		return err
	}
	h.logQuarantine(ctx, attrs, fault)
	return nil
}

func (h *handler) logQuarantine(ctx context.Context, attrs *storage.ObjectAttrs, fault *source.Error) {
	cloudlog.From(ctx).Error("a dropped file cannot be loaded; it is in quarantine", "reason", fault.Err.Error(),
		"hint", fault.Hint, "quarantine", QuarantineName(attrs.Name), "generation", attrs.Generation)
}

// load loads all tables for a month from the files in the bucket, and again if the files changed during the load. If two
// files arrive at the same time, the load that ends last has read both. It leaves out the object without, unless that is "".
func (h *handler) load(ctx context.Context, month partition.Partition, without string) (source.Result, error) {
	before, err := h.folder.list(ctx)
	if err != nil {
		return source.Result{}, err
	}
	for range maxRounds {
		drops, err := h.folder.decode(ctx, before, without)
		if err != nil {
			return source.Result{}, err
		}
		result, err := h.loadDrops(ctx, month, drops)
		if err != nil && !isFinal(err) {
			return result, err
		}
		after, listErr := h.folder.list(ctx)
		if listErr != nil {
			return result, listErr
		}
		if slices.EqualFunc(before, after, func(a, b *storage.ObjectAttrs) bool {
			return a.Name == b.Name && a.Generation == b.Generation
		}) {
			return result, err
		}
		before = after
	}
	return source.Result{}, fmt.Errorf("drops for %s: files kept arriving during %d loads", month, maxRounds)
}

// loadDrops loads the tables of which drops hold rows of the month.
func (h *handler) loadDrops(ctx context.Context, month partition.Partition, drops []drop) (source.Result, error) {
	tables := slices.DeleteFunc(slices.Sorted(maps.Keys(schemas)), func(table string) bool {
		return assemble(drops, table, month).rows == nil
	})
	if len(tables) == 0 && month.Grain() == partition.Monthly {
		bucket := h.folder.bucket.BucketName()
		return source.Result{}, source.Errorf(
			fmt.Sprintf("drop a file of that month into gs://%s/drops/medium/%s/; a file that could not be loaded is in quarantine/, with the reason",
				bucket, month),
			"no file in gs://%s/drops/ holds %s", bucket, month)
	}
	return h.runner.RunTables(ctx, tables, month,
		func(_ context.Context, req source.Request, out *source.Output) error { return write(drops, req, out) })
}
