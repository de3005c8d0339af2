package duckdb

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the DuckDB statements and refusals in testdata; results stay")

// query is a case of testdata/queries. Its result comes from GoogleSQL's reference implementation.
type query struct{ name, sql, duckdb, result string }

// Every query gives in DuckDB what it gives in GoogleSQL: the same columns, types and rows, or an error in
// both.
func TestRewrittenQueriesReturnTheSame(t *testing.T) {
	files, err := filepath.Glob("testdata/queries/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no queries: %v", err)
	}
	rewrite, conn := testRewriter(t), open(t)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			queries := readQueries(t, file)
			for i := range queries {
				q := &queries[i]
				t.Run(q.name, func(t *testing.T) {
					got, err := rewrite(q.sql)
					if err != nil {
						t.Fatal(err)
					}
					if *update {
						q.duckdb = got
					}
					if diff := cmp.Diff(q.duckdb, got); diff != "" {
						t.Errorf("the rewritten statement differs (-file +now); go test -update writes it:\n%s", diff)
					}
					if diff := cmp.Diff(q.result, run(t, conn, got, strings.HasPrefix(q.name, "In order"))); diff != "" {
						t.Errorf("the result differs from GoogleSQL's (-GoogleSQL +DuckDB):\n%s\n%s", got, diff)
					}
				})
			}
			if *update {
				writeQueries(t, file, queries)
			}
			runtime.GC() // the analyzer's memory is freed by finalizers
		})
	}
}

const (
	nameMark   = "## "
	duckdbMark = "-- duckdb --\n"
	resultMark = "-- result --\n"
)

func readQueries(t *testing.T, file string) []query {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var queries []query
	for _, text := range strings.Split("\n"+string(data), "\n"+nameMark)[1:] {
		name, rest, _ := strings.Cut(text, "\n")
		statement, rest, ok := strings.Cut(rest, "\n"+duckdbMark)
		rewritten, result, ok2 := strings.Cut(rest, resultMark)
		if !ok || !ok2 {
			t.Fatalf("%s: %s: a part is missing", file, name)
		}
		queries = append(queries, query{name, statement, strings.TrimSuffix(rewritten, "\n"), strings.TrimRight(result, "\n") + "\n"})
	}
	return queries
}

func writeQueries(t *testing.T, file string, queries []query) {
	t.Helper()
	texts := make([]string, len(queries))
	for i, q := range queries {
		texts[i] = fmt.Sprintf("%s%s\n%s\n%s%s\n%s%s", nameMark, q.name, q.sql, duckdbMark, q.duckdb, resultMark, q.result)
	}
	if err := os.WriteFile(file, []byte(strings.Join(texts, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
}
