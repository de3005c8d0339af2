// Package schema reads a table's columns from BigQuery's schema JSON and encodes rows by them.
//
// A schema file defines a table for everyone: rows are checked against it before they are staged, the warehouse
// creates the table from it, models are type-checked against it, and Terraform reads the same file. The format
// is BigQuery's: https://cloud.google.com/bigquery/docs/schemas#specifying_a_json_schema_file. Rollcall adds
// one convention: the first column of a partitioned table is its partition's date, a REQUIRED DATE. In a
// monthly table it is the month's first day.
package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Type is a column's type, in the spelling of GoogleSQL.
type Type string

// The types that Rollcall's tables use.
const (
	String    Type = "STRING"
	Int64     Type = "INT64"
	Float64   Type = "FLOAT64"
	Numeric   Type = "NUMERIC" // DECIMAL(38, 9)
	Bool      Type = "BOOL"
	Date      Type = "DATE"
	Timestamp Type = "TIMESTAMP" // microseconds, UTC
	JSON      Type = "JSON"
)

// legacy maps the spellings that BigQuery's API returns to GoogleSQL's.
var legacy = map[Type]Type{"INTEGER": Int64, "FLOAT": Float64, "BOOLEAN": Bool}

// Standard returns t in the spelling of GoogleSQL.
func (t Type) Standard() Type {
	if s, ok := legacy[t]; ok {
		return s
	}
	return t
}

var known = []Type{String, Int64, Float64, Numeric, Bool, Date, Timestamp, JSON}

// Mode says whether a column may be null or holds a list.
type Mode string

// BigQuery's modes. An empty mode in a file is Nullable.
const (
	Nullable Mode = "NULLABLE"
	Required Mode = "REQUIRED"
	Repeated Mode = "REPEATED"
)

// Field describes one column.
type Field struct {
	Name        string `json:"name"`
	Type        Type   `json:"type"`
	Mode        Mode   `json:"mode,omitempty"`
	Description string `json:"description,omitempty"`
}

// Schema holds a table's columns in order.
type Schema []Field

var columnName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,99}$`)

// Parse reads a schema file. The error names every fault: an unknown key, type or mode, a name that is not
// lower snake case, a repeated name, or a column without a description.
func Parse(data []byte) (Schema, error) {
	var s Schema
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	if len(s) == 0 {
		return nil, errors.New("schema: no columns")
	}
	var faults []error
	seen := map[string]bool{}
	for i := range s {
		f := &s[i]
		f.Type = f.Type.Standard()
		if f.Mode == "" {
			f.Mode = Nullable
		}
		fault := func(format string, args ...any) {
			faults = append(faults, fmt.Errorf("schema: column %d %q: %s", i+1, f.Name, fmt.Sprintf(format, args...)))
		}
		if !columnName.MatchString(f.Name) {
			fault("the name is not lower snake case")
		}
		if seen[f.Name] {
			fault("the name is used twice")
		}
		seen[f.Name] = true
		if !slices.Contains(known, f.Type) {
			fault("type %q is not one of %v", f.Type, known)
		}
		if !slices.Contains([]Mode{Nullable, Required, Repeated}, f.Mode) {
			fault("mode %q is not NULLABLE, REQUIRED or REPEATED", f.Mode)
		}
		if f.Description == "" {
			fault("no description")
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return s, nil
}

// MustReadAll parses the embedded files schema/<table>.json of fsys and returns the schemas by table. It panics
// on a fault, which any test of the package reveals.
func MustReadAll(fsys fs.FS) map[string]Schema {
	files, err := fs.Glob(fsys, "schema/*.json")
	if err != nil {
		panic(err)
	}
	all := map[string]Schema{}
	for _, file := range files {
		data, err := fs.ReadFile(fsys, file)
		if err != nil {
			panic(err)
		}
		s, err := Parse(data)
		if err != nil {
			panic(fmt.Sprintf("%s: %v", file, err))
		}
		all[strings.TrimSuffix(path.Base(file), ".json")] = s
	}
	return all
}

// PartitionColumn returns the name of the first column, which holds the partition's date. It fails if that
// column is not a REQUIRED DATE.
func (s Schema) PartitionColumn() (string, error) {
	if len(s) == 0 || s[0].Type != Date || s[0].Mode != Required {
		return "", errors.New("schema: the first column is not a REQUIRED DATE, so it cannot be the partition's date")
	}
	return s[0].Name, nil
}

// Field returns the column of a name.
func (s Schema) Field(name string) (Field, bool) {
	i := slices.IndexFunc(s, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return Field{}, false
	}
	return s[i], true
}

// Names returns the names of the columns in order.
func (s Schema) Names() []string {
	names := make([]string, len(s))
	for i, f := range s {
		names[i] = f.Name
	}
	return names
}
