package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/rollcall/scripts/modelc/compile"
)

// The coordinator reads only the manifest, so it must match the models.
func TestManifestIsNotStale(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	if err := checkManifest(root); err != nil {
		t.Error(err)
	}
}

func TestCheckReportsAStaleManifest(t *testing.T) {
	root := t.TempDir()
	models := filepath.Join(root, compile.ModelFolder)
	for from, to := range map[string]string{"compile/testdata/project": root, "compile/testdata/good/no_inputs": models} {
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	stale := func(when string) {
		t.Helper()
		const want = "coordinator/models/manifest.json is stale; run go generate ./coordinator/models"
		if err := checkManifest(root); err == nil || err.Error() != want {
			t.Errorf("%s: error %v", when, err)
		}
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	manifest, model := filepath.Join(root, compile.ManifestFile), filepath.Join(models, "calendar.sql")
	if err := os.Remove(manifest); err != nil {
		t.Fatal(err)
	}
	stale("no manifest")

	data, err := build(root)
	if err != nil {
		t.Fatal(err)
	}
	write(manifest, string(data))
	if err := checkManifest(root); err != nil {
		t.Errorf("just built: %v", err)
	}

	text, err := os.ReadFile(model)
	if err != nil {
		t.Fatal(err)
	}
	write(model, strings.Replace(string(text), "AS day", "AS day WHERE day <> '2026-02-28'", 1))
	stale("another query")
}

func TestTheExitStatusSaysWhatHappened(t *testing.T) {
	write := func(name, text string) string {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	good, bad := write("good.sql", "SELECT 1 AS n"), write("bad.sql", "SELECT nothing AS n")
	for name, c := range map[string]struct {
		args   []string
		status int
		says   string // on standard error, or as part of standard output
	}{
		"a good view":         {[]string{"audit", good}, done, "1 view; 1 model proposed."},
		"a view not read":     {[]string{"audit", good, bad}, unread, "Unrecognized name: nothing"},
		"no views":            {[]string{"audit"}, failed, "no views are given\n  fix: name files of CREATE VIEW statements"},
		"no such file":        {[]string{"audit", good + "x"}, failed, "good.sqlx: no such file"},
		"no such columns":     {[]string{"audit", good, "--columns", good + "x"}, failed, "good.sqlx: no such file"},
		"columns of another":  {[]string{"audit", good, "--columns", good}, failed, "the file is not JSON of rows"},
		"an unknown flag":     {[]string{"audit", good, "--wirte", "x"}, failed, `unknown flag --wirte, did you mean "--write"?; --help lists`},
		"a flag without its":  {[]string{"audit", good, "--write"}, failed, "--write: expected string value"},
		"a map without =":     {[]string{"audit", good, "--map", "raw.a"}, failed, "--map"},
		"a map to no table":   {[]string{"audit", good, "--map", "old.a=raw.typo"}, failed, "--map old.a=raw.typo: there is no raw.typo\n  fix: "},
		"an unknown command":  {[]string{"audti", good}, failed, "unexpected argument audti"},
		"too many arguments":  {[]string{"check", good}, failed, "unexpected argument"},
		"an argument of none": {[]string{good}, failed, "unexpected argument"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs strings.Builder
			if status := modelc(c.args, &out, &errs); status != c.status {
				t.Errorf("exit status %d, want %d", status, c.status)
			}
			if said := errs.String(); c.status == failed && (!strings.Contains(said, c.says) || out.Len() > 0) {
				t.Errorf("%q, want %q; on standard output: %q", said, c.says, out.String())
			}
			if said := out.String(); c.status != failed && (!strings.Contains(said, c.says) || errs.Len() > 0) {
				t.Errorf("%q, want %q; on standard error: %q", said, c.says, errs.String())
			}
		})
	}
}
