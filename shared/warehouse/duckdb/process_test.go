package duckdb_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
	"example.com/rollcall/shared/warehouse/duckdb"
	"example.com/rollcall/shared/warehouse/warehousetest"
)

// childEnv, if set, makes the test binary write to the file that it names, until it is killed.
const childEnv = "ROLLCALL_TEST_DUCKDB_CHILD"

func TestMain(m *testing.M) {
	if path := os.Getenv(childEnv); path != "" {
		if err := count(path); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// counter defines a table to which each job adds 1,000 rows.
var counter = warehouse.Definition{
	Table:  warehouse.Table{Dataset: "raw", Name: "counter"},
	Schema: schema.Schema{{Name: "n", Type: schema.Int64, Mode: schema.Required}},
}

func step(n int) warehouse.Job {
	return warehouse.Job{ID: fmt.Sprint("count_", n), Query: &warehouse.Query{
		SQL: fmt.Sprintf("INSERT INTO raw.counter SELECT %d FROM range(1000)", n), Target: &counter.Table,
	}}
}

// count runs one job after another, and prints the number of each finished job.
func count(path string) error {
	d, err := duckdb.Open(context.Background(), duckdb.Options{Path: path})
	if err != nil {
		return err
	}
	if err := d.EnsureTable(context.Background(), counter); err != nil {
		return err
	}
	for n := 0; ; n++ {
		if _, err := warehouse.Run(context.Background(), d, step(n)); err != nil {
			return err
		}
		fmt.Println(n)
	}
}

// start starts a process that counts, and returns the lines that it prints.
func start(t *testing.T, path string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childEnv+"="+path)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = child.Process.Kill() })
	return child, bufio.NewScanner(out)
}

func TestJobOfAKilledProcessHappenedAndIsKnownOrNeither(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.duckdb")
	for _, until := range []string{"0", "3", "20"} { // each child continues with the file of the one before
		child, lines := start(t, path)
		last := -1
		for lines.Scan() {
			if _, err := fmt.Sscan(lines.Text(), &last); err != nil {
				t.Fatal(lines.Text())
			}
			if lines.Text() == until {
				break
			}
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait() // the error is that it was killed
		d := open(t, path, &warehousetest.Bucket{})
		rows, err := d.Query(t.Context(), "SELECT n, count(*) AS times FROM raw.counter GROUP BY n ORDER BY n", nil, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) < last+1 {
			t.Errorf("%d jobs were reported as done, but only %d are", last+1, len(rows))
		}
		for i, row := range rows {
			if row["n"] != int64(i) || row["times"] != int64(1000) {
				t.Errorf("job %d happened in part, or twice: %v", i, row)
			}
			if status, err := d.Wait(t.Context(), step(i).ID); err != nil || status.Err != nil || !status.Done {
				t.Errorf("job %d happened and is not known: %+v, %v", i, status, err)
			}
		}
		if _, err := d.Wait(t.Context(), step(len(rows)).ID); !errors.Is(err, warehouse.ErrNotFound) {
			t.Errorf("job %d has not happened: want ErrNotFound, got %v", len(rows), err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFileOpenElsewhereNamesTheProcessAndTheFix(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.duckdb")
	child, lines := start(t, path)
	if !lines.Scan() {
		t.Fatal("the child did not start")
	}
	_, err := duckdb.Open(t.Context(), duckdb.Options{Path: path})
	if err == nil {
		t.Fatal("it was opened all the same")
	}
	for _, want := range []string{path, fmt.Sprintf("PID %d", child.Process.Pid), "wait until it has ended"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q: %v", want, err)
		}
	}
	if _, err := os.Stat(path + ".tmp"); err != nil {
		t.Errorf("the other process's folder is gone: %v", err)
	}
	_ = child.Process.Kill()
	_ = child.Wait()
	open(t, path, &warehousetest.Bucket{}) // the lock went with the process
}

func TestFileOpenInThisProcessIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.duckdb")
	d := open(t, path, &warehousetest.Bucket{})
	if _, err := duckdb.Open(t.Context(), duckdb.Options{Path: path}); err == nil || !strings.Contains(err.Error(), "this process") {
		t.Errorf("got %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path, &warehousetest.Bucket{})
}

func TestFileOfAnotherFormatIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.duckdb")
	if err := os.WriteFile(path, []byte(strings.Repeat("not a database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := duckdb.Open(t.Context(), duckdb.Options{Path: path}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
}

func TestOutcomesOutliveTheDriver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a folder's", "w?%#.duckdb")
	d := open(t, path, &warehousetest.Bucket{})
	good := warehouse.Job{ID: "good", Labels: map[string]string{"model": "m"}, Query: &warehouse.Query{SQL: "SELECT 1.5 AS x, NULL AS y"}}
	bad := warehouse.Job{ID: "bad", Query: &warehouse.Query{SQL: "SELECT x"}}
	before, err := warehouse.Run(t.Context(), d, good)
	if err != nil {
		t.Fatal(err)
	}
	_, failure := warehouse.Run(t.Context(), d, bad)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d = open(t, path, &warehousetest.Bucket{})
	after, err := d.Wait(t.Context(), "good")
	if err != nil || !after.Ended.Equal(before.Ended) || after.Labels["model"] != "m" {
		t.Errorf("%+v has become %+v, %v", before, after, err)
	}
	if rows, err := d.Rows(t.Context(), "good", 1); err != nil || len(rows) != 1 || rows[0]["x"] != "1.5" || rows[0]["y"] != nil {
		t.Errorf("rows are %v, %v", rows, err)
	}
	if _, again := warehouse.Run(t.Context(), d, bad); again == nil || again.Error() != failure.Error() {
		t.Errorf("%v has become %v", failure, again)
	}
}

func TestCloseInterruptsAJobAsIfNeverSubmitted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.duckdb")
	reading := make(chan struct{})
	d, err := duckdb.Open(t.Context(), duckdb.Options{Path: path, Open: func(ctx context.Context, _ string) (io.ReadCloser, error) {
		close(reading)
		<-ctx.Done()
		return nil, ctx.Err()
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.EnsureTable(t.Context(), counter); err != nil {
		t.Fatal(err)
	}
	job := warehouse.Job{ID: "load", Load: &warehouse.Load{URIs: []string{"gs://b/o"}, Destination: counter.Table, Schema: counter.Schema}}
	if err := d.Submit(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	<-reading
	waited := make(chan error)
	go func() {
		_, err := d.Wait(context.Background(), "load")
		waited <- err
	}()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-waited; err == nil {
		t.Error("waiting gave no error")
	}
	d = open(t, path, &warehousetest.Bucket{})
	if _, err := d.Wait(t.Context(), "load"); !errors.Is(err, warehouse.ErrNotFound) {
		t.Errorf("want ErrNotFound, got %v", err)
	}
}

func TestAnUnreadableObjectIsATransientError(t *testing.T) {
	d, err := duckdb.Open(t.Context(), duckdb.Options{
		Path: filepath.Join(t.TempDir(), "w.duckdb"),
		Open: func(context.Context, string) (io.ReadCloser, error) { return io.NopCloser(brokenBody{}), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.EnsureTable(t.Context(), counter); err != nil {
		t.Fatal(err)
	}
	job := warehouse.Job{ID: "load", Load: &warehouse.Load{URIs: []string{"gs://b/o"}, Destination: counter.Table, Schema: counter.Schema}}
	var failure *warehouse.JobError
	if _, err := warehouse.Run(t.Context(), d, job); !errors.As(err, &failure) || !failure.Transient || !strings.Contains(err.Error(), "gs://b/o") {
		t.Errorf("got %v", err)
	}
}

// brokenBody fails to read.
type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { return 0, errors.New("connection reset") }
