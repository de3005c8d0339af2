package models_test

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
)

// example is one folder testdata/<model>/<name>: case.yaml says what it is about, <table>.csv what stands
// in each table that the model reads (a table without a file is empty), want.csv what the model makes of
// it.
//
// A file has the columns that the case is about. A column that it leaves out, or a cell that is empty, is
// null; in a column that may not be null it is the empty text, nought, false, or the first day of the
// partition.
type example struct {
	dir       string
	partition partition.Partition
}

func readExample(t *testing.T, dir string) example {
	t.Helper()
	var about struct {
		Says      string `yaml:"says"`
		Partition string `yaml:"partition"`
	}
	data, err := os.ReadFile(filepath.Join(dir, "case.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, &about); err != nil {
		t.Fatalf("%s/case.yaml: %v", dir, err)
	}
	if about.Says == "" {
		t.Fatalf("%s/case.yaml does not say what the case is about", dir)
	}
	p, err := partition.Parse(about.Partition)
	if err != nil {
		t.Fatalf("%s/case.yaml: %v", dir, err)
	}
	return example{dir, p}
}

// rows are a table's rows, a value as text (or nil) for each column of s; none when there is no file.
func (e example) rows(t *testing.T, table string, s schema.Schema) [][]any {
	t.Helper()
	if !e.has(table) {
		return nil
	}
	lines := e.read(t, table)
	for _, name := range lines[0] {
		if _, ok := s.Field(name); !ok {
			t.Fatalf("%s/%s.csv: the table has no column %s", e.dir, table, name)
		}
	}
	var rows [][]any
	for _, line := range lines[1:] {
		row := make([]any, len(s))
		for i, f := range s {
			if j := slices.Index(lines[0], f.Name); j >= 0 && line[j] != "" {
				row[i] = line[j]
			} else if f.Mode == schema.Required {
				row[i] = nought(f.Type, e.partition)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func nought(t schema.Type, p partition.Partition) string {
	switch t {
	case schema.Int64, schema.Numeric, schema.Float64:
		return "0"
	case schema.Bool:
		return "false"
	case schema.Date:
		return p.Start().Format("2006-01-02")
	case schema.Timestamp:
		return p.Start().Format("2006-01-02T15:04:05Z")
	case schema.JSON:
		return "{}"
	}
	return ""
}

// has reports whether the case has a file of that name.
func (e example) has(name string) bool {
	_, err := os.Stat(filepath.Join(e.dir, name+".csv"))
	return !errors.Is(err, fs.ErrNotExist)
}

// read is a file's lines, the header first; all have as many cells.
func (e example) read(t *testing.T, name string) [][]string {
	t.Helper()
	file, err := os.Open(filepath.Join(e.dir, name+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", file.Name(), err)
	}
	if len(lines) == 0 {
		t.Fatalf("%s has no header", file.Name())
	}
	return lines
}
