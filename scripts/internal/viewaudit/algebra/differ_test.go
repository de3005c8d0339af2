package algebra_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"example.com/rollcall/scripts/internal/viewaudit/algebra"
	"example.com/rollcall/scripts/modelc/duckdb"
)

// differ.sql holds pairs of queries that look alike and are not the same. DuckDB returns other rows for the two, unless
// the pair says why they are not shown, or DuckDB cannot run them.
func TestQueriesThatDifferAreNotTheSame(t *testing.T) {
	text, err := os.ReadFile("testdata/differ.sql")
	if err != nil {
		t.Fatal(err)
	}
	db := open(t)
	if _, err := db.Exec(`INSERT INTO raw.sales VALUES
		('2026-01-01', 'p', 'a', 1, 0.5, ['x', 'y']), ('2026-01-01', 'q', 'a', 3, 0, []), ('2026-01-05', 'r', 'b', NULL, 1.26, ['z']),
		('2026-02-01', 's', NULL, 2, 0.3, NULL), ('2026-02-02', 'a', 'q', 0, 0.1, ['x', 'x', 'y']), (NULL, 'a%', 'a', 3, 7, ['z']),
		('2026-02-02', 'z', 'y', 9007199254740992, -0.0, []);
		INSERT INTO raw.items VALUES ('2026-01-01', 'a', 'x'), ('2026-01-01', 'b', NULL), ('2026-01-02', NULL, 'b'), ('2026-01-02', 'e', 'x')`,
	); err != nil {
		t.Fatal(err)
	}
	for pair := range strings.SplitSeq(string(text), "\n\n") {
		lines := strings.Split(strings.TrimSpace(pair), "\n")
		name, rest := strings.TrimPrefix(lines[0], "-- "), lines[1:]
		isHidden := strings.HasPrefix(rest[0], "-- not shown: ")
		if isHidden {
			rest = rest[1:]
		}
		if len(rest) != 2 {
			t.Fatalf("%s: not two queries: %q", name, rest)
		}
		t.Run(name, func(t *testing.T) {
			a, b := relation(t, rest[0]), relation(t, rest[1])
			if algebra.Compare(a, b).Verdict == algebra.Same || algebra.Compare(b, a).Verdict == algebra.Same {
				t.Errorf("the same:\n%s\n%s", key(a), key(b))
			}
			if !isHidden && !db.differ(t, rest[0], rest[1]) {
				t.Error("DuckDB returns the same rows: say why, or add rows by which they differ")
			}
		})
	}
}

// differ reports whether two queries return different rows, one of them fails, or DuckDB cannot run them.
func (db *shopDB) differ(t *testing.T, a, b string) bool {
	t.Helper()
	var rows [2][]string
	var failed [2]error
	for i, query := range []string{a, b} {
		text, err := duckdb.Rewrite(db.catalog, query)
		if err != nil {
			t.Log(err)
			return true
		}
		rows[i], failed[i] = db.try(text)
	}
	return !slices.Equal(rows[0], rows[1]) || (failed[0] == nil) != (failed[1] == nil)
}
