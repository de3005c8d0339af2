package stage_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"cloud.google.com/go/storage"
	"github.com/fsouza/fake-gcs-server/fakestorage"

	"example.com/rollcall/shared/digest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/stage"
	"example.com/rollcall/shared/upstream/upstreamtest"
)

var columns = schema.Schema{
	{Name: "day", Type: schema.Date, Mode: schema.Required},
	{Name: "text", Type: schema.String, Mode: schema.Nullable},
}

var day = partition.MustParse("2026-11-21")

func bucket(t *testing.T) *storage.BucketHandle {
	t.Helper()
	server, err := fakestorage.NewServerWithOptions(fakestorage.Options{NoListener: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	server.CreateBucketWithOpts(fakestorage.CreateBucketOpts{Name: "staging"})
	return server.Client().Bucket("staging")
}

func folder(b *storage.BucketHandle, id string) stage.Folder {
	return stage.Folder{Bucket: b, Source: "kit", Partition: day, LoadID: id}
}

// lines returns the staged lines.
func lines(t *testing.T, b *storage.BucketHandle, f stage.File) (list []string) {
	t.Helper()
	for _, uri := range f.URIs {
		r, err := b.Object(strings.TrimPrefix(uri, "gs://staging/")).NewReader(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		zip, err := gzip.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		for scan := bufio.NewScanner(zip); scan.Scan(); {
			list = append(list, scan.Text())
		}
		r.Close()
	}
	return list
}

func TestRowsAreStagedWithTheirPartitionAndDigest(t *testing.T) {
	b := bucket(t)
	w, err := folder(b, "1").Create(t.Context(), "kit_x", columns, day)
	if err != nil {
		t.Fatal(err)
	}
	var want digest.Digest
	for i := range 3 {
		if err := w.Write(schema.Row{"text": fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
		want.Add(fmt.Appendf(nil, `{"day":"2026-11-21","text":"%d"}`, i))
	}
	f, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	if got := lines(t, b, f); len(got) != 3 || got[2] != `{"day":"2026-11-21","text":"2"}` {
		t.Errorf("staged %q", got)
	}
	if f.Rows != 3 || f.Digest != want.Sum() || f.URIs[0] != "gs://staging/kit/2026-11-21/1/kit_x.2026-11-21.0000.ndjson.gz" {
		t.Errorf("got %+v", f)
	}
}

func TestNoRowsCreateNoObject(t *testing.T) {
	w, err := folder(bucket(t), "1").Create(t.Context(), "kit_x", columns, day)
	if err != nil {
		t.Fatal(err)
	}
	if f, err := w.Close(); err != nil || f.Rows != 0 || len(f.URIs) != 0 || f.Digest != (digest.Sum{}) {
		t.Errorf("got %+v, %v", f, err)
	}
}

func TestABadRowNamesTableRowAndColumn(t *testing.T) {
	w, err := folder(bucket(t), "1").Create(t.Context(), "kit_x", columns, day)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	_ = w.Write(schema.Row{"text": "good"})
	if err := w.Write(schema.Row{"text": 7}); fmt.Sprint(err) != "stage kit_x for 2026-11-21, row 2: column text: a STRING cannot hold a int" {
		t.Error(err)
	}
}

// A long table is staged as several objects, so neither an upload nor a retry holds the whole table in memory.
func TestALongTableIsStagedInParts(t *testing.T) {
	b := bucket(t)
	w, err := folder(b, "1").Create(t.Context(), "kit_x", columns, day)
	if err != nil {
		t.Fatal(err)
	}
	const rows, size = 500, 64 << 10 // 32 MB that do not compress below half
	source, noise := rand.New(rand.NewPCG(1, 2)), make([]byte, 1<<20)
	for i := range noise {
		noise[i] = 'a' + byte(source.IntN(26))
	}
	for range rows {
		from := source.IntN(len(noise) - size)
		if err := w.Write(schema.Row{"text": string(noise[from : from+size])}); err != nil {
			t.Fatal(err)
		}
	}
	f, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	if len(f.URIs) < 2 || f.Rows != rows {
		t.Errorf("%d rows in %d objects", f.Rows, len(f.URIs))
	}
}

func TestNewestReadsOnlyCompleteLoadsOfThatPartition(t *testing.T) {
	b := bucket(t)
	if _, _, err := stage.Newest(t.Context(), b, "kit", day); !errors.Is(err, stage.ErrNone) {
		t.Fatalf("nothing staged: %v", err)
	}
	put := func(id string, complete bool, partitions ...partition.Partition) {
		var files []stage.File
		for _, p := range partitions {
			w, err := folder(b, id).Create(t.Context(), "kit_x", columns, p)
			if err != nil {
				t.Fatal(err)
			}
			_ = w.Write(schema.Row{"text": id})
			f, err := w.Close()
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
		if complete {
			if err := folder(b, id).Complete(t.Context(), stage.Load{Files: files}); err != nil {
				t.Fatal(err)
			}
		}
	}
	put("20261122T060000000Z-aa", true, day)
	put("20261122T070000000Z-bb", true, day.Add(-1), day)
	put("20261122T080000000Z-cc", false, day) // stopped before it was complete
	got, load, err := stage.Newest(t.Context(), b, "kit", day)
	if err != nil || got.LoadID != "20261122T070000000Z-bb" {
		t.Fatalf("newest is %s, %v", got.LoadID, err)
	}
	files := load.Files
	if len(files) != 1 || files[0].Partition != day || lines(t, b, files[0])[0] != `{"day":"2026-11-21","text":"20261122T070000000Z-bb"}` {
		t.Errorf("files %+v", files)
	}
	if _, _, err := stage.Newest(t.Context(), b, "kit", day.Add(-1)); !errors.Is(err, stage.ErrNone) {
		t.Errorf("the day before was never asked for: %v", err)
	}
}

func TestLoadsReturnsTheCompleteLoadsOfTheRange(t *testing.T) {
	b := bucket(t)
	for _, put := range []struct {
		source, partition, id string
		complete              bool
	}{
		{"kit", "2026-11-19", "1", true}, {"kit", "2026-11-20", "3", true}, {"kit", "2026-11-20", "2", true}, {"kit", "2026-11-21", "4", true},
		{"kit", "2026-11-21", "5", false}, {"kit", "2026-11-22", "6", true}, {"kit", "2026-11", "7", true}, {"kite", "2026-11-21", "8", true},
		{"stripe", "2026-10", "9", true}, {"stripe", "2026-11", "10", true}, {"stripe", "2026-11-05", "11", true}, {"stripe", "2026-12", "12", true},
	} {
		f := stage.Folder{Bucket: b, Source: put.source, Partition: partition.MustParse(put.partition), LoadID: put.id}
		w, err := f.Create(t.Context(), put.source+"_x", columns, f.Partition)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(schema.Row{"text": "x"}); err != nil {
			t.Fatal(err)
		}
		file, err := w.Close()
		if err != nil {
			t.Fatal(err)
		}
		if put.complete {
			if err := f.Complete(t.Context(), stage.Load{Files: []stage.File{file}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct{ source, from, to, want string }{
		{"kit", "2026-11-20", "2026-11-21", "2026-11-20/2 2026-11-20/3 2026-11-21/4"},
		{"stripe", "2026-10", "2026-11", "2026-10/9 2026-11/10"},
		{"medium", "2026-11-20", "2026-11-21", ""},
	} {
		folders, err := stage.Loads(t.Context(), b, c.source, partition.MustParse(c.from), partition.MustParse(c.to))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range folders {
			got = append(got, f.Partition.String()+"/"+f.LoadID)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s from %s to %s: %v, want %s", c.source, c.from, c.to, got, c.want)
		}
	}
}

func TestAbortLeavesNoUnfinishedObject(t *testing.T) {
	b := bucket(t)
	w, err := folder(b, "1").Create(context.Background(), "kit_x", columns, day)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(schema.Row{"text": "x"}); err != nil {
		t.Fatal(err)
	}
	w.Abort()
	it := b.Objects(t.Context(), nil)
	if attrs, err := it.Next(); err == nil {
		t.Errorf("left %s", attrs.Name)
	}
}

func TestNullsInTheRecordsOfALoad(t *testing.T) {
	b := bucket(t)
	const files = `[{"table": "kit_subscribers", "partition": "2026-11-21", "rows": 1, "uris": ["gs://staging/a"]}]`
	for name, record := range map[string]string{
		"complete.json": `{"account": {"id": "1"}, "accepted": {"by": "a", "refused": ["b"]}, "files": ` + files + `}`,
		"failed.json":   `{"code": "fell", "refusals": [{"code": "fell", "keys": ["k"]}], "load": {"files": ` + files + `}}`,
	} {
		for document := range upstreamtest.Nulls([]byte(record)) {
			w := b.Object("kit/2026-11-21/l1/" + name).NewWriter(t.Context())
			if _, err := w.Write(document); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			f := folder(b, "l1")
			if name == "complete.json" {
				if _, err := f.Load(t.Context()); err != nil && !strings.Contains(err.Error(), name) {
					t.Errorf("%s: %v", document, err)
				}
				continue
			}
			failure, err := f.Failure(t.Context())
			if err != nil && !strings.Contains(err.Error(), name) {
				t.Errorf("%s: %v", document, err)
			}
			failure.Holds("raw.kit_subscribers", day)
		}
	}
}
