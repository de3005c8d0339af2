package deployment

import (
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
	Object  string // its place, without gs:// and bucket
	Created time.Time
	Month   string // its metadata's, when a person has set it
	Data    []byte
}

// maxDropped bounds what is read of a dropped file, as functions/drops does.
const maxDropped = 32 << 20

// Restore is Worker's, over the bucket of drops. tell tells of the file that arrives, where Cloud Storage does not; nil: nobody.
func Restore(ctx context.Context, bucket *storage.BucketHandle, r Refused, check func(Dropped) error, tell func(ctx context.Context, object string, generation int64) error) error {
	q := quarantined{bucket: bucket, object: r.Object}
	if err := q.look(ctx); err != nil {
		return err
	}
	again := q.stands != nil && q.stands.Size == q.kept.Size && q.stands.CRC32C == q.kept.CRC32C
	if q.stands != nil && q.stands.Generation != r.Generation && !again {
		return ErrReplaced
	}
	d, err := q.read(ctx)
	if err != nil {
		return fmt.Errorf("read %s%s: %w", QuarantinePrefix, r.Object, err)
	}
	if err := check(d); err != nil {
		return err
	}
	generation := int64(0)
	if again && q.stands.Generation != r.Generation { // an earlier call has come as far as here
		generation = q.stands.Generation
	} else if generation, err = q.putBack(ctx); err != nil {
		return fmt.Errorf("copy %s%s to its place: %w", QuarantinePrefix, r.Object, err)
	}
	if tell != nil {
		if err := tell(ctx, r.Object, generation); err != nil {
			return fmt.Errorf("tell of %s: %w", r.Object, err)
		}
	}
	return q.forget(ctx)
}

// quarantined is a file in quarantine, the reason beside it, and what stands in its place, nil when nothing does.
type quarantined struct {
	bucket               *storage.BucketHandle
	object               string
	kept, reason, stands *storage.ObjectAttrs
}

func (q *quarantined) look(ctx context.Context) (err error) {
	for name, attrs := range map[string]**storage.ObjectAttrs{
		QuarantinePrefix + q.object: &q.kept, QuarantinePrefix + q.object + ReasonSuffix: &q.reason, q.object: &q.stands,
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

// putBack copies the file over what was read when it was put into quarantine, and over nothing else.
func (q *quarantined) putBack(ctx context.Context) (generation int64, err error) {
	condition := storage.Conditions{DoesNotExist: true}
	if q.stands != nil {
		condition = storage.Conditions{GenerationMatch: q.stands.Generation}
	}
	put, err := q.bucket.Object(q.object).If(condition).CopierFrom(q.bucket.Object(q.kept.Name).Generation(q.kept.Generation)).Run(ctx)
	if err != nil {
		return 0, err
	}
	return put.Generation, nil
}

// forget takes the file and its reason out of quarantine, unless it has been put there anew.
func (q *quarantined) forget(ctx context.Context) error {
	for _, attrs := range []*storage.ObjectAttrs{q.reason, q.kept} {
		err := q.bucket.Object(attrs.Name).If(storage.Conditions{GenerationMatch: attrs.Generation}).Delete(ctx)
		var refused *googleapi.Error
		if errors.As(err, &refused) && refused.Code == http.StatusPreconditionFailed || errors.Is(err, storage.ErrObjectNotExist) {
			err = nil
		}
		if err != nil {
			return fmt.Errorf("delete %s: %w", attrs.Name, err)
		}
	}
	return nil
}
