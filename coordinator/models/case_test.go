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

// testCase is one folder testdata/<model>/<name>: case.yaml says what the case shows, and which checks warn;
// <table>.csv holds the rows of each input (a table without a file is empty), want.csv the rows that the model must
// return.
//
// A file has only the columns that matter. A missing column or an empty cell is null, or, if the column is
// required, the empty string, zero, false, or the first day of the partition.
type testCase struct {
	dir       string
	partition partition.Partition
	warns     []string // the texts of the checks that fail and only warn
}

func readCase(t *testing.T, dir string) testCase {
	t.Helper()
	var about struct {
		Says      string   `yaml:"says"`
		Partition string   `yaml:"partition"`
		Warns     []string `yaml:"warns"`
	}
	data, err := os.ReadFile(filepath.Join(dir, "case.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, &about); err != nil {
		t.Fatalf("%s/case.yaml: %v", dir, err)
	}
	if about.Says == "" {
		t.Fatalf("%s/case.yaml does not say what the case shows", dir)
	}
	p, err := partition.Parse(about.Partition)
	if err != nil {
		t.Fatalf("%s/case.yaml: %v", dir, err)
	}
	return testCase{dir, p, about.Warns}
}

// rows returns a table's rows, with a string or nil for each column of s; none if there is no file.
func (c testCase) rows(t *testing.T, table string, s schema.Schema) [][]any {
	t.Helper()
	if !c.has(table) {
		return nil
	}
	lines := c.read(t, table)
	for _, name := range lines[0] {
		if _, ok := s.Field(name); !ok {
			t.Fatalf("%s/%s.csv: the table has no column %s", c.dir, table, name)
		}
	}
	var rows [][]any
	for _, line := range lines[1:] {
		row := make([]any, len(s))
		for i, f := range s {
			if j := slices.Index(lines[0], f.Name); j >= 0 && line[j] != "" {
				row[i] = line[j]
			} else if f.Mode == schema.Required {
				row[i] = zeroValue(f.Type, c.partition)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func zeroValue(t schema.Type, p partition.Partition) string {
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

// has reports whether the case has a file with this name.
func (c testCase) has(name string) bool {
	_, err := os.Stat(filepath.Join(c.dir, name+".csv"))
	return !errors.Is(err, fs.ErrNotExist)
}

// read returns the lines of a file, the header first. All have the same number of cells.
func (c testCase) read(t *testing.T, name string) [][]string {
	t.Helper()
	file, err := os.Open(filepath.Join(c.dir, name+".csv"))
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
