package compile

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/rollcall/shared/golden"
	"example.com/rollcall/shared/manifest"
)

// project returns testdata/project with the given models by file name.
func project(t *testing.T, models map[string]string) fstest.MapFS {
	t.Helper()
	tree := fstest.MapFS{}
	base := os.DirFS("testdata/project")
	err := fs.WalkDir(base, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(base, path)
		tree[path] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range models {
		tree[ModelFolder+"/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	return tree
}

// folder returns the models of a folder in testdata.
func folder(t *testing.T, dir string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(dir + "/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: no models (%v)", dir, err)
	}
	models := map[string]string{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		models[filepath.Base(file)] = string(data)
	}
	return models
}

// The example in the models' README compiles.
func TestTheExampleOfTheReadmeCompiles(t *testing.T) {
	text, err := os.ReadFile("../../../coordinator/models/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "```sql\n")
	example, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatal("the README has no example")
	}
	if _, err := ProjectWith(os.DirFS("../../.."), map[string]string{"example.sql": example}); err != nil {
		t.Error(err)
	}
}

// Each folder of testdata/faults has models with errors; want.txt lists the findings.
func TestFindingsAreReportedTogetherWithTheirPlaces(t *testing.T) {
	dirs, err := filepath.Glob("testdata/faults/*")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no cases (%v)", err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			m, err := Project(project(t, folder(t, dir)))
			if err == nil {
				t.Fatalf("compiled without findings: %d models", len(m.Models))
			}
			golden.Compare(t, dir+"/want.txt", strings.ReplaceAll(err.Error(), ModelFolder+"/", "")+"\n")
		})
	}
}

// Each folder of testdata/good has valid models; manifest.json is the result.
func TestManifestHoldsAllThatRunningNeeds(t *testing.T) {
	dirs, err := filepath.Glob("testdata/good/*")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no cases (%v)", err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			m, err := Project(project(t, folder(t, dir)))
			if err != nil {
				t.Fatal(err)
			}
			for _, model := range m.Models {
				delete(model.SQL, manifest.DuckDB) // tested in package duckdb
				model.SQLHash = model.SQL[manifest.BigQuery].Hash
			}
			text, err := Encode(m)
			if err != nil {
				t.Fatal(err)
			}
			golden.Compare(t, dir+"/manifest.json", string(text))
			again, err := manifest.Parse(text, manifest.BigQuery)
			if diff := cmp.Diff(m, again, cmpopts.EquateEmpty()); err != nil || diff != "" {
				t.Errorf("read back: %v\n%s", err, diff)
			}
		})
	}
}

func TestAProjectWithoutModelsIsAnError(t *testing.T) {
	if _, err := Project(project(t, nil)); err == nil || err.Error() != "coordinator/models: no models" {
		t.Errorf("error %v", err)
	}
}

// Errors in a project's raw tables are reported together, before any model is compiled.
func TestErrorsInRawTables(t *testing.T) {
	tree := project(t, map[string]string{"m.sql": "never read"})
	nullable := `[{"name": "day", "type": "DATE", "description": "The day."}]`
	tree["functions/till/schema/till_sales.json"] = &fstest.MapFile{Data: []byte(nullable)}
	delete(tree, "functions/books/schema/books_costs.json")
	_, err := Project(tree)
	const want = "open functions/books/schema/books_costs.json: file does not exist\n" +
		"functions/till/schema/till_sales.json: " +
		"schema: the first column is not a REQUIRED DATE, so it cannot be the partition's date"
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// Constructs that DuckDB cannot run are findings: in the query at their place, in a test at the header's
// columns.
func TestConstructsUnknownToDuckDBAreFindings(t *testing.T) {
	const model = `/*
description: A model.
grain: daily
materialized: table
columns:
  - name: sound
    description: How it sounds.
    tests:
      - expression: SOUNDEX(sound) <> 'T000'
*/
SELECT SOUNDEX(item) AS sound
FROM raw.till_sales
WHERE day = @partition_date AND
  SOUNDEX(item) > 'A'
`
	_, err := Project(project(t, map[string]string{"m.sql": model}))
	if err == nil {
		t.Fatal("compiled; choose another function that the rewrite refuses")
	}
	lines := strings.Split(err.Error(), "\n")
	for i, want := range []string{
		"coordinator/models/m.sql:5:1: not possible in DuckDB: in the tests, ",
		"coordinator/models/m.sql:11:8: not possible in DuckDB: ",
		"coordinator/models/m.sql:14:3: not possible in DuckDB: ",
	} {
		if i >= len(lines) || !strings.HasPrefix(lines[i], want) || !strings.Contains(lines[i], "SOUNDEX") {
			t.Errorf("no line %q about SOUNDEX in\n%v", want, err)
		}
	}
}
