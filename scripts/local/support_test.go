package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/scripts/internal/site/folder"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/warehouse/duckdb"
)

// scratch is a folder that all tests share.
var scratch string

// childDir is the variable that makes the test program be the command, over the folder that it names.
const childDir = "ROLLCALL_TEST_DATA"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		os.Exit(run(context.Background(), flags{Data: dir}, world(os.Stdout, os.Stderr)))
	}
	var err error
	if scratch, err = os.MkdirTemp("", "local"); err != nil {
		panic(err)
	}
	status := m.Run()
	_ = os.RemoveAll(scratch) // what is left, the system will clear away
	os.Exit(status)
}

// childRun is the command as a process of its own.
func childRun(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0])
	c.Env = append(os.Environ(), childDir+"="+dir)
	return c
}

func declaredPipeline(t *testing.T) *pipeline.Pipeline {
	t.Helper()
	p, err := pipeline.Parse(coordinator.PipelineYAML)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func testScope(t *testing.T) scope {
	t.Helper()
	sc, err := newScope(flags{}, declaredPipeline(t), testDays, morningAfter)
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

// contents tells of every table of the data how many rows it has, and a sum over them that no order changes. Of freshness,
// what tells when something ran is left out.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	d, err := duckdb.Open(t.Context(), duckdb.Options{Path: folder.Home{Dir: dir}.Warehouse()})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	query := func(sql string) []map[string]any {
		rows, err := d.Query(t.Context(), sql, nil, 1000)
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	tables := map[string]string{}
	for _, row := range query(`SELECT table_schema || '.' || table_name AS name FROM information_schema.tables WHERE table_schema IN ('raw', 'mart')`) {
		name := row["name"].(string)
		from := name
		if name == "mart.freshness" {
			from = "(SELECT * EXCLUDE (published_at, last_published_at) FROM mart.freshness)"
		}
		sum := query(fmt.Sprintf(`SELECT count(*) || ' rows, ' || coalesce(sum(CAST(hash(t) AS HUGEINT)), 0) AS sum FROM %s AS t`, from))
		tables[name] = sum[0]["sum"].(string)
	}
	return tables
}
