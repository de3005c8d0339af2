package read

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Table is a table whose columns INFORMATION_SCHEMA.COLUMNS tells.
type Table struct {
	Name        string // dataset.table
	PartitionBy string // empty: not partitioned
	Columns     []TableColumn
}

// TableColumn is one column of a table.
type TableColumn struct {
	Name     string
	Type     string // as GoogleSQL writes it: ARRAY<STRUCT<a INT64>>
	Required bool
	place    int
}

// Tables reads the rows of INFORMATION_SCHEMA.COLUMNS as JSON, an array or one row a line.
// https://cloud.google.com/bigquery/docs/information-schema-columns
func Tables(file string) ([]*Table, error) {
	text, err := load(file)
	if err != nil {
		return nil, err
	}
	list, err := decode[struct {
		Schema      string `json:"table_schema"`
		Table       string `json:"table_name"`
		Column      string `json:"column_name"`
		Place       any    `json:"ordinal_position"` // bq prints numbers as text
		Nullable    string `json:"is_nullable"`
		Type        string `json:"data_type"`
		Partitioned string `json:"is_partitioning_column"`
		Hidden      string `json:"is_hidden"`
	}](text)
	if err != nil {
		return nil, fmt.Errorf("%s: not the JSON of rows: %w", file, err)
	}
	byName := map[string]*Table{}
	var tables []*Table
	for i, r := range list {
		if r.Schema == "" || r.Table == "" || r.Column == "" || r.Type == "" {
			return nil, fmt.Errorf("%s: row %d is not one of INFORMATION_SCHEMA.COLUMNS: "+
				"it needs table_schema, table_name, column_name and data_type", file, i+1)
		}
		if r.Hidden == "YES" {
			continue
		}
		name := r.Schema + "." + r.Table
		t := byName[name]
		if t == nil {
			t = &Table{Name: name}
			byName[name], tables = t, append(tables, t)
		}
		if r.Partitioned == "YES" {
			t.PartitionBy = r.Column
		}
		place, err := strconv.Atoi(fmt.Sprint(r.Place))
		if err != nil {
			place = i
		}
		typ, _, _ := strings.Cut(r.Type, "(") // STRING(10) is a STRING
		if strings.ContainsAny(r.Type, "<>") {
			typ = r.Type
		}
		t.Columns = append(t.Columns, TableColumn{r.Column, typ, r.Nullable == "NO", place})
	}
	for _, t := range tables {
		slices.SortStableFunc(t.Columns, func(a, b TableColumn) int { return cmp.Compare(a.place, b.place) })
	}
	return tables, nil
}
