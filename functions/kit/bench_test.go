package kit

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"regexp"
	"runtime/debug"
	"strconv"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/storage"
	"github.com/fsouza/fake-gcs-server/fakestorage"
	"google.golang.org/api/option"

	"example.com/rollcall/functions/kit/kittest"
	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/source/sourcetest"
	"example.com/rollcall/shared/stage"
	"example.com/rollcall/shared/upstream/upstreamtest"
	"example.com/rollcall/shared/warehouse"
)

// elsewhere names an environment variable that holds a number of subscribers. If it is set, this test binary serves a
// fake Kit and Cloud Storage to another process, whose memory is then only the function's.
const elsewhere = "KIT_BENCHMARK_SUBSCRIBERS"

func TestMain(m *testing.M) {
	if n, err := strconv.Atoi(os.Getenv(elsewhere)); err == nil {
		if err := serveElsewhere(n); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// serveElsewhere prints the addresses of Kit and of Cloud Storage, and serves both until standard input ends.
func serveElsewhere(n int) error {
	fake := kittest.New(creator.NewWith(7, creator.Options{Subscribers: n}))
	fake.SetNow(asOf)
	kit, err := upstreamtest.Listen(context.Background(), fake)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "kit-benchmark")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	gcs, err := fakestorage.NewServerWithOptions(fakestorage.Options{Scheme: "http", Host: "127.0.0.1", StorageRoot: dir, Writer: io.Discard})
	if err != nil {
		return err
	}
	gcs.CreateBucketWithOpts(fakestorage.CreateBucketOpts{Name: "staging"})
	fmt.Println(kit + "/v4")
	fmt.Println(gcs.URL())
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// startElsewhere starts serveElsewhere in a separate process.
func startElsewhere(b *testing.B, n int) (kit, gcs string) {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", elsewhere, n))
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(stdout)
	var address [2]string
	for i := range address {
		if !lines.Scan() {
			b.Fatalf("the other process gave no address: %v", lines.Err())
		}
		address[i] = lines.Text()
	}
	return address[0], address[1]
}

// BenchmarkExtractStageLoad loads subscribers from Kit into the warehouse, in one process: the walk, the staging, and
// DuckDB's load. Kit and Cloud Storage run in another process. It does so without a key to judge rows by, and judged by
// an equally long list of the day before. It reports rows/s and the peak memory of the whole process twice: until the load
// began, with DuckDB open and idle, and until the end, with its load. Without a key both must be nearly the same for a
// tenth of the rows; judging takes 16 MB more for each million keys, and as much again before it is collected.
func BenchmarkExtractStageLoad(b *testing.B) {
	for _, n := range []int{100_000, 1_024_087} {
		kit, gcs := startElsewhere(b, n)
		b.Run(fmt.Sprintf("%d/alone", n), func(b *testing.B) { benchmarkLoad(b, kit, gcs, false) })
		b.Run(fmt.Sprintf("%d/judged", n), func(b *testing.B) { benchmarkLoad(b, kit, gcs, true) })
	}
}

func benchmarkLoad(b *testing.B, kit, gcs string, judged bool) {
	src, err := New(Config{URL: kit, APIKey: kittest.Key})
	if err != nil {
		b.Fatal(err)
	}
	client, err := storage.NewClient(b.Context(), option.WithEndpoint(gcs+"/storage/v1/"), option.WithoutAuthentication(),
		storage.WithJSONReads())
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	section := sourcetest.Section(b, "kit")
	if !judged {
		for _, table := range section.Tables {
			table.Key = nil
		}
	}
	load := func(db warehouse.Driver, day partition.Partition) (rows int64) {
		runner, err := source.NewRunner(src, source.Deps{
			Section:   section,
			Staging:   client.Bucket("staging"),
			Warehouse: db,
			Publish:   func(context.Context, event.Event) error { return nil },
			Log:       slog.New(slog.DiscardHandler),
			Pipeline:  "benchmark",
		})
		if err != nil {
			b.Fatal(err)
		}
		result, err := runner.Run(b.Context(), day, day.End().Add(7*time.Hour))
		if err != nil {
			b.Fatal(err)
		}
		for _, t := range result.Tables {
			rows += t.Rows
		}
		return rows
	}
	day := partition.MustParse(newest)
	if judged {
		load(stagedOnly{bucket: client.Bucket("staging")}, day.Add(-1))
	}
	db := &observed{Driver: sourcetest.OpenDuckDB(b, client)}
	debug.FreeOSMemory()
	forgetPeak()
	rows := int64(0)
	for b.Loop() {
		rows += load(db, day)
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(rows)/float64(b.N), "rows")
	if mb, ok := peakMB(); ok {
		b.ReportMetric(db.before, "staged-peak-MB")
		b.ReportMetric(mb, "peak-MB")
	}
}

// stagedOnly is a warehouse that loads nothing, so that the earlier load takes no memory of DuckDB's.
type stagedOnly struct {
	warehouse.Driver
	bucket *storage.BucketHandle
}

func (stagedOnly) EnsureTable(context.Context, warehouse.Definition) error { return nil }
func (stagedOnly) Submit(context.Context, warehouse.Job) error             { return nil }

func (w stagedOnly) Wait(ctx context.Context, id string) (warehouse.Status, error) {
	folders, err := stage.Loads(ctx, w.bucket, "kit", partition.MustParse("2026-01-01"), partition.MustParse("2026-12-31"))
	if err != nil {
		return warehouse.Status{}, err
	}
	for _, folder := range folders {
		load, err := folder.Load(ctx)
		if err != nil {
			return warehouse.Status{}, err
		}
		for _, f := range load.Files {
			if f.LoadJob(folder.LoadID) == id {
				return warehouse.Status{ID: id, Done: true, Ended: time.Now(), Stats: warehouse.Stats{Rows: f.Rows}}, nil
			}
		}
	}
	return warehouse.Status{}, warehouse.ErrNotFound
}

// observed records the peak memory before the first table of a run is touched.
type observed struct {
	warehouse.Driver
	once   sync.Once
	before float64
}

func (o *observed) EnsureTable(ctx context.Context, def warehouse.Definition) error {
	o.once.Do(func() { o.before, _ = peakMB() })
	return o.Driver.EnsureTable(ctx, def)
}

// forgetPeak resets the process's peak memory on Linux; see proc_pid_clear_refs(5). On other systems it does nothing.
func forgetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o200) }

var vmHWM = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peakMB returns the process's peak resident memory in millions of bytes, on Linux.
func peakMB() (float64, bool) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, false
	}
	m := vmHWM.FindSubmatch(status)
	if m == nil {
		return 0, false
	}
	kB, err := strconv.ParseFloat(string(m[1]), 64)
	return kB * 1024 / 1e6, err == nil
}
