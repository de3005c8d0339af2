// Package read finds the views that a person has: in files of SQL, and in what BigQuery's INFORMATION_SCHEMA tells of
// them as JSON.
//
// A file of SQL holds one or more CREATE VIEW statements, or one bare query, which is named after its file. JSON is an
// array of rows or one row a line, with a view's query (view_definition, of INFORMATION_SCHEMA.VIEWS) or its whole
// statement (ddl, of INFORMATION_SCHEMA.TABLES). What cannot be read is a fault with its place; the rest goes on.
package read

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/diag"
)

// MaxSize is the length, in bytes, of the longest file that is read.
const MaxSize = 16 << 20

// NoDataset stands for the dataset of a view whose statement does not tell it.
const NoDataset = "views"

// View is one view.
type View struct {
	Name        string // dataset.view, without the project
	File        string // where it was found: a file's name; of JSON, with the view's name
	Description string // of its OPTIONS; may be empty
	Columns     []Column
	Text        string   // of the file; of JSON, of the definition
	SQL         string   // the query, a part of Text
	Offset      int      // where SQL begins in Text, in bytes
	Made        []string // the titles of the views that this one was made of, which nobody has written; nil: somebody has
}

// Column is a column that the statement lists with its name: CREATE VIEW v (name OPTIONS (description = '…')).
type Column struct {
	Name        string
	Description string
}

// Title is the view's name as a person knows it.
func (v *View) Title() string {
	if v.Made != nil {
		return strings.Join(v.Made, " and ")
	}
	return strings.TrimPrefix(v.Name, NoDataset+".")
}

// At is the place, in its file, of a byte offset into the query.
func (v *View) At(offset int) diag.Pos { return diag.At(v.Text, v.Offset+offset) }

// Place is At of a place in the query.
func (v *View) Place(p diag.Pos) diag.Pos {
	begin := v.At(0)
	if p.Line <= 1 {
		return diag.Pos{Line: begin.Line, Col: begin.Col + max(p.Col, 1) - 1}
	}
	return diag.Pos{Line: begin.Line + p.Line - 1, Col: p.Col}
}

// Name is a table's path, its parts without quotes, as dataset.table: a project is left out. A table of no dataset
// belongs to the given one.
func Name(path []string, dataset string) string {
	parts := strings.Split(strings.Join(path, "."), ".")
	if len(parts) == 1 {
		return dataset + "." + parts[0]
	}
	return strings.Join(parts[len(parts)-2:], ".")
}

// Files reads files, and the .sql and .json files of folders and those in them, in the order given and by name. The error
// is of a file that cannot be opened or is too large.
func Files(paths []string) (views []*View, faults diag.List, err error) {
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
		var found []*View
		var bad diag.List
		if strings.EqualFold(filepath.Ext(file), ".json") {
			found, bad = rows(file, text)
		} else {
			found, bad = statements(file, text)
		}
		views, faults = append(views, found...), append(faults, bad...)
	}
	return once(views, &faults), faults, nil
}

// load is a file's text. Windows' line ends and a byte order mark are taken away.
func load(file string) (string, error) {
	info, err := os.Stat(file)
	if err != nil {
		return "", err
	}
	if info.Size() > MaxSize {
		return "", fmt.Errorf("%s: %d bytes; a file may have at most %d", file, info.Size(), MaxSize)
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
		if err == nil && !d.IsDir() && (ext == ".sql" || ext == ".json") {
			files = append(files, name)
		}
		return err
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s: no .sql or .json file in it", path)
	}
	return files, err
}

// once keeps the first view of each name.
func once(views []*View, faults *diag.List) []*View {
	var kept []*View
	for _, v := range views {
		i := slices.IndexFunc(kept, func(o *View) bool { return strings.EqualFold(o.Name, v.Name) })
		if i < 0 {
			kept = append(kept, v)
			continue
		}
		faults.Add(v.File, v.At(0), "view %s stands in %s too, and only that one is looked at", v.Title(), kept[i].File)
	}
	return kept
}
