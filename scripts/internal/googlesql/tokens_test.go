package googlesql_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	goccy "github.com/goccy/go-googlesql"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.com/rollcall/scripts/internal/googlesql"
)

func texts(sql string) []string {
	var list []string
	for _, t := range googlesql.Scan(sql) {
		list = append(list, t.Text)
	}
	return list
}

func TestScan(t *testing.T) {
	for name, c := range map[string]struct {
		sql  string
		want []string
	}{
		"words, numbers, operators":      {"a.b>=1.5e-3||@p", []string{"a", ".", "b", ">=", "1.5e-3", "||", "@p"}},
		"a number that begins with .":    {"x+.5", []string{"x", "+", ".5"}},
		"a column after a table":         {"t1.x", []string{"t1", ".", "x"}},
		"comments of all kinds":          {"a -- b\n# c\n/* d\n*/e", []string{"a", "e"}},
		"a comment without an end":       {"a /* b", []string{"a"}},
		"comment marks within text":      {"'-- a' \"# b\" `/* c`", []string{"'-- a'", "\"# b\"", "`/* c`"}},
		"quotes within text":             {`'it\'s' "a\"b"`, []string{`'it\'s'`, `"a\"b"`}},
		"text over lines":                {"'''a\n'b' ''' x", []string{"'''a\n'b' '''", "x"}},
		"empty text":                     {`'' "" ''''''`, []string{`''`, `""`, `''''''`}},
		"prefixes":                       {`r'\d' B"x" rb'''y''' bar`, []string{`r'\d'`, `B"x"`, `rb'''y'''`, "bar"}},
		"a raw string's escaped quote":   {`r'a\'b'`, []string{`r'a\'b'`}},
		"a name is no prefix":            {`br`, []string{"br"}},
		"text without an end":            {"'abc", []string{"'abc"}},
		"minus minus is a comment":       {"1 - -1", []string{"1", "-", "-", "1"}},
		"letters of all alphabets":       {"SELECT größe", []string{"SELECT", "größe"}},
		"nothing":                        {" \n\t ", nil},
		"division is not a comment":      {"a / b", []string{"a", "/", "b"}},
		"generics close one by one":      {"ARRAY<INT64>[]", []string{"ARRAY", "<", "INT64", ">", "[", "]"}},
		"system variables and arguments": {"@@x f(a => 1)", []string{"@@x", "f", "(", "a", "=>", "1", ")"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, texts(c.sql)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What is between tokens does not matter.
func TestLayoutAndCommentsDoNotMatter(t *testing.T) {
	words := rapid.SampledFrom([]string{
		"SELECT", "a", "b1", "1", "2.5", "'-- no'", `"/* no"`, "`# no`", "r'\\''", "'''x\n'y'''", "(", ")", ",", "<=", "@p", "é",
	})
	blanks := rapid.SampledFrom([]string{" ", "\n", "\t", " -- c\n", "/* ' */", " # \"\n", "/**/"})
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(words, 1, 20).Draw(t, "words")
		var b strings.Builder
		for _, word := range want {
			b.WriteString(strings.Join(rapid.SliceOfN(blanks, 1, 3).Draw(t, "blanks"), ""))
			b.WriteString(word)
		}
		if diff := cmp.Diff(want, texts(b.String())); diff != "" {
			t.Errorf("%q (-want +got):\n%s", b.String(), diff)
		}
	})
}

func TestHasComment(t *testing.T) {
	for sql, want := range map[string]bool{
		"a > 0": false, "a > 0 -- x": true, "a # x": true, "/* x */ a": true, "a = '-- x'": false, "a = '/*' || b": false,
	} {
		if got := googlesql.HasComment(sql); got != want {
			t.Errorf("HasComment(%q) is %v", sql, got)
		}
	}
}

// Every token is at its offset, in order, and there is no token between them.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{"SELECT 'a' -- b\n", "r'''", "`", "/*", "\\'\"", "é\xff", "0x", "1..2", "@@"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		end := 0
		for _, token := range googlesql.Scan(sql) {
			if token.Text == "" || token.Offset < end || !strings.HasPrefix(sql[token.Offset:], token.Text) {
				t.Fatalf("%q: token %+v is not there", sql, token)
			}
			if between := texts(sql[end:token.Offset]); between != nil {
				t.Fatalf("%q: %q between tokens", sql, between)
			}
			end = token.Offset + len(token.Text)
		}
	})
}

// GoogleSQL's parser understands a query and its tokens, one a line, alike.
func TestTokensKeepTheMeaningOfAQuery(t *testing.T) {
	if err := goccy.Init(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("../../../coordinator/models/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no models (%v)", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want, got := reread(t, string(text)), reread(t, strings.Join(texts(string(text)), "\n"))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

// reread returns a statement as GoogleSQL's parser writes it.
func reread(t *testing.T, sql string) string {
	t.Helper()
	language, err := goccy.NewLanguageOptionsMaximumFeatures()
	if err != nil {
		t.Fatal(err)
	}
	if err := language.EnableReservableKeyword("QUALIFY", true); err != nil {
		t.Fatal(err)
	}
	options, err := goccy.NewParserOptions()
	if err != nil {
		t.Fatal(err)
	}
	if err := options.SetLanguageOptions(language); err != nil {
		t.Fatal(err)
	}
	output, err := goccy.ParseStatement(sql, options)
	if err != nil {
		t.Fatal(err)
	}
	statement, err := output.Statement()
	if err != nil {
		t.Fatal(err)
	}
	text, err := goccy.Unparse(statement)
	if err != nil {
		t.Fatal(err)
	}
	runtime.KeepAlive(output)
	return text
}
