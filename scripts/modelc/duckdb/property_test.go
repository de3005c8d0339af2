package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"math/big"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Every statement is either rewritten or refused, and DuckDB parses every rewritten statement.
func FuzzRewrite(f *testing.F) {
	for _, q := range seeds(f) {
		f.Add(q)
	}
	rewrite, conn := testRewriter(f), open(f)
	f.Fuzz(func(t *testing.T, statement string) {
		checkParses(t, t.Context(), rewrite, conn, statement)
	})
}

// The same holds for statements of testdata with words dropped, doubled and exchanged.
func TestMangledStatementsAreRewrittenOrRefused(t *testing.T) {
	rewrite, conn := testRewriter(t), open(t)
	statements := seeds(t)
	rapid.Check(t, func(t *rapid.T) {
		words := strings.SplitAfter(rapid.SampledFrom(statements).Draw(t, "statement"), " ")
		at := rapid.IntRange(0, len(words)-1)
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			i, j := at.Draw(t, "i"), at.Draw(t, "j")
			switch rapid.SampledFrom([]string{"drop", "double", "exchange"}).Draw(t, "change") {
			case "drop":
				words[i] = ""
			case "double":
				words[i] += words[j]
			case "exchange":
				words[i], words[j] = words[j], words[i]
			}
		}
		checkParses(t, t.Context(), rewrite, conn, strings.Join(words, ""))
	})
}

type failer interface {
	Errorf(format string, args ...any)
	Fatal(args ...any)
}

func checkParses(t failer, ctx context.Context, rewrite func(string) (string, error), conn *sql.Conn, statement string) {
	text, err := rewrite(statement)
	if err != nil || !isQuery(text) {
		return
	}
	var fault *string
	if err := conn.QueryRowContext(ctx, "SELECT json_serialize_sql($1::VARCHAR) ->> 'error_message'", text).Scan(&fault); err != nil {
		t.Fatal(err)
	}
	if fault != nil {
		t.Errorf("%s\nis rewritten as\n%s\nwhich DuckDB does not parse: %s", statement, text, *fault)
	}
}

// isQuery excludes MERGE, for which DuckDB has no parse function.
func isQuery(text string) bool { return !strings.HasPrefix(strings.ToUpper(text), "MERGE") }

// seeds returns the statements of testdata.
func seeds(f testing.TB) []string {
	f.Helper()
	var list []string
	for _, q := range corpus(f) {
		list = append(list, q.sql)
	}
	data, err := os.ReadFile("testdata/refused.txt")
	if err != nil {
		f.Fatal(err)
	}
	for text := range strings.SplitSeq(string(data), "\n\n") {
		statement, _, _ := strings.Cut(text, "\n=> ")
		list = append(list, statement)
	}
	return list
}

// GoogleSQL rounds in the 80-bit arithmetic of x86, which is close enough to exact; DuckDB's own ROUND is
// not.
func TestRoundUsesTheExactDouble(t *testing.T) {
	conn := open(t)
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.IntRange(0, 4).Draw(t, "digits")
		x := rapid.OneOf(
			rapid.Float64Range(-1e6, 1e6),
			rapid.Custom(func(t *rapid.T) float64 { // ratios of whole numbers, as reports have them
				return float64(rapid.IntRange(-10_000, 10_000).Draw(t, "a")) / float64(rapid.IntRange(1, 10_000).Draw(t, "b"))
			}),
			rapid.Custom(func(t *rapid.T) float64 { // the doubles next to a half
				return (float64(rapid.IntRange(-100_000, 100_000).Draw(t, "n")) + 0.5) / math.Pow10(digits)
			}),
		).Draw(t, "x")
		statement := fmt.Sprintf("SELECT CAST(CAST(printf('%%.40f', $1::DOUBLE) AS DECIMAL(38, %d)) AS DOUBLE)", digits)
		var got float64
		if err := conn.QueryRowContext(t.Context(), statement, x).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if want := roundExtended(x, digits); got != want {
			t.Fatalf("ROUND(%v, %d) is %v, want %v", x, digits, got, want)
		}
	})
}

// roundExtended is GoogleSQL's RoundDecimal:
// https://github.com/google/googlesql/blob/master/googlesql/public/functions/math.cc
func roundExtended(x float64, digits int) float64 {
	extended := func() *big.Float { return new(big.Float).SetPrec(64) }
	unit := extended().SetInt64(1)
	for range digits {
		unit.Quo(unit, big.NewFloat(10))
	}
	quotient := extended().Quo(extended().SetFloat64(x), unit)
	half := big.NewFloat(math.Copysign(0.5, x))
	whole, _ := new(big.Float).SetPrec(200).Add(quotient, half).Int(nil) // towards zero, so half away from it
	result, _ := extended().Mul(extended().SetInt(whole), unit).Float64()
	return result
}
