package read

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"example.com/rollcall/scripts/internal/diag"
)

// row is one of INFORMATION_SCHEMA.VIEWS or .TABLES, of which the columns named here are read.
// https://cloud.google.com/bigquery/docs/information-schema-views
type row struct {
	Schema      string `json:"table_schema"`
	Table       string `json:"table_name"`
	Definition  string `json:"view_definition"`
	DDL         string `json:"ddl"`
	Type        string `json:"table_type"`
	StandardSQL string `json:"use_standard_sql"` // YES or NO
}

// rows are the views that a file of JSON tells of.
func rows(file, text string) (views []*View, faults diag.List) {
	list, err := decode[row](text)
	if err != nil {
		pos := diag.Pos{Line: 1, Col: 1}
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			pos = diag.At(text, int(syntax.Offset))
		}
		faults.Add(file, pos, "not the JSON of rows: %v", err)
	}
	for i, r := range list {
		name := Name([]string{r.Table}, r.Schema)
		v := &View{Name: name, File: file + "#" + name}
		switch {
		case r.Table == "" || r.Schema == "":
			faults.Add(file, diag.Pos{Line: 1, Col: 1}, "row %d has no table_schema or no table_name", i+1)
			continue
		case r.Type == "BASE TABLE" || r.Type == "EXTERNAL":
			continue
		case r.StandardSQL == "NO":
			faults.Add(v.File, diag.Pos{Line: 1, Col: 1}, "this is legacy SQL: rewrite the view in GoogleSQL first")
			continue
		case r.DDL != "":
			v.Text = strings.TrimRight(strings.TrimSpace(r.DDL), ";")
		case r.Definition != "":
			v.Text = strings.TrimRight(strings.TrimSpace(r.Definition), ";")
		default:
			faults.Add(v.File, diag.Pos{Line: 1, Col: 1},
				"no view_definition and no ddl: whoever asked may not see it (bigquery.tables.get on the view)")
			continue
		}
		if f := v.parse(v.Text); f != nil {
			faults = append(faults, *f)
			continue
		}
		v.Name = name
		views = append(views, v)
	}
	return views, faults
}

// decode reads an array of values, or one value after another. With an error come those before it.
func decode[T any](text string) ([]T, error) {
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	array := strings.HasPrefix(strings.TrimSpace(text), "[")
	if array {
		if _, err := dec.Token(); err != nil {
			return nil, err
		}
	}
	var list []T
	for dec.More() {
		var v T
		if err := dec.Decode(&v); err != nil {
			return list, err
		}
		list = append(list, v)
	}
	if array {
		if _, err := dec.Token(); err != nil {
			return list, fmt.Errorf("the array has no end: %w", err)
		}
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return list, errors.New("more than one value stands in the file, and the first is an array")
	}
	return list, nil
}
