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

var all = models.Load()

// Each case's numbers were worked out by hand from what the model's header promises.
func TestModelsGiveWhatTheirCasesSay(t *testing.T) {
	for _, model := range all.Models {
		t.Run(model.Name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, model)
			files, err := filepath.Glob(filepath.Join("testdata", model.Name, "*", "case.yaml"))
			if err != nil || len(files) == 0 {
				t.Fatalf("no cases in testdata/%s: %v", model.Name, err)
			}
			for _, file := range files {
				e := readExample(t, filepath.Dir(file))
				t.Run(filepath.Base(e.dir), func(t *testing.T) { testExample(t, b, e) })
			}
		})
	}
}

func testExample(t *testing.T, b *bench, e example) {
	var audits []map[string]int64
	for _, backwards := range []bool{true, false} {
		for table, s := range b.schemas {
			rows := e.rows(t, table, s)
			if backwards {
				slices.Reverse(rows)
			}
			b.fill(t, table, s, rows)
		}
		b.stage(t, e.partition)
		audits = append(audits, b.audit(t, e.partition))
	}
	if diff := cmp.Diff(audits[0], audits[1]); diff != "" {
		t.Errorf("the audit, and so what runs downstream, depends on the order of the rows (-backwards +forwards):\n%s", diff)
	}
	if failing := b.failing(audits[1]); len(failing) > 0 {
		t.Errorf("the audit fails: %q", failing)
	}
	b.compare(t, e, staged, "want")
	if n, want := audits[1]["row_count"], len(e.read(t, "want"))-1; n != int64(want) {
		t.Errorf("the audit counts %d rows, not %d", n, want)
	}
	if b.model.Strategy == manifest.Merge {
		s := b.model.Schema()
		b.fill(t, b.model.TableName(), s, e.rows(t, b.model.TableName(), s))
		b.merge(t, e.partition)
		want := "want_published"
		if !e.has(want) {
			want = "want" // the table was empty
		}
		b.compare(t, e, b.model.TableName(), want)
	}
}

// compare reads a table's columns that the file tells of, and the file by way of a table of the same types.
func (b *bench) compare(t *testing.T, e example, table, file string) {
	t.Helper()
	const expected = "staging.expected"
	s := b.model.Schema()
	b.exec(t, "DROP TABLE IF EXISTS "+expected)
	b.create(t, expected, s)
	b.fill(t, expected, s, e.rows(t, file, s))
	columns := e.read(t, file)[0]
	if diff := cmp.Diff(b.read(t, expected, columns), b.read(t, table, columns)); diff != "" {
		t.Errorf("%s (-%s +got):\n%s", table, file, diff)
	}
}

// The first case of a model is the one to read first: it shows every column.
func TestFirstCasesHaveEveryColumn(t *testing.T) {
	for _, model := range all.Models {
		if diff := cmp.Diff(model.Schema().Names(), firstCase(t, model).read(t, "want")[0]); diff != "" {
			t.Errorf("%s (-columns +want.csv):\n%s", model.Name, diff)
		}
	}
}

func firstCase(t *testing.T, model *manifest.Model) example {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join("testdata", model.Name, "001_*"))
	if err != nil || len(dirs) != 1 {
		t.Fatalf("first case of %s: %v, %v", model.Name, dirs, err)
	}
	return readExample(t, dirs[0])
}

// A test that cannot fail is none: the rows of each model's first case, which pass the audit, are spoiled
// for one check after the other, and the audit has to catch each. How to spoil an expression stands in
// testdata/<model>/spoil.yaml.
func TestEachCheckOfEachModelCatchesABadRow(t *testing.T) {
	for _, model := range all.Models {
		t.Run(model.Name, func(t *testing.T) {
			t.Parallel()
			b, e := newBench(t, model), firstCase(t, model)
			for table, s := range b.schemas {
				b.fill(t, table, s, e.rows(t, table, s))
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
				b.stage(t, e.partition)
				b.exec(t, statement)
				if failing := b.failing(b.audit(t, e.partition)); !slices.Contains(failing, check.Text) {
					t.Errorf("%q goes unnoticed after %s; the audit fails: %q", check.Text, statement, failing)
				}
			}
			for text := range spoilers {
				t.Errorf("spoil.yaml tells of a check that the model does not have: %s", text)
			}
		})
	}
}

// readSpoilers reads how to make each expression of a model false: an assignment to columns of the staged rows.
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

// Money and counts must add up exactly: a sum of floating point numbers depends on the order of the rows.
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

// A case in a folder of no model would never run.
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
