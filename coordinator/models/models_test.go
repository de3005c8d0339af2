package models_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"example.com/rollcall/coordinator/models"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/schema"
)

var all = models.Load(manifest.DuckDB)

// The expected numbers were calculated by hand from the descriptions in the model's header.
func TestModelsReturnTheExpectedRows(t *testing.T) {
	for _, model := range all.Models {
		t.Run(model.Name, func(t *testing.T) {
			t.Parallel()
			w := newTestWarehouse(t, model)
			files, err := filepath.Glob(filepath.Join("testdata", model.Name, "*", "case.yaml"))
			if err != nil || len(files) == 0 {
				t.Fatalf("no cases in testdata/%s: %v", model.Name, err)
			}
			for _, file := range files {
				c := readCase(t, filepath.Dir(file))
				t.Run(filepath.Base(c.dir), func(t *testing.T) { testOneCase(t, w, c) })
			}
		})
	}
}

func testOneCase(t *testing.T, w *testWarehouse, c testCase) {
	var audits []map[string]int64
	for _, backwards := range []bool{true, false} {
		for table, s := range w.schemas {
			rows := c.rows(t, table, s)
			if backwards {
				slices.Reverse(rows)
			}
			w.fill(t, table, s, rows)
		}
		w.stage(t, c.partition)
		audits = append(audits, w.audit(t, c.partition))
	}
	if diff := cmp.Diff(audits[0], audits[1]); diff != "" {
		t.Errorf("the audit, and with it what runs downstream, depends on the order of the rows (-backwards +forwards):\n%s", diff)
	}
	if diff := cmp.Diff(c.warns, w.failing(audits[1])); diff != "" {
		t.Errorf("checks that fail (-warns of case.yaml +got):\n%s", diff)
	}
	for _, check := range w.model.Checks {
		if slices.Contains(c.warns, check.Text) && check.Severity != manifest.Warn {
			t.Errorf("%q keeps the rows from being published", check.Text)
		}
	}
	w.compare(t, c, staged, "want")
	if n, want := audits[1]["row_count"], len(c.read(t, "want"))-1; n != int64(want) {
		t.Errorf("the audit counts %d rows, not %d", n, want)
	}
	if w.model.Strategy == manifest.Merge {
		s := w.model.Schema()
		w.fill(t, w.model.TableName(), s, c.rows(t, w.model.TableName(), s))
		w.merge(t, c.partition)
		want := "want_published"
		if !c.has(want) {
			want = "want" // the table was empty
		}
		w.compare(t, c, w.model.TableName(), want)
	}
}

// compare compares a table with a file, in the columns of the file. The file is loaded into a table of the
// same types first, so that both are formatted alike.
func (w *testWarehouse) compare(t *testing.T, c testCase, table, file string) {
	t.Helper()
	const expected = "staging.expected"
	s := w.model.Schema()
	w.exec(t, "DROP TABLE IF EXISTS "+expected)
	w.create(t, expected, s)
	w.fill(t, expected, s, c.rows(t, file, s))
	columns := c.read(t, file)[0]
	if diff := cmp.Diff(w.read(t, expected, columns), w.read(t, table, columns)); diff != "" {
		t.Errorf("%s (-%s +got):\n%s", table, file, diff)
	}
}

// The first case of a model shows every column, for readers who start there.
func TestFirstCasesHaveEveryColumn(t *testing.T) {
	for _, model := range all.Models {
		if diff := cmp.Diff(model.Schema().Names(), firstCase(t, model).read(t, "want")[0]); diff != "" {
			t.Errorf("%s (-columns +want.csv):\n%s", model.Name, diff)
		}
	}
}

func firstCase(t *testing.T, model *manifest.Model) testCase {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join("testdata", model.Name, "001_*"))
	if err != nil || len(dirs) != 1 {
		t.Fatalf("first case of %s: %v, %v", model.Name, dirs, err)
	}
	return readCase(t, dirs[0])
}

// Every check must be able to fail. The rows of each model's first case pass the audit; they are spoiled
// for one check after the other, and the audit must catch each. testdata/<model>/spoil.yaml says how to
// make an expression false.
func TestEachCheckOfEachModelCatchesABadRow(t *testing.T) {
	for _, model := range all.Models {
		t.Run(model.Name, func(t *testing.T) {
			t.Parallel()
			w, c := newTestWarehouse(t, model), firstCase(t, model)
			for table, s := range w.schemas {
				w.fill(t, table, s, c.rows(t, table, s))
			}
			spoilers := readSpoilers(t, model)
			for _, check := range model.Checks {
				statement := "UPDATE " + staged + " SET "
				switch check.Name {
				case "partition":
					statement += check.Column + " = " + check.Column + " + INTERVAL 31 DAY"
				case "unique_key":
					statement = "INSERT INTO " + staged + " SELECT * FROM " + staged
				case "not_null":
					statement += check.Column + " = NULL"
				case "accepted_values":
					statement += check.Column + " = 'something else'"
				default:
					assignment, ok := spoilers[check.Text]
					if !ok {
						t.Errorf("spoil.yaml does not say how to make %q false", check.Text)
						continue
					}
					delete(spoilers, check.Text)
					statement += assignment
				}
				w.stage(t, c.partition)
				w.exec(t, statement)
				if failing := w.failing(w.audit(t, c.partition)); !slices.Contains(failing, check.Text) {
					t.Errorf("%q is not caught after %s; the audit fails: %q", check.Text, statement, failing)
				}
			}
			for text := range spoilers {
				t.Errorf("spoil.yaml has a check that the model does not have: %s", text)
			}
		})
	}
}

// readSpoilers returns for each expression of a model an assignment to staged columns that makes it false.
func readSpoilers(t *testing.T, model *manifest.Model) map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", model.Name, "spoil.yaml"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var spoilers map[string]string
	if err := yaml.Unmarshal(data, &spoilers); err != nil {
		t.Fatalf("testdata/%s/spoil.yaml: %v", model.Name, err)
	}
	return spoilers
}

// Money and counts must be exact: a sum of floating point numbers depends on the order of the rows.
func TestNoModelReadsFloatingPointNumbers(t *testing.T) {
	for _, model := range all.Models {
		for _, column := range model.Columns {
			for _, ref := range column.Lineage {
				if f, ok := tableSchema(t, ref.Table).Field(ref.Column); ok && f.Type == schema.Float64 {
					t.Errorf("%s.%s is made from %s, a floating point number", model.Name, column.Name, ref)
				}
			}
		}
	}
}

// A case in a folder without a model would never run.
func TestEveryFolderOfCasesHasItsModel(t *testing.T) {
	folders, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		if all.Model(folder.Name()) == nil {
			t.Errorf("testdata/%s: there is no model of that name", folder.Name())
		}
	}
}
