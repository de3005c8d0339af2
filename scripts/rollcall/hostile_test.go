package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/rollcall/functions/medium/mediumtest"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/upstream/upstreamtest"
)

// hostile returns text that would set a terminal's title and colour, sound its bell, turn its text around, and forge lines.
func hostile(origin string) string {
	return origin + "\x1b]0;owned\a\x1b[2J \u202egnp.exe\u009b31m\nmissing: FORGED by " + origin + "\rFORGED"
}

// What services, files and messages say reaches people through every command, and stays text on one line.
func TestNoTextFromOutsideSteersTheTerminalOrForgesALine(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	p := buildHostile(t)
	dropped := filepath.Join(t.TempDir(), "DROP\x1b]0;owned\a\u202e\u009b.json")
	story, err := json.Marshal(map[string]any{"payload": map[string]any{"postAmounts": []any{
		map[string]any{"periodStartedAt": "2026-10-05 00:00:00", "post": map[string]any{"id": hostile("STORY")}},
	}}})
	if err == nil {
		err = os.WriteFile(dropped, story, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	p.writeLetter(event.DeadLetter{ID: "1", At: p.now, Data: []byte(hostile("DATA")), Attributes: map[string]string{
		"source": hostile("ABOUT"), "reason": hostile("REASON"), "subscription": "projects/p/subscriptions/" + hostile("SUBSCRIPTION"),
	}})
	for _, tc := range []struct {
		args string // with one more at their end, if it is not empty
		more string
		from string // whose text it shows
	}{
		{"run --date 2026-11-21", "", "TITLE KIT DROP STORY"},
		{"run --date 2026-11-21 --json", "", "KIT DROP STORY"},
		{"status", "", "KIT"},
		{"status --date 2026-11-21 --json", "", "KIT"},
		{"explain creator_overview 2026-11-21", "", "KIT"},
		{"deadletters", "", "ABOUT REASON DROP STORY"},
		{"deadletters --json", "", "ABOUT REASON DATA DROP STORY"},
		{"replay --deadletters --dry-run", "", "STORY"},
		{"replay --deadletters --dry-run --json", "", "STORY"},
		{"lineage", hostile("ARGUMENT"), "ARGUMENT"},
		{"status", "--" + hostile("FLAG"), "FLAG"},
		{"", hostile("COMMAND"), "COMMAND"},
	} {
		args := strings.Fields(tc.args)
		if tc.more != "" {
			args = append(args, tc.more)
		}
		stdout, stderr := p.run(args, dropped)
		for _, out := range []string{stdout, stderr} {
			for line := range strings.Lines(out) {
				line = strings.TrimSuffix(line, "\n")
				if term.Visible(line) != line {
					t.Errorf("%q shows %q", args, line)
				}
				if strings.HasPrefix(line, "FORGED") || strings.HasPrefix(line, "missing: FORGED") {
					t.Errorf("%q shows the line %q", tc.args, line)
				}
			}
		}
		if strings.HasSuffix(tc.args, "--json") && !json.Valid([]byte(stdout)) {
			t.Errorf("%q: standard output is no JSON: %s", tc.args, stdout)
		}
		for origin := range strings.FieldsSeq(tc.from) {
			if shown := stdout + stderr; !strings.Contains(shown, origin+`\x1b]0;owned\a`) && !strings.Contains(shown, origin+`\u001b]0;owned\u0007`) {
				t.Errorf("%q does not show the text of %s:\n%s", tc.args, origin, shown)
			}
		}
	}
	p.env = append(p.env, "MEDIUM_RETRY_WAIT=-1s") // the last of two settings wins
	if _, stderr := p.run([]string{"run"}, dropped); strings.Count(stderr, "MEDIUM_RETRY_WAIT is negative") != 1 {
		t.Errorf("a wrong setting is told as %q, want it once", stderr)
	}
}

// program is the built command over a data folder, with a hostile Medium and Kit.
type program struct {
	t         *testing.T
	file, dir string
	now       time.Time
	env       []string
}

func buildHostile(t *testing.T) *program {
	t.Helper()
	p := &program{t: t, file: filepath.Join(t.TempDir(), "rollcall"), dir: filepath.Join(t.TempDir(), "data"),
		now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", p.file, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	fake := mediumtest.New(creator.New(1))
	fake.SetNow(p.now)
	title, err := json.Marshal(hostile("TITLE"))
	if err != nil {
		t.Fatal(err)
	}
	titles := regexp.MustCompile(`"title":\s*"[^"]*"`)
	medium, err := upstreamtest.Listen(t.Context(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		fake.ServeHTTP(rec, r)
		w.WriteHeader(rec.Code)
		_, _ = w.Write(titles.ReplaceAll(rec.Body.Bytes(), append([]byte(`"title":`), bytes.ReplaceAll(title, []byte("$"), []byte("$$"))...)))
	}))
	if err != nil {
		t.Fatal(err)
	}
	kit, err := upstreamtest.Listen(t.Context(), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		_ = json.NewEncoder(w).Encode(map[string][]string{"errors": {hostile("KIT")}})
	}))
	if err != nil {
		t.Fatal(err)
	}
	p.env = append(os.Environ(), "ROLLCALL_NOW="+p.now.Format(time.RFC3339), "MEDIUM_URL="+medium, "MEDIUM_USERNAME="+creator.Username,
		"MEDIUM_SID="+mediumtest.SID, "MEDIUM_UID="+mediumtest.UID, "MEDIUM_INTERVAL=0s", "MEDIUM_RETRY_WAIT=20ms",
		"KIT_URL="+kit+"/v4", "KIT_API_KEY=a-key-that-kit-rejects")
	return p
}

func (p *program) writeLetter(l event.DeadLetter) {
	p.t.Helper()
	data, err := json.Marshal(l)
	if err != nil {
		p.t.Fatal(err)
	}
	folder := filepath.Join(p.dir, "dead-letters")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, l.Name()+".json"), data, 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// run runs the command over the data folder, and drops a file with run.
func (p *program) run(args []string, dropped string) (stdout, stderr string) {
	p.t.Helper()
	switch args[0] {
	case "run":
		args = append(args, "--drop", dropped, "--data", p.dir)
	case "status", "explain", "deadletters", "replay":
		args = append(args, "--data", p.dir)
	}
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(p.t.Context(), p.file, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = p.env, &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		p.t.Fatal(err)
	}
	return out.String(), errs.String()
}

// Only the two places that make the Outputs of a command know the standard streams.
func TestNothingIsWrittenAroundAnOutput(t *testing.T) {
	around := regexp.MustCompile(`os\.Std(out|err)\b|\bfmt\.Print|\bprintln?\(`)
	for _, folder := range []string{".", "../internal/operate", "../internal/term", "../internal/deployment"} {
		err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			data, err := os.ReadFile(path)
			for line := range strings.Lines(string(data)) {
				if around.MatchString(line) && !strings.Contains(line, "term.NewOutput(os.Stdout)") && !strings.Contains(line, ".Fd()") {
					t.Errorf("%s: %s", path, strings.TrimSpace(line))
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
