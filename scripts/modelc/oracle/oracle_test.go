package oracle_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/scripts/modelc/oracle"
)

func ask(t *testing.T, queries ...string) ([]oracle.Answer, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // Maven may download first
	defer cancel()
	answers, err := oracle.Ask(ctx, queries, map[string]string{"p": "2024-02-29"})
	if errors.Is(err, oracle.ErrUnavailable) {
		t.Skip(err)
	}
	return answers, err
}

// Every kind of value comes back as text, rows keep their order, and a failure is the answer of its query
// alone.
func TestAnswers(t *testing.T) {
	got, err := ask(t,
		`SELECT 1 AS i, -0.5 AS f, NUMERIC '1.50' AS n, TRUE AS b, 'é<"' AS s, b'\xff' AS y, DATE '2026-01-31' AS d,
			TIMESTAMP '2026-01-01' AS t, JSON '{"a": 1}' AS j, [1, NULL] AS a, STRUCT(1 AS x, 'y') AS u, NULL`,
		"SELECT x FROM UNNEST([2, 3, 1]) AS x ORDER BY x DESC",
		"SELECT 1 / x FROM UNNEST([0]) AS x",
		"SELECT @p AS p",
	)
	if err != nil {
		t.Fatal(err)
	}
	want := []oracle.Answer{
		{
			Columns: []oracle.Column{
				{Name: "i", Type: "INT64"}, {Name: "f", Type: "FLOAT64"}, {Name: "n", Type: "NUMERIC"}, {Name: "b", Type: "BOOL"},
				{Name: "s", Type: "STRING"}, {Name: "y", Type: "BYTES"}, {Name: "d", Type: "DATE"},
				{Name: "t", Type: "TIMESTAMP"}, {Name: "j", Type: "JSON"}, {Name: "a", Type: "ARRAY<INT64>"},
				{Name: "u", Type: "STRUCT<x INT64, STRING>"}, {Type: "INT64"},
			},
			Rows: [][]any{{
				"1", "-0.5", "1.5", "true", `é<"`, "ff", "2026-01-31",
				"2026-01-01T00:00:00Z", `{"a":1}`, []any{"1", nil}, []any{"1", "y"}, nil,
			}},
		},
		{Columns: []oracle.Column{{Name: "x", Type: "INT64"}}, Rows: [][]any{{"3"}, {"2"}, {"1"}}},
		{Error: "division by zero: 1 / 0"},
		{Columns: []oracle.Column{{Name: "p", Type: "DATE"}}, Rows: [][]any{{"2024-02-29"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAQueryThatIsNotValidIsAnError(t *testing.T) {
	_, err := ask(t, "SELECT 1", "SELECT a", "SELECT FROM")
	if err == nil || !strings.Contains(err.Error(), "Unrecognized name: a [at 1:8]\nSELECT a\n") ||
		!strings.Contains(err.Error(), "SELECT FROM") {
		t.Errorf("got %v", err)
	}
}

// Without its switch, nothing is downloaded and no process starts.
func TestItIsAskedOnlyWithItsSwitch(t *testing.T) {
	t.Setenv(oracle.Switch, "")
	_, err := oracle.Ask(t.Context(), []string{"SELECT 1"}, nil)
	if !errors.Is(err, oracle.ErrUnavailable) || !strings.Contains(err.Error(), "set ORACLE=yes") {
		t.Errorf("got %v", err)
	}
}

// Where Java is missing, the error says what to install.
func TestAMachineWithoutJava(t *testing.T) {
	t.Setenv(oracle.Switch, "yes")
	t.Setenv("PATH", t.TempDir())
	_, err := oracle.Ask(t.Context(), []string{"SELECT 1"}, nil)
	if !errors.Is(err, oracle.ErrUnavailable) || !strings.Contains(err.Error(), "install Java 17 and Maven") {
		t.Errorf("got %v", err)
	}
}
