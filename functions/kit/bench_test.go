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
	"strconv"
	"sync"
	"testing"

	"cloud.google.com/go/storage"
	"github.com/fsouza/fake-gcs-server/fakestorage"
	"google.golang.org/api/option"

	"example.com/rollcall/functions/kit/kittest"
	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/source/sourcetest"
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
// DuckDB's load. Kit and Cloud Storage run in another process. It reports rows/s and the peak memory of the whole
// process twice: until the load began, with DuckDB open and idle, and until the end, with its load. Both must be
// nearly the same for a tenth of the rows.
func BenchmarkExtractStageLoad(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			kit, gcs := startElsewhere(b, n)
			src, err := New(Config{URL: kit, APIKey: kittest.Key})
			if err != nil {
				b.Fatal(err)
			}
			client, err := storage.NewClient(b.Context(), option.WithEndpoint(gcs+"/storage/v1/"), option.WithoutAuthentication(), storage.WithJSONReads())
			if err != nil {
				b.Fatal(err)
			}
			defer client.Close()
			db := &observed{Driver: sourcetest.OpenDuckDB(b, client)}
			runner, err := source.NewRunner(src, source.Deps{
				Section:   sourcetest.Section(b, "kit"),
				Staging:   client.Bucket("staging"),
				Warehouse: db,
				Publish:   func(context.Context, event.Event) error { return nil },
				Log:       slog.New(slog.DiscardHandler),
				Pipeline:  "benchmark",
			})
			if err != nil {
				b.Fatal(err)
			}
			forgetPeak()
			rows := int64(0)
			for b.Loop() {
				result, err := runner.Run(b.Context(), partition.MustParse(newest), asOf)
				if err != nil {
					b.Fatal(err)
				}
				for _, t := range result.Tables {
					rows += t.Rows
				}
			}
			b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(rows)/float64(b.N), "rows")
			if mb, ok := peakMB(); ok {
				b.ReportMetric(db.before, "staged-peak-MB")
				b.ReportMetric(mb, "peak-MB")
			}
		})
	}
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
