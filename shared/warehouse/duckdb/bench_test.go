package duckdb_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
	"example.com/rollcall/shared/warehouse/duckdb"
	"example.com/rollcall/shared/warehouse/warehousetest"
)

// BenchmarkLoadMillion loads a million subscribers, one day of a very large Kit account. It reports rows/s and the
// process's peak memory.
func BenchmarkLoadMillion(b *testing.B) {
	const rows, files = 1_000_000, 4
	s := subscribers(b)
	day := partition.MustParse("2026-11-21")
	d, err := duckdb.Open(b.Context(), duckdb.Options{
		Path: filepath.Join(b.TempDir(), "warehouse.duckdb"),
		Open: func(_ context.Context, uri string) (io.ReadCloser, error) { return os.Open(uri) },
	})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	def := warehouse.Definition{Table: warehouse.Table{Dataset: "raw", Name: "kit_subscribers"}, Schema: s, PartitionBy: s[0].Name, Grain: partition.Daily}
	if err := d.EnsureTable(b.Context(), def); err != nil {
		b.Fatal(err)
	}
	var uris []string
	for i := range files {
		f, err := os.CreateTemp(b.TempDir(), "")
		if err != nil {
			b.Fatal(err)
		}
		if err := errors.Join(writeSubscribers(f, s, day, i*rows/files, (i+1)*rows/files), f.Close()); err != nil {
			b.Fatal(err)
		}
		uris = append(uris, f.Name())
	}
	for i := 0; b.Loop(); i++ {
		job := warehouse.Job{ID: fmt.Sprint("load_", i), Load: &warehouse.Load{URIs: uris, Destination: def.Table, Schema: s, Partition: day}}
		if _, err := warehouse.Run(b.Context(), d, job); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(peakMB(b), "peak-MB")
}

// BenchmarkSmallJobs runs the jobs of one small model's partition: a load, a query into a table, an audit, a copy.
func BenchmarkSmallJobs(b *testing.B) {
	objects := &warehousetest.Bucket{}
	d := open(b, filepath.Join(b.TempDir(), "warehouse.duckdb"), objects)
	s := subscribers(b)
	day := partition.MustParse("2026-11-21")
	raw := warehouse.Definition{Table: warehouse.Table{Dataset: "raw", Name: "kit_subscribers"}, Schema: s, PartitionBy: s[0].Name, Grain: partition.Daily}
	mart := raw
	mart.Table = warehouse.Table{Dataset: "mart", Name: "subscribers"}
	for _, def := range []warehouse.Definition{raw, mart} {
		if err := d.EnsureTable(b.Context(), def); err != nil {
			b.Fatal(err)
		}
	}
	var file bytes.Buffer
	if err := writeSubscribers(&file, s, day, 0, 35); err != nil {
		b.Fatal(err)
	}
	uri := objects.Put("subscribers", file.Bytes())
	took := map[string]time.Duration{}
	n := 0
	run := func(step string, job warehouse.Job) {
		job.ID = fmt.Sprintf("%s_%d", step, n)
		start := time.Now()
		if _, err := warehouse.Run(b.Context(), d, job); err != nil {
			b.Fatal(err)
		}
		took[step] += time.Since(start)
	}
	for b.Loop() {
		n++
		staged := mart
		staged.Table = warehouse.Table{Dataset: "staging", Name: fmt.Sprint("subscribers_", n)}
		run("load", warehouse.Job{Load: &warehouse.Load{URIs: []string{uri}, Destination: raw.Table, Schema: s, Partition: day}})
		run("stage", warehouse.Job{Query: &warehouse.Query{
			SQL:         "SELECT * FROM raw.kit_subscribers WHERE snapshot_date = $partition_date",
			Params:      map[string]partition.Partition{"partition_date": day},
			Destination: &staged,
		}})
		run("audit", warehouse.Job{Query: &warehouse.Query{SQL: "SELECT count(*) AS row_count, count(DISTINCT subscriber_id) AS ids FROM " + staged.Table.String()}})
		run("copy", warehouse.Job{Copy: &warehouse.Copy{Source: staged.Table, Destination: mart.Table, Partition: day}})
	}
	for step, t := range took {
		b.ReportMetric(float64(t.Microseconds())/float64(n)/1000, step+"-ms")
	}
}

func subscribers(b *testing.B) schema.Schema {
	b.Helper()
	data, err := os.ReadFile("../../../functions/kit/schema/kit_subscribers.json")
	if err != nil {
		b.Fatal(err)
	}
	s, err := schema.Parse(data)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func writeSubscribers(w io.Writer, s schema.Schema, day partition.Partition, from, to int) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	start := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	var line []byte
	for i := from; i < to; i++ {
		line, err = s.Append(line[:0], schema.Row{
			"snapshot_date": day, "subscriber_id": 1_000_000 + i, "email_address": fmt.Sprintf("reader%d@example.com", i),
			"first_name": fmt.Sprint("Reader ", i), "state": "active", "created_at": start.Add(time.Duration(i) * time.Minute),
			"tags": []string{"newsletter", fmt.Sprint("tag ", i%20)}, "referrer": fmt.Sprint("https://example.com/", i%1000),
			"utm_source": "medium", "utm_campaign": fmt.Sprint("campaign ", i%50), "source_type": "form_subscription",
			"source_name": "Landing page", "source_mechanism": "landing_page", "source_mechanism_id": fmt.Sprint(i % 9),
			"city": "Leeds", "country": "United Kingdom", "latitude": 53 + float64(i%1000)/1000, "longitude": -1.5,
			"timezone": "Europe/London", "fields": map[string]string{"company": fmt.Sprint("company ", i%333)},
		})
		if err != nil {
			return err
		}
		if _, err := z.Write(line); err != nil {
			return err
		}
	}
	return z.Close()
}

var highWater = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peakMB returns the peak memory of this process in MiB.
func peakMB(b *testing.B) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skipf("peak memory is read from Linux's /proc: %v", err)
	}
	kb, err := strconv.Atoi(string(highWater.FindSubmatch(status)[1]))
	if err != nil {
		b.Fatal(err)
	}
	return float64(kb) / 1024
}
