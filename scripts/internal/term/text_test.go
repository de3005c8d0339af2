package term

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestValuesAreShownOnOneLineOfVisibleCharacters(t *testing.T) {
	for value, want := range map[string]string{
		"Ten Notes on Boredom":                    "Ten Notes on Boredom",
		"日本語, עברית, é and a\u00a0space":          "日本語, עברית, é and a\u00a0space",
		"👩\u200d💻 and می\u200cخواهم":              "👩\u200d💻 and می\u200cخواهم",
		"red \x1b[31m":                            `red \x1b[31m`,
		"\x1b]0;a title\a":                        `\x1b]0;a title\a`,
		"one-byte controls \u009b2J \u0085 \x7f.": `one-byte controls \u009b2J \u0085 \x7f.`,
		"txt\u202egpj.exe\u2066\u061c":            `txt\u202egpj.exe\u2066\u061c`,
		"bad\nmissing: all is well\r\t":           `bad\nmissing: all is well\r\t`,
		"line \u2028 paragraph \u2029":            `line \u2028 paragraph \u2029`,
		"tag \U000e0041":                          `tag \U000e0041`,
		"broken \xff\xc3":                         `broken \xff\xc3`,
		`C:\new`:                                  `C:\new`,
	} {
		if got := Visible(value); got != want {
			t.Errorf("%q is shown as %q, want %q", value, got, want)
		}
	}
}

type note struct{ text string }

func (n note) String() string { return n.text }

func TestSprintfShowsEachKindOfValue(t *testing.T) {
	type named string
	for _, tc := range []struct {
		format string
		value  any
		want   string
	}{
		{"%s", "a\nb", `a\nb`},
		{"%v", named("a\nb"), `a\nb`},
		{"%v", note{"a\nb"}, `a\nb`},
		{"%v", []string{"a\n", "b"}, `[a\n b]`},
		{"%v", []byte("a\x1b"), `[97 27]`},
		{"%v", errors.New("a\nb"), `a\nb`},
		{"%-5s|", "a", "a    |"},
		{"%3d", 7, "  7"},
		{"%.1f", 0.25, "0.2"},
		{"%v", nil, "<nil>"},
		{"%s", Paint(true).In(31, "a\x1b"), "\x1b[31ma\\x1b\x1b[0m"},
		{"%s", Column([]string{"a\nb", "c"}), "a\\nb\nc"},
		{"%s", Lines("\x1b[1ma\x1b[0m\n└ b\x1b]0;c"), "\x1b[1ma\x1b[0m\n└ b\\x1b]0;c"},
	} {
		if got := Sprintf(tc.format, tc.value).String(); got != tc.want {
			t.Errorf("%s of %#v: %q, want %q", tc.format, tc.value, got, tc.want)
		}
	}
}

// Faults that the program has joined stand below each other. What a service says begins no line.
func TestOnlyJoinedErrorsHaveLines(t *testing.T) {
	forged := errors.New("HTTP 500: sorry\nmissing: kit 2026-11-21: all is lost")
	joined := errors.Join(errors.New("first"), fmt.Errorf("second: %w", errors.Join(forged, errors.New("third"))))
	for _, tc := range []struct {
		err  error
		want string
	}{
		{forged, `HTTP 500: sorry\nmissing: kit 2026-11-21: all is lost`},
		{fmt.Errorf("load: %w; fix: wait", forged), `load: HTTP 500: sorry\nmissing: kit 2026-11-21: all is lost; fix: wait`},
		{joined, "first\nsecond: HTTP 500: sorry\\nmissing: kit 2026-11-21: all is lost\nthird"},
		{fmt.Errorf("config: %w.", errors.Join(errors.New("a"), errors.New("b"))), "config: a\nb."},
		{fmt.Errorf("%w of %w", errors.New("a"), errors.New("b")), "a of b"},
	} {
		if got := Sprintf("%v", tc.err).String(); got != tc.want {
			t.Errorf("%q, want %q", got, tc.want)
		}
	}
}

// JSON has escapes of its own, so a value stays exact.
func TestJSONIsExactAndShowsNoHiddenCharacter(t *testing.T) {
	value := map[string]string{"title": "\x1b[2J \u009b \u202e \x7f \U000e0041 👩\u200d💻 <b>\n"}
	var b bytes.Buffer
	if err := NewOutput(&b).JSON(value); err != nil {
		t.Fatal(err)
	}
	want := `  "title": "\u001b[2J \u009b \u202e \u007f \udb40\udc41 👩` + "\u200d" + `💻 <b>\n"`
	if !strings.Contains(b.String(), want) {
		t.Errorf("got %s, want %s", b.String(), want)
	}
	var back map[string]string
	if err := json.Unmarshal(b.Bytes(), &back); err != nil || back["title"] != value["title"] {
		t.Errorf("%q, %v", back, err)
	}
}

// Whatever a value holds, a line of text stays one line that no terminal obeys, and JSON stays what it was.
func TestNoValueReachesATerminalUnseen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.String(), rapid.StringOfN(rapid.RuneFrom(nil, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp),
			0, 20, -1), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "value")
		var text, asJSON bytes.Buffer
		NewOutput(&text).Say("%s", value)
		line, ok := strings.CutSuffix(text.String(), "\n")
		if !ok || strings.ContainsFunc(line, hidden) || Visible(line) != line {
			t.Fatalf("%q is shown as %q", value, line)
		}
		if err := NewOutput(&asJSON).JSON(value); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsFunc(strings.TrimSuffix(asJSON.String(), "\n"), hidden) {
			t.Fatalf("%q is shown as %q", value, asJSON.String())
		}
		var back string
		if err := json.Unmarshal(asJSON.Bytes(), &back); err != nil || back != strings.ToValidUTF8(value, "\ufffd") && !strings.Contains(back, "\ufffd") {
			t.Fatalf("%q comes back as %q, %v", value, back, err)
		}
	})
}

func TestTableCellsAreVisible(t *testing.T) {
	table := NewTable()
	table.Right(2)
	table.Row("a\nb", 7)
	table.Row("c", Column([]string{"1,000", "2"}))
	if got, want := table.Text().Indent("> ").String(), "a\\nb      7\n> c     1,000\n>           2"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAWriterKeepsLinesAndColoursAlone(t *testing.T) {
	var b bytes.Buffer
	if n, err := fmt.Fprint(NewOutput(&b).Writer(), "\x1b[1mUsage\x1b[0m\n\x1b]8;;x\a\n"); err != nil || n != 22 {
		t.Errorf("%d, %v", n, err)
	}
	if got, want := b.String(), "\x1b[1mUsage\x1b[0m\n\\x1b]8;;x\\a\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
