package duckdb

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Constructs without a known equivalent are refused by name, line and column. Each case of the file is a
// statement and, after an arrow, the refusal; -update rewrites the refusals.
func TestRefusalsNameTheConstructAndItsPlace(t *testing.T) {
	const file = "testdata/refused.txt"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rewrite := testRewriter(t)
	var written []string
	for text := range strings.SplitSeq(strings.TrimSpace(string(data)), "\n\n") {
		statement, want, _ := strings.Cut(text, "\n=> ")
		got, err := rewrite(statement)
		switch {
		case err == nil:
			t.Errorf("%s\nis rewritten: %s", statement, got)
			continue
		case !errors.As(err, new(*Refusal)):
			t.Errorf("%s\nis not a refusal: %v", statement, err)
			continue
		}
		message := strings.ReplaceAll(err.Error(), "\n", "\n=> ")
		written = append(written, statement+"\n=> "+message)
		if diff := cmp.Diff(want, message); diff != "" && !*update {
			t.Errorf("%s (-file +now):\n%s", statement, diff)
		}
	}
	if *update && !t.Failed() {
		if err := os.WriteFile(file, []byte(strings.Join(written, "\n\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAStatementThatGoogleSQLRejectsIsNotARefusal(t *testing.T) {
	rewrite := testRewriter(t)
	for statement, want := range map[string]string{
		"SELECT":                       "rewrite for DuckDB: parse: Syntax error: Unexpected end of statement [at 1:7]",
		"SELECT nothing FROM raw.none": "rewrite for DuckDB: analyze: Table not found: raw.none [at 1:21]",
	} {
		_, err := rewrite(statement)
		if err == nil || errors.As(err, new(*Refusal)) || err.Error() != want {
			t.Errorf("%s: got %v, want %s", statement, err, want)
		}
	}
}
