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
