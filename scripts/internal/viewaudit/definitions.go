package viewaudit

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/scripts/internal/googlesql"
	"example.com/rollcall/shared/partition"
)

// maxFileSize limits the size of a file in bytes.
const maxFileSize = 16 << 20

// noDataset is the dataset of a view whose statement names none.
const noDataset = "views"

// Definition is a view as it was found.
type Definition struct {
	Name        string // dataset.view, without the project
	Project     string // that the statement names; empty: none
	File        string // the file's name; for JSON, with the view's name
	Description string // from its OPTIONS; may be empty
	Listed      []ListedColumn
	Text        string   // of the file; for JSON, of the definition
	SQL         string   // the query, a part of Text
	Offset      int      // where SQL begins in Text, in bytes
	MadeFrom    []string // the titles of the views that a widened view combines; nil: the view was found
}

// ListedColumn is a column that the statement lists: CREATE VIEW v (name OPTIONS (description = '…')).
type ListedColumn struct {
	Name        string
	Description string
}

// At returns the place in the file of a byte offset into the query.
func (v *Definition) At(offset int) diag.Pos { return diag.At(v.Text, v.Offset+offset) }

// Place returns the place in the file of a place in the query.
func (v *Definition) Place(p diag.Pos) diag.Pos {
	begin := v.At(0)
	if p.Line <= 1 {
		return diag.Pos{Line: begin.Line, Col: begin.Col + max(p.Col, 1) - 1}
	}
	return diag.Pos{Line: begin.Line + p.Line - 1, Col: p.Col}
}

// readDefinitions reads views from files, and from the .sql, .json, .jsonl and .csv files in folders and their subfolders.
//
// A file of SQL holds one or more CREATE VIEW or CREATE TABLE AS statements, or one query, which is named after its file.
// JSON is an array of rows or one row a line, and CSV has a header. A row has a view's query (view_definition, of
// INFORMATION_SCHEMA.VIEWS) or its whole statement (ddl, of INFORMATION_SCHEMA.TABLES). Views that cannot be read are
// findings. The error reports a file that cannot be opened or is too large.
func readDefinitions(paths []string) (views []*Definition, findings diag.List, err error) {
	var files []string
	for _, path := range paths {
		found, err := expand(path)
		if err != nil {
			return nil, nil, err
		}
		files = append(files, found...)
	}
	for _, file := range files {
		text, err := load(file)
		if err != nil {
			return nil, nil, err
		}
		var found []*Definition
		var bad diag.List
		if format(file) == "SQL" {
			found, bad = statements(file, text)
		} else {
			found, bad = rows(file, text)
		}
		views, findings = append(views, found...), append(findings, bad...)
	}
	return views, findings, nil
}

// load returns a file's text, with Unix line ends and without a byte order mark.
func load(file string) (string, error) {
	info, err := os.Stat(file)
	if err != nil {
		return "", err
	}
	if info.Size() > maxFileSize {
		return "", fmt.Errorf("%s: has %d bytes; the limit is %d", file, info.Size(), maxFileSize)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	return strings.ReplaceAll(strings.TrimPrefix(string(data), "\ufeff"), "\r\n", "\n"), nil
}

func expand(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return []string{path}, err
	}
	var files []string
	err = filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		ext := strings.ToLower(filepath.Ext(name))
		if err == nil && !d.IsDir() && slices.Contains([]string{".sql", ".json", ".jsonl", ".csv"}, ext) {
			files = append(files, name)
		}
		return err
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s: the folder has no .sql, .json, .jsonl or .csv file", path)
	}
	return files, err
}

// statements returns the views in a file of SQL.
func statements(file, text string) (views []*Definition, findings diag.List) {
	name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	parts, more := split(text), map[string]int{}
	for _, part := range parts {
		v := &Definition{File: file, Text: text, Offset: part.Start}
		if len(parts) == 1 { // a query is named after its file
			_, v.Name = splitPath([]string{name}, noDataset)
		}
		if f := v.parse(text[part.Start:part.End]); f != nil {
			if more[f.Message]++; f.Message != notView && f.Message != notNamed || more[f.Message] == 1 {
				findings = append(findings, *f)
			}
			continue
		}
		views = append(views, v)
	}
	for i, f := range findings { // a script has hundreds of them
		if n := more[f.Message] - 1; n > 0 && (f.Message == notView || f.Message == notNamed) {
			findings[i].Message += fmt.Sprintf(" (and so are %d more statements of this file)", n)
		}
	}
	if len(parts) == 0 {
		findings.Add(file, diag.Pos{Line: 1, Col: 1}, "the file has no statement")
	}
	return views, findings
}

// split splits a text at the semicolons between its statements.
func split(text string) (parts []googlesql.Range) {
	within := false
	for _, t := range googlesql.Scan(text) {
		if t.Text == ";" {
			within = false
			continue
		}
		if !within {
			parts = append(parts, googlesql.Range{Start: t.Offset})
			within = true
		}
		parts[len(parts)-1].End = t.Offset + len(t.Text)
	}
	return parts
}

var (
	template = regexp.MustCompile(`\{[{%]`)
	legacy   = regexp.MustCompile(`\[[\w-]+:[\w-]+\.[\w$-]+\]|\[[\w-]+\.[\w$-]+\]`)
)

// Findings about statements that are reported once for each file.
const (
	notView  = "ignored: this is not a CREATE VIEW or CREATE TABLE AS"
	notNamed = "ignored: the query has no name; write CREATE VIEW before it, or put it into its own file"
)

// parse parses the statement at v.Offset: a CREATE VIEW, a CREATE TABLE AS, or a query when v has a name.
func (v *Definition) parse(statement string) *diag.Finding {
	fail := func(pos diag.Pos, message string) *diag.Finding {
		return &diag.Finding{File: v.File, Pos: pos, Message: message}
	}
	root, err := googlesql.Parse(statement)
	if bad, ok := errors.AsType[*googlesql.Error](err); ok {
		message := bad.Message
		switch {
		case template.MatchString(statement):
			message = "this is a template; give the SQL generated from it (dbt compile writes it to target/compiled)"
		case legacy.MatchString(statement):
			message = "this is legacy SQL; rewrite the view in GoogleSQL first"
		}
		return fail(v.Place(bad.Pos), message)
	}
	if err != nil {
		return fail(v.At(0), err.Error())
	}
	switch root.Kind {
	case "QueryStatement":
		if v.Name == "" {
			return fail(v.At(0), notNamed)
		}
		v.SQL = statement
	case "CreateViewStatement", "CreateMaterializedViewStatement":
		v.create(root, statement)
	case "CreateTableStatement":
		if root.Child("Query") == nil || root.Child("TableElementList") != nil {
			return fail(v.At(0), notView)
		}
		v.create(root, statement)
	default:
		return fail(v.At(0), notView)
	}
	return nil
}

func (v *Definition) create(root *googlesql.Node, statement string) {
	v.Project, v.Name = splitPath(root.Child("PathExpression").Path(), noDataset)
	v.Description = description(root)
	if list := root.Child("ColumnWithOptionsList"); list != nil {
		for _, c := range list.Children {
			if name := c.Child("Identifier"); name != nil {
				v.Listed = append(v.Listed, ListedColumn{name.Value, description(c)})
			}
		}
	}
	start := root.Child("Query").Start
	for { // the parser does not count the parentheses around a query
		before := strings.TrimRight(statement[:start], " \t\n")
		if !strings.HasSuffix(before, "(") {
			break
		}
		start = len(before) - 1
	}
	v.SQL = statement[start:]
	v.Offset += start
}

// description returns the description in a node's OPTIONS.
func description(n *googlesql.Node) string {
	options := n.Child("OptionsList")
	if options == nil {
		return ""
	}
	for _, entry := range options.Children {
		if len(entry.Children) == 2 && strings.EqualFold(entry.Children[0].Value, "description") {
			return strings.TrimSpace(entry.Children[1].Value)
		}
	}
	return ""
}

// row is a row of INFORMATION_SCHEMA.VIEWS or .TABLES, as far as it is used.
// https://cloud.google.com/bigquery/docs/information-schema-views
type row struct {
	Project     string `json:"table_catalog"`
	Schema      string `json:"table_schema"`
	Table       string `json:"table_name"`
	Definition  string `json:"view_definition"`
	DDL         string `json:"ddl"`
	Type        string `json:"table_type"`
	StandardSQL string `json:"use_standard_sql"` // YES or NO
}

// rows returns the views in a file of JSON or CSV.
func rows(file, text string) (views []*Definition, findings diag.List) {
	list, err := decode[row](file, text)
	if err != nil {
		pos := diag.Pos{Line: 1, Col: 1}
		if bad, ok := errors.AsType[*json.SyntaxError](err); ok {
			pos = diag.At(text, int(bad.Offset))
		}
		findings.Add(file, pos, "the file is not %s of rows: %v", rowFormat(file), err)
	}
	for i, r := range list {
		name := r.Schema + "." + r.Table
		v := &Definition{Name: name, File: file + "#" + name}
		switch {
		case r.Table == "" || r.Schema == "":
			findings.Add(file, diag.Pos{Line: 1, Col: 1}, "row %d needs table_schema and table_name", i+1)
			continue
		case r.Type == "BASE TABLE" || r.Type == "EXTERNAL":
			continue
		case r.StandardSQL == "NO":
			findings.Add(v.File, diag.Pos{Line: 1, Col: 1}, "this is legacy SQL; rewrite the view in GoogleSQL first")
			continue
		case r.DDL == "" && r.Definition == "":
			findings.Add(v.File, diag.Pos{Line: 1, Col: 1},
				"view_definition and ddl are missing; reading them requires bigquery.tables.get on the view")
			continue
		}
		v.Text = strings.TrimRight(strings.TrimSpace(cmp.Or(r.DDL, r.Definition)), ";")
		if f := v.parse(v.Text); f != nil {
			findings = append(findings, *f)
			continue
		}
		v.Name, v.Project = name, cmp.Or(r.Project, v.Project)
		views = append(views, v)
	}
	return views, findings
}

// readTables reads the rows of INFORMATION_SCHEMA.COLUMNS as JSON, an array or one row a line, or as CSV. Partitions
// are assumed to be days.
//
// https://cloud.google.com/bigquery/docs/information-schema-columns
func readTables(file string) ([]*Table, error) {
	text, err := load(file)
	if err != nil {
		return nil, err
	}
	list, err := decode[struct {
		Schema      string `json:"table_schema"`
		Table       string `json:"table_name"`
		Column      string `json:"column_name"`
		Place       any    `json:"ordinal_position"` // bq writes numbers as text
		Nullable    string `json:"is_nullable"`
		Type        string `json:"data_type"`
		Partitioned string `json:"is_partitioning_column"`
		Hidden      string `json:"is_hidden"`
	}](file, text)
	if err != nil {
		return nil, fmt.Errorf("%s: the file is not %s of rows: %w", file, rowFormat(file), err)
	}
	byName, places := map[string]*Table{}, map[*Table][]int{}
	var tables []*Table
	for i, r := range list {
		if r.Schema == "" || r.Table == "" || r.Column == "" || r.Type == "" {
			return nil, fmt.Errorf("%s: row %d is not a row of INFORMATION_SCHEMA.COLUMNS: "+
				"it needs table_schema, table_name, column_name and data_type", file, i+1)
		}
		if r.Hidden == "YES" {
			continue
		}
		name := r.Schema + "." + r.Table
		t := byName[name]
		if t == nil {
			t = &Table{Name: name, Origin: Described, Grain: partition.Daily}
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
		at, _ := slices.BinarySearch(places[t], place+1) // after all columns of a lower or equal place
		places[t] = slices.Insert(places[t], at, place)
		t.Columns = slices.Insert(t.Columns, at, Column{Name: r.Column, Type: typ, Required: r.Nullable == "NO"})
	}
	return tables, nil
}
