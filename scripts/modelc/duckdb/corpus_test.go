package duckdb

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/scripts/modelc/oracle"
)

var update = flag.Bool("update", false,
	"write the answers of GoogleSQL's reference implementation, the rewritten statements and the refusals to testdata")

// parameters holds the values of the parameters in the queries.
var parameters = map[string]string{"partition_date": "2024-02-01", "partition_end": "2024-03-01"}

// A query is a case of testdata/queries/<file>.txt:
//
//	## What the case shows
//	SELECT …
//	=>
//	a INT64 | b STRING
//	1 | "x"
//
// The answer is GoogleSQL's: the columns, then the rows, sorted unless the query orders them; or "error: " and
// the message. To add a query, write it without the arrow and run `go test ./scripts/modelc/duckdb -update`,
// which needs Java and Maven. testdata/rewritten shows what DuckDB is asked.
//
// In testdata/queries/differences.txt, DuckDB's answer, which is another, follows GoogleSQL's after a second
// arrow, or "error". The package's documentation lists the differences.
type query struct{ file, name, sql, answer, differs string }

const (
	nameMark    = "## "
	answerMark  = "\n=>\n"
	differsMark = "\n=> in DuckDB\n"
	errorAnswer = "error: "
)

// corpus returns all queries, in the order of the files and of their text.
func corpus(t testing.TB) []query {
	t.Helper()
	files, err := filepath.Glob("testdata/queries/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no queries: %v", err)
	}
	var queries []query
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range strings.Split("\n"+string(data), "\n"+nameMark)[1:] {
			name, rest, _ := strings.Cut(strings.TrimRight(text, "\n"), "\n")
			rest, differs, _ := strings.Cut(rest, differsMark)
			sql, answer, _ := strings.Cut(rest, answerMark)
			queries = append(queries, query{strings.TrimSuffix(filepath.Base(file), ".txt"), name, sql, answer, differs})
		}
	}
	return queries
}

// Every query gives in DuckDB what it gives in GoogleSQL: the same columns, types and rows, or an error in
// both.
func TestRewrittenQueriesReturnTheSame(t *testing.T) {
	queries := corpus(t)
	if *update {
		answer(t, queries)
		writeFiles(t, "testdata/queries", ".txt", queries, func(q query) string {
			text := nameMark + q.name + "\n" + q.sql + answerMark + q.answer + "\n"
			if q.differs != "" {
				text = strings.TrimSuffix(text, "\n") + differsMark + q.differs + "\n"
			}
			return text
		})
	}
	rewrite, conn := testRewriter(t), open(t)
	var rewritten []query
	for i, q := range queries {
		t.Run(q.file+"/"+q.name, func(t *testing.T) {
			text, err := rewrite(q.sql)
			if err != nil {
				t.Fatal(err)
			}
			rewritten = append(rewritten, query{file: q.file, name: q.name, sql: text})
			got, err := run(t, conn, text, isOrdered(t, q.sql))
			want := q.answer
			if q.differs != "" {
				want = q.differs
			}
			if err != nil {
				t.Log(err)
				got, want = "error", strings.TrimSuffix(want[:min(len(want), len(errorAnswer))], ": ")
			}
			if got != want {
				t.Errorf("%s\n(-GoogleSQL +DuckDB):\n%s", text, cmp.Diff(want, got))
			}
			if got == q.answer && q.differs != "" {
				t.Error("the answers no longer differ; move the query to another file")
			}
		})
		if i%50 == 0 {
			runtime.GC() // the analyzer's memory is freed by finalizers
		}
	}
	checkRewritten(t, rewritten)
}

// The rewritten statements are kept for people to read: a change shows what DuckDB is asked in another way.
func checkRewritten(t *testing.T, queries []query) {
	t.Helper()
	const folder = "testdata/rewritten"
	text := func(q query) string { return "-- " + q.name + "\n" + q.sql + ";\n" }
	if *update {
		writeFiles(t, folder, ".sql", queries, text)
	}
	for file, want := range filesOf(queries, text) {
		got, err := os.ReadFile(filepath.Join(folder, file+".sql"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(got), want); diff != "" {
			t.Errorf("%s/%s.sql (-file +now); go test -update writes it:\n%s", folder, file, diff)
		}
	}
}

// The answers in testdata are those of GoogleSQL's reference implementation.
func TestTheAnswersAreGoogleSQLs(t *testing.T) {
	queries := corpus(t)
	want := corpus(t)
	answer(t, want)
	for i, q := range queries {
		if q.answer != want[i].answer {
			t.Errorf("%s: %s\n%s\n(-testdata +GoogleSQL); go test -update writes it:\n%s",
				q.file, q.name, q.sql, cmp.Diff(q.answer, want[i].answer))
		}
	}
}

// answer sets the answers of the queries, or skips the test where there is no one to ask.
func answer(t *testing.T, queries []query) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // Maven may download first
	defer cancel()
	texts := make([]string, len(queries))
	for i, q := range queries {
		texts[i] = q.sql
	}
	answers, err := oracle.Ask(ctx, texts, parameters)
	switch {
	case errors.Is(err, oracle.ErrUnavailable) && !*update:
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
	for i, a := range answers {
		queries[i].answer = textOf(a, isOrdered(t, texts[i]))
	}
}

// isOrdered reports whether a query says in which order its rows come.
func isOrdered(t *testing.T, sql string) bool {
	root, err := parse(sql)
	if err != nil {
		t.Fatal(err)
	}
	return root.Child("Query") != nil && root.Child("Query").Child("OrderBy") != nil
}

// filesOf returns the text of each file.
func filesOf(queries []query, text func(query) string) map[string]string {
	files := map[string]string{}
	for _, q := range queries {
		if files[q.file] != "" {
			files[q.file] += "\n"
		}
		files[q.file] += text(q)
	}
	return files
}

func writeFiles(t *testing.T, folder, ending string, queries []query, text func(query) string) {
	t.Helper()
	for file, content := range filesOf(queries, text) {
		if err := os.WriteFile(filepath.Join(folder, file+ending), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
