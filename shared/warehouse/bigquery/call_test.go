package bigquery_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
	"example.com/rollcall/shared/warehouse/bigquery"
	"example.com/rollcall/shared/warehouse/bigquery/bigquerytest"
)

var (
	day    = partition.MustParse("2026-11-21")
	counts = warehouse.Definition{
		Table: warehouse.Table{Dataset: "mart", Name: "counts"}, PartitionBy: "day", Grain: partition.Daily, ClusterBy: []string{"page"},
		Schema: schema.Schema{
			{Name: "day", Type: schema.Date, Mode: schema.Nullable},
			{Name: "page", Type: schema.String, Mode: schema.Nullable},
			{Name: "n", Type: schema.Int64, Mode: schema.Nullable},
		},
	}
)

// insertion returns a job that adds a row, so the number of rows shows how often it ran.
func insertion(id string) warehouse.Job {
	return warehouse.Job{ID: id, Query: &warehouse.Query{
		SQL: "INSERT INTO mart.counts (day, page, n) VALUES (DATE '2026-11-21', 'home', 1)", Target: &counts.Table,
	}}
}

// serveOneRow starts a fake whose table counts has one row.
func serveOneRow(t *testing.T) (*fake, *bigquery.Driver) {
	t.Helper()
	f := serve(t)
	d := f.driver(t)
	if err := d.EnsureTable(t.Context(), counts); err != nil {
		t.Fatal(err)
	}
	if _, err := warehouse.Run(t.Context(), d, insertion("fill")); err != nil {
		t.Fatal(err)
	}
	return f, d
}

// rows returns the number of rows of the table, without faults.
func (f *fake) rows(t *testing.T) int64 {
	t.Helper()
	rows, err := f.Rows().Query(t.Context(), "SELECT count(*) AS n FROM mart.counts", nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	return rows[0]["n"].(int64)
}

// failing makes the first calls with this method and part of a path fail.
func (f *fake) failing(fault bigquerytest.Fault, times int, method, part string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = func(c bigquerytest.Call) bigquerytest.Fault {
		if times > 0 && c.Method == method && strings.Contains(c.Path, part) {
			times--
			return fault
		}
		return bigquerytest.Fault{}
	}
}

var troubles = map[string]bigquerytest.Fault{
	"a lost reply": {Lost: true}, "status 429": {Status: 429}, "status 500": {Status: 500}, "status 503": {Status: 503},
	"403 rateLimitExceeded": {Status: 403},
}

// Whatever happens to a call, the job takes effect once, and its outcome is known.
func TestAJobTakesEffectOnceWhateverHappensToItsCalls(t *testing.T) {
	for name, fault := range troubles {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // the client waits for a second, now and then, before it repeats a call
			f := serve(t)
			d := f.driver(t)
			f.failing(fault, 1, "POST", "/tables")
			if err := d.EnsureTable(t.Context(), counts); err != nil {
				t.Fatal(err)
			}
			f.failing(fault, 1, "POST", "/jobs")
			if _, err := warehouse.Run(t.Context(), d, insertion("once")); err != nil {
				t.Fatal(err)
			}
			f.failing(fault, 1, "GET", "/jobs/once")
			status, err := d.Wait(t.Context(), "once")
			if err != nil || status.Err != nil || status.Stats.Rows != 1 {
				t.Errorf("%+v, %v", status, err)
			}
			wider := counts
			wider.Schema = append(wider.Schema[:3:3], schema.Field{Name: "country", Type: schema.String, Mode: schema.Nullable})
			f.failing(fault, 1, "PATCH", "/tables/counts")
			if err := d.EnsureTable(t.Context(), wider); err != nil {
				t.Fatal(err)
			}
			if n := f.rows(t); n != 1 {
				t.Errorf("the row was inserted %d times", n)
			}
		})
	}
}

// If all replies are lost, the job is found under its id.
func TestALostReplySaysThatTheIDIsTaken(t *testing.T) {
	f := serve(t)
	d := f.driver(t)
	if err := d.EnsureTable(t.Context(), counts); err != nil {
		t.Fatal(err)
	}
	f.failing(bigquerytest.Fault{Lost: true}, 1, "POST", "/jobs")
	if err := d.Submit(t.Context(), insertion("lost")); !errors.Is(err, warehouse.ErrJobExists) {
		t.Errorf("want ErrJobExists, got %v", err)
	}
	if status, err := d.Wait(t.Context(), "lost"); err != nil || status.Err != nil {
		t.Errorf("%+v, %v", status, err)
	}
}

// If the service stays unavailable, the error comes from the connection. It is no refusal and no outcome.
func TestAnUnavailableServiceIsNoOutcome(t *testing.T) {
	for name, fault := range map[string]bigquerytest.Fault{"status 503": {Status: 503}, "status 429": {Status: 429}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := serve(t)
			d, err := bigquery.Open(t.Context(), bigquery.Options{
				Project: "project", Location: "EU", Endpoint: f.url, Pause: time.Millisecond, Timeout: time.Second,
			})
			if err != nil {
				t.Fatal(err)
			}
			f.failing(fault, 1000, "POST", "/jobs")
			err = d.Submit(t.Context(), insertion("away"))
			var failed *warehouse.JobError
			if err == nil || errors.Is(err, warehouse.ErrJobExists) || errors.As(err, &failed) || !strings.Contains(err.Error(), "job away") {
				t.Errorf("got %v", err)
			}
			if n := len(f.calls); n < 2 || n > 20 {
				t.Errorf("called %d times", n)
			}
			if _, err := d.Wait(t.Context(), "away"); !errors.Is(err, warehouse.ErrNotFound) {
				t.Errorf("want ErrNotFound, got %v", err)
			}
		})
	}
}

// In BigQuery, concurrent statements that change one table can fail.
func TestADriverRunsOneStatementAtATimeOnATable(t *testing.T) {
	f := serve(t)
	first, second := f.driver(t), f.driver(t)
	if err := first.EnsureTable(t.Context(), counts); err != nil {
		t.Fatal(err)
	}
	slow := func(id string) warehouse.Job {
		return warehouse.Job{ID: id, Query: &warehouse.Query{
			SQL: "UPDATE mart.counts SET n = (SELECT MAX(a * b) FROM UNNEST(GENERATE_ARRAY(1, 2000)) AS a CROSS JOIN " +
				"UNNEST(GENERATE_ARRAY(1, 2000)) AS b) WHERE n = 0", Target: &counts.Table,
		}}
	}
	for _, id := range []string{"one", "two"} {
		if err := first.Submit(t.Context(), slow(id)); err != nil {
			t.Fatal(err)
		}
	}
	if err := second.Submit(t.Context(), slow("three")); err != nil {
		t.Fatal(err)
	}
	for id, transient := range map[string]bool{"one": false, "two": false, "three": true} {
		status, err := first.Wait(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		var failed *warehouse.JobError
		if transient != (errors.As(status.Err, &failed) && failed.Transient) || !transient && status.Err != nil {
			t.Errorf("%s: %v; want transient %v", id, status.Err, transient)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := first.Submit(t.Context(), slow("four")); err != nil {
		t.Fatal(err)
	}
	if err := first.Submit(ctx, slow("five")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("want the context's end, got %v", err)
	}
}

func TestAnEmulatorIsUsedIfTheEnvironmentNamesOne(t *testing.T) {
	f := serve(t)
	t.Setenv(bigquery.EmulatorVariable, strings.TrimPrefix(f.url, "http://"))
	d, err := bigquery.Open(t.Context(), bigquery.Options{Project: "project", Location: "EU"})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.EnsureTable(t.Context(), counts); err != nil {
		t.Error(err)
	}
	if _, err := bigquery.Open(t.Context(), bigquery.Options{Project: "project"}); err == nil {
		t.Error("opened without a location")
	}
}

// A job's statistics show what it cost and how long it took.
func TestAJobHasStatistics(t *testing.T) {
	_, d := serveOneRow(t)
	status, err := warehouse.Run(t.Context(), d, warehouse.Job{ID: "read", Query: &warehouse.Query{SQL: "SELECT n FROM mart.counts"}})
	if err != nil || status.Stats.BytesBilled != 10<<20 || status.Stats.SlotTime <= 0 || status.Stats.Duration <= 0 {
		t.Errorf("%+v, %v", status.Stats, err)
	}
}

// Errors after which a retry may succeed are distinguished from those that need a person.
func TestInternalErrorsOfBigQueryAreTransient(t *testing.T) {
	for _, c := range []struct {
		reason, message string
		transient       bool
	}{
		{"backendError", "", true}, {"internalError", "", true}, {"jobBackendError", "", true}, {"jobInternalError", "", true},
		{"rateLimitExceeded", "", true}, {"jobRateLimitExceeded", "", true}, {"quotaExceeded", "", true}, {"tableUnavailable", "", true},
		{"invalidQuery", "Syntax error: Unexpected identifier", false}, {"invalid", "", false}, {"notFound", "", false},
		{"accessDenied", "", true}, {"bytesBilledLimitExceeded", "", false}, {"responseTooLarge", "", false}, {"stopped", "", false},
		{"resourcesExceeded", "Query exceeded resource limits", false},
		{"invalidQuery", "Could not serialize access to table mart.freshness due to concurrent update", true},
		{"resourcesExceeded", "Too many DML statements outstanding against table mart.freshness, limit is 20.", true},
		{"", "", false},
	} {
		f := bigquery.Failure("id", c.reason, c.message)
		if f.Transient != c.transient || f.Reason == "" {
			t.Errorf("%s %s: %+v", c.reason, c.message, f)
		}
	}
}
