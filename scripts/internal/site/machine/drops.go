package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/storage"

	"example.com/rollcall/functions/drops"
	"example.com/rollcall/functions/drops/dropstest"
	"example.com/rollcall/shared/localcloud"
	"example.com/rollcall/shared/partition"
)

// openDrops makes the function that is told of dropped files.
func (p *parts) openDrops(ctx context.Context, sys system, logFile io.Writer, pipeline string, medium origin) (feed, error) {
	bucket := p.cloud.Bucket(localcloud.Drops)
	h, err := drops.Handler(drops.Config{Bucket: localcloud.Drops}, bucket, p.sourceDeps(sys, logFile, pipeline, nil))
	if err != nil {
		return feed{}, err
	}
	url, err := p.serve(h)
	if err != nil {
		return feed{}, err
	}
	return feed{name: "drops", origin: medium}, p.cloud.Push(ctx, localcloud.Dropped, "drops", url, localcloud.PushOptions{})
}

// allStories is more than an invented creator has in a month's file, so that it is one page.
const allStories = 10_000

// dropInvented drops the files of the months that are due, as the invented creator would; where Medium is real, they are
// for a person to drop.
func (p *parts) dropInvented(ctx context.Context, due []partition.Partition) error {
	for _, month := range due {
		if p.feeds["drops"].origin == live {
			p.note(p.feeds["drops"], []partition.Partition{month}, trouble{
				reason: "no file of that month was dropped", cure: "download it from Medium, and give it with --drop FILE",
			})
			continue
		}
		files := map[string][]byte{
			"stories.json": dropstest.StoryStats(p.creator, month, allStories)[0], "earnings.json": dropstest.Earnings(p.creator, month),
		}
		for name, data := range files {
			if err := p.put(ctx, fmt.Sprintf("drops/medium/%s/%s", month, name), data); err != nil {
				return err
			}
		}
	}
	return nil
}

// put makes an object in the bucket of drops and tells of it, as Cloud Storage does
// (https://cloud.google.com/storage/docs/pubsub-notifications).
func (p *parts) put(ctx context.Context, name string, data []byte) error {
	w := p.cloud.Bucket(localcloud.Drops).Object(name).NewWriter(ctx)
	w.ContentType = "application/json"
	_, err := io.Copy(w, bytes.NewReader(data))
	if err = errors.Join(err, w.Close()); err != nil {
		return fmt.Errorf("drop gs://%s/%s: %w", localcloud.Drops, name, err)
	}
	topic := p.cloud.PubSub.Publisher(localcloud.Dropped)
	defer topic.Stop()
	_, err = topic.Publish(ctx, &pubsub.Message{Attributes: map[string]string{
		"eventType": storage.ObjectFinalizeEvent, "bucketId": localcloud.Drops, "objectId": name,
		"objectGeneration": strconv.FormatInt(w.Attrs().Generation, 10), "payloadFormat": "NONE",
	}}).Get(ctx)
	return err
}

// dropFiles drops a person's files one after the other, and says what became of each.
func (p *parts) dropFiles(ctx context.Context, files []drop) error {
	for _, d := range files {
		if err := p.cloud.Idle(ctx); err != nil {
			return err
		}
		before := len(p.warehouse.ended())
		name := "drops/medium/" + filepath.Base(d.file)
		if err := p.put(ctx, name, d.data); err != nil {
			return err
		}
		if err := p.cloud.Idle(ctx); err != nil {
			return err
		}
		var loaded []string
		for _, it := range p.warehouse.ended()[before:] {
			if it.Rows != nil {
				loaded = append(loaded, fmt.Sprintf("%s %s, %s", it.Table, it.Partition, count(int(*it.Rows), "row")))
			}
		}
		if loaded != nil {
			p.fates = append(p.fates, fmt.Sprintf("Dropped: %s was loaded: %s", d.file, strings.Join(loaded, "; ")))
			continue
		}
		why, err := p.quarantined(ctx, name)
		if err != nil {
			return err
		}
		p.refused = append(p.refused, item{Source: "drops", Reason: d.file + ": " + why.reason, Cure: why.cure})
	}
	return nil
}

// maxReason bounds what is read of a file's reason.
const maxReason = 64 << 10

// quarantined says why a dropped file was not loaded.
func (p *parts) quarantined(ctx context.Context, name string) (trouble, error) {
	r, err := p.cloud.OpenObject(ctx, "gs://"+localcloud.Drops+"/quarantine/"+name+".reason.json")
	if errors.Is(err, storage.ErrObjectNotExist) {
		return trouble{reason: "it was neither loaded nor put in quarantine", cure: "see " + p.home.log()}, nil
	}
	if err != nil {
		return trouble{}, err
	}
	defer r.Close()
	var told struct {
		Reason string `json:"reason"`
		Cure   string `json:"cure"`
	}
	if err := json.NewDecoder(io.LimitReader(r, maxReason)).Decode(&told); err != nil {
		return trouble{}, fmt.Errorf("read why %s is in quarantine: %w", name, err)
	}
	return trouble{reason: told.Reason, cure: told.Cure}, nil
}
