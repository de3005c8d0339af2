package deployment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"cloud.google.com/go/storage"
	"google.golang.org/api/googleapi"
)

// Dropped is a file as it was dropped.
type Dropped struct {
	Object  string // its name, without gs:// and bucket
	Created time.Time
	Month   string // of its metadata, if a person has set it
	Data    []byte
}

// maxDropped bounds what is read of a dropped file, as functions/drops does.
const maxDropped = 32 << 20

// Restore implements Worker.Restore over the bucket of drops. Where Cloud Storage does not notify, notify
// announces the file; it may be nil.
func Restore(ctx context.Context, bucket *storage.BucketHandle, r Refused, check func(Dropped) error,
	notify func(ctx context.Context, object string, generation int64) error) error {
	q := quarantined{bucket: bucket, object: r.Object, copied: cmp.Or(r.Copy, QuarantinePrefix+r.Object)}
	if err := q.look(ctx); err != nil {
		return err
	}
	again := q.present != nil && q.present.Size == q.kept.Size && q.present.CRC32C == q.kept.CRC32C
	if q.present != nil && q.present.Generation != r.Generation && !again {
		return ErrReplaced
	}
	d, err := q.read(ctx)
	if err != nil {
		return fmt.Errorf("read %s: %w", q.copied, err)
	}
	if err := check(d); err != nil {
		return err
	}
	var generation int64
	if again && q.present.Generation != r.Generation { // an earlier call came this far
		generation = q.present.Generation
	} else if generation, err = q.putBack(ctx); err != nil {
		return fmt.Errorf("copy %s to its place: %w", q.copied, err)
	}
	if notify != nil {
		if err := notify(ctx, r.Object, generation); err != nil {
			return fmt.Errorf("announce %s: %w", r.Object, err)
		}
	}
	return q.forget(ctx)
}

// quarantined is a file in quarantine, the reason beside it, and the file in its place, nil when there is none.
type quarantined struct {
	bucket                *storage.BucketHandle
	object, copied        string
	kept, reason, present *storage.ObjectAttrs
}

func (q *quarantined) look(ctx context.Context) (err error) {
	for name, attrs := range map[string]**storage.ObjectAttrs{
		q.copied: &q.kept, q.copied + ReasonSuffix: &q.reason, q.object: &q.present,
	} {
		*attrs, err = q.bucket.Object(name).Attrs(ctx)
		if err != nil && (name != q.object || !errors.Is(err, storage.ErrObjectNotExist)) {
			return fmt.Errorf("look at %s: %w", name, err)
		}
	}
	return nil
}

func (q *quarantined) read(ctx context.Context) (Dropped, error) {
	r, err := q.bucket.Object(q.kept.Name).Generation(q.kept.Generation).NewReader(ctx)
	if err != nil {
		return Dropped{}, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxDropped+1))
	return Dropped{Object: q.object, Created: q.kept.Created, Month: q.kept.Metadata["month"], Data: data}, err
}

// putBack copies the file to its place, over nothing but the file that was put into quarantine.
func (q *quarantined) putBack(ctx context.Context) (generation int64, err error) {
	condition := storage.Conditions{DoesNotExist: true}
	if q.present != nil {
		condition = storage.Conditions{GenerationMatch: q.present.Generation}
	}
	put, err := q.bucket.Object(q.object).If(condition).CopierFrom(q.bucket.Object(q.kept.Name).Generation(
		q.kept.Generation)).Run(ctx)
	if err != nil {
		return 0, err
	}
	return put.Generation, nil
}

// forget removes the file and its reason from the quarantine, unless they were put there again.
func (q *quarantined) forget(ctx context.Context) error {
	for _, attrs := range []*storage.ObjectAttrs{q.reason, q.kept} {
		err := q.bucket.Object(attrs.Name).If(storage.Conditions{GenerationMatch: attrs.Generation}).Delete(ctx)
		var refused *googleapi.Error
		if errors.As(err, &refused) && refused.Code == http.StatusPreconditionFailed ||
			errors.Is(err, storage.ErrObjectNotExist) {
			err = nil
		}
		if err != nil {
			return fmt.Errorf("delete %s: %w", attrs.Name, err)
		}
	}
	return nil
}
