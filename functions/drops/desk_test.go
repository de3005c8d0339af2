package drops

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/storage"
	"google.golang.org/api/iterator"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/source/sourcetest"
	"example.com/rollcall/shared/stage"
	"example.com/rollcall/shared/warehouse"
)

const bucketOfTests = "drops-bucket"

// The months are well before the clock, which the fake Cloud Storage uses for an object's time.
var (
	march = partition.MustParse("2025-03")
	asOf  = time.Date(2025, 4, 2, 8, 0, 0, 0, time.UTC)
)

// desk holds a rig with a bucket to drop files into.
type desk struct {
	*sourcetest.Rig
	t      testing.TB
	bucket *storage.BucketHandle
	clock  time.Time // moves on a minute when a file is dropped
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	d := &desk{Rig: sourcetest.New(t, asOf), t: t, clock: asOf}
	d.Deps.Now = func() time.Time { return d.clock }
	d.Deps.Section = sourcetest.Section(t, "drops")
	d.bucket = d.Client.Bucket(bucketOfTests)
	if err := d.bucket.Create(t.Context(), "p", nil); err != nil {
		t.Fatal(err)
	}
	d.serve()
	return d
}

func (d *desk) serve() {
	d.t.Helper()
	h, err := Handler(Config{Bucket: bucketOfTests}, d.bucket, d.Deps)
	if err != nil {
		d.t.Fatal(err)
	}
	d.Serve(h)
}

// put stores an object and returns its generation.
func (d *desk) put(name string, data []byte, metadata map[string]string) int64 {
	d.t.Helper()
	d.clock = d.clock.Add(time.Minute)
	w := d.bucket.Object(name).NewWriter(context.Background())
	w.Metadata = metadata
	if _, err := w.Write(data); err != nil {
		d.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		d.t.Fatal(err)
	}
	return w.Attrs().Generation
}

// drop stores an object and delivers its notification, which must be acknowledged.
func (d *desk) drop(name string, data []byte) {
	d.t.Helper()
	if status, answer := d.Post(push(bucketOfTests, name, d.put(name, data, nil))); status != http.StatusNoContent {
		d.t.Fatalf("%s: %d %s", name, status, answer)
	}
}

// quarantined returns the reasons in quarantine, by object.
func (d *desk) quarantined() (list []reason) {
	d.t.Helper()
	for it := d.bucket.Objects(context.Background(), &storage.Query{Prefix: quarantine}); ; {
		attrs, err := it.Next()
		if errors.Is(err, iterator.Done) {
			return list
		}
		if err != nil {
			d.t.Fatal(err)
		}
		if !strings.HasSuffix(attrs.Name, ".reason.json") {
			continue
		}
		var why reason
		if err := json.Unmarshal(d.read(attrs.Name), &why); err != nil {
			d.t.Fatal(err)
		}
		copied := strings.TrimSuffix(attrs.Name, reasonSuffix)
		if copied != QuarantineName(why.Object) || !slices.Equal(d.read(copied), d.read(why.Object)) {
			d.t.Errorf("%s does not stand beside a copy of %s", attrs.Name, why.Object)
		}
		list = append(list, why)
	}
}

// failing yields the months whose newest load failed, in order.
func (d *desk) failing() iter.Seq2[partition.Partition, stage.Failure] {
	d.t.Helper()
	attempts, err := stage.Attempts(context.Background(), d.Deps.Staging, "drops", partition.MustParse("2000-01"),
		partition.MustParse("2199-12"))
	if err != nil {
		d.t.Fatal(err)
	}
	failing := stage.Failing(attempts)
	return func(yield func(partition.Partition, stage.Failure) bool) {
		for _, month := range slices.SortedFunc(maps.Keys(failing), partition.Partition.Compare) {
			failure, err := failing[month].Failure(context.Background())
			if err != nil {
				d.t.Fatal(err)
			}
			if !yield(month, failure) {
				return
			}
		}
	}
}

// newest returns what the newest complete load of a month has staged.
func (d *desk) newest(month partition.Partition) stage.Load {
	d.t.Helper()
	_, load, err := stage.Newest(context.Background(), d.Deps.Staging, "drops", month)
	if err != nil {
		d.t.Fatal(err)
	}
	return load
}

// staged yields the rows that a job loads.
func (d *desk) staged(job warehouse.Job) iter.Seq2[[]byte, error] {
	return stage.File{URIs: job.Load.URIs}.ReadRows(context.Background(), d.Deps.Staging)
}

// warnings returns the warnings and errors in the log, one a line.
func (d *desk) warnings() string {
	d.t.Helper()
	var b strings.Builder
	for line := range strings.Lines(d.Log()) {
		var entry struct{ Severity, Message, Object, Partition, Code string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			d.t.Fatalf("%s: %v", line, err)
		}
		if entry.Severity == "WARNING" || entry.Severity == "ERROR" {
			fmt.Fprintln(&b, strings.Join(strings.Fields(strings.Join([]string{"log", entry.Severity, entry.Object,
				entry.Partition, entry.Code, entry.Message}, " ")), " "))
		}
	}
	return b.String()
}

func (d *desk) read(name string) []byte {
	d.t.Helper()
	r, err := d.bucket.Object(name).NewReader(context.Background())
	if err != nil {
		d.t.Fatalf("read %s: %v", name, err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		d.t.Fatal(err)
	}
	return data
}
