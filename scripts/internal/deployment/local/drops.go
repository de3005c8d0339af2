package local

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/storage"

	"example.com/rollcall/functions/drops"
	"example.com/rollcall/functions/drops/dropstest"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/localcloud"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// openDrops starts the function that reads dropped files.
func (m *Machine) openDrops(ctx context.Context, declared *pipeline.Pipeline, medium datadir.Origin) (*Feed, error) {
	bucket := m.Cloud.Bucket(localcloud.Drops)
	h, err := drops.Handler(drops.Config{Bucket: localcloud.Drops}, bucket, m.sourceDeps(declared, "drops", nil))
	if err != nil {
		return nil, err
	}
	url, err := m.serve(h)
	if err != nil {
		return nil, err
	}
	f := &Feed{Name: "drops", Origin: medium, url: url, files: true}
	return f, m.Cloud.Push(ctx, localcloud.Dropped, "drops", url, localcloud.PushOptions{})
}

// allStories is more than an invented creator has in a month's file, so that the file is one page.
const allStories = 10_000

// Invent drops the files of a month as the invented creator would.
func (m *Machine) Invent(ctx context.Context, month partition.Partition) error {
	stories := dropstest.StoryStats(m.Creator, month, allStories)
	if len(stories) == 0 {
		return fmt.Errorf("drops %s: the invented creator has no stories yet; its first day is %s", month, creator.Born)
	}
	for _, file := range []struct {
		name string
		data []byte
	}{{"earnings.json", dropstest.Earnings(m.Creator, month)}, {"stories.json", stories[0]}} {
		if _, err := m.Drop(ctx, fmt.Sprintf("drops/medium/%s/%s", month, file.name), file.data); err != nil {
			return err
		}
	}
	return nil
}

// Drop writes an object to the bucket of drops and announces it, as Cloud Storage does
// (https://cloud.google.com/storage/docs/pubsub-notifications).
func (m *Machine) Drop(ctx context.Context, name string, data []byte) (*storage.ObjectAttrs, error) {
	w := m.Cloud.Bucket(localcloud.Drops).Object(name).NewWriter(ctx)
	w.ContentType = "application/json"
	_, err := io.Copy(w, bytes.NewReader(data))
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, fmt.Errorf("drop gs://%s/%s: %w", localcloud.Drops, name, err)
	}
	return w.Attrs(), m.announceDrop(ctx, name, w.Attrs().Generation)
}

func (m *Machine) announceDrop(ctx context.Context, name string, generation int64) error {
	topic := m.Cloud.PubSub.Publisher(localcloud.Dropped)
	defer topic.Stop()
	_, err := topic.Publish(ctx, &pubsub.Message{Attributes: map[string]string{
		"eventType": storage.ObjectFinalizeEvent, "bucketId": localcloud.Drops, "objectId": name,
		"objectGeneration": strconv.FormatInt(generation, 10), "payloadFormat": "NONE",
	}}).Get(ctx)
	return err
}

// maxReason bounds what is read of a file's reason, in bytes.
const maxReason = 64 << 10

// Quarantined returns why a dropped file was not loaded; false when it is not in quarantine.
func (m *Machine) Quarantined(ctx context.Context, name string) (why deployment.Refused, found bool, err error) {
	r, err := m.Cloud.OpenObject(ctx, "gs://"+localcloud.Drops+"/"+drops.QuarantineName(name)+deployment.ReasonSuffix)
	if errors.Is(err, storage.ErrObjectNotExist) {
		return why, false, nil
	}
	if err != nil {
		return why, false, err
	}
	defer r.Close()
	if err := json.NewDecoder(io.LimitReader(r, maxReason)).Decode(&why); err != nil {
		return why, false, fmt.Errorf("read the reason for %s in quarantine: %w", name, err)
	}
	return why, true, nil
}
