package compile

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/scripts/internal/googlesql"
	"example.com/rollcall/scripts/modelc/header"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/schema"
)

// Paths in a project.
const (
	PipelineFile = "coordinator/pipeline.yaml"
	ModelFolder  = "coordinator/models"
	ManifestFile = ModelFolder + "/manifest.json"
)

// RawTables returns the pipeline's tables, with the columns in their schema files. All errors are reported
// together.
func RawTables(project fs.FS) ([]googlesql.Table, error) {
	data, err := fs.ReadFile(project, PipelineFile)
	if err != nil {
		return nil, err
	}
	pipe, err := pipeline.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", PipelineFile, err)
	}
	var tables []googlesql.Table
	var failed []error
	for _, source := range pipe.SortedSources() {
		for _, name := range source.SortedTables() {
			file := path.Join("functions", source.Name, "schema", strings.TrimPrefix(name, "raw.")+".json")
			columns, err := readSchema(project, file)
			if err != nil {
				failed = append(failed, err)
				continue
			}
			tables = append(tables, googlesql.Table{
				Name: name, Grain: source.Cadence, PartitionBy: columns[0].Name, Schema: columns,
			})
		}
	}
	return tables, errors.Join(failed...)
}

func readSchema(project fs.FS, file string) (schema.Schema, error) {
	data, err := fs.ReadFile(project, file)
	if err != nil {
		return nil, err
	}
	columns, err := schema.Parse(data)
	if err == nil {
		_, err = columns.PartitionColumn()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return columns, nil
}

// source is the file of one model.
type source struct {
	name   string // "story_days"
	file   string // "coordinator/models/story_days.sql"
	header *header.Header
	query  string // the file's text with the header blanked out
	tokens []googlesql.Token
	reads  map[string]diag.Pos // tables of models that its text and its relationships name
}

// table returns the name of the model's published table.
func (s *source) table() string { return "mart." + s.name }

// ModelQueries returns the query of each model as its file has it, by the model's name. Files with errors,
// which Project reports, are left out.
func ModelQueries(project fs.FS) (map[string]string, error) {
	sources, _, err := readSources(project)
	if err != nil {
		return nil, err
	}
	queries := map[string]string{}
	for _, s := range sources {
		queries[s.name] = statement(s.query)
	}
	return queries, nil
}

func modelName(file string) string { return strings.TrimSuffix(path.Base(file), ".sql") }

var fileName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,99}\.sql$`)

// readSources reads the model files, sorted by name. A file whose header has errors is reported and left out.
func readSources(project fs.FS) (sources []*source, findings diag.List, err error) {
	files, err := fs.Glob(project, ModelFolder+"/*.sql")
	if err != nil {
		return nil, nil, err
	}
	slices.Sort(files)
	for _, file := range files {
		data, err := fs.ReadFile(project, file)
		if err != nil {
			return nil, nil, err
		}
		s, bad := readSource(file, string(data))
		findings = append(findings, bad...)
		if s != nil {
			sources = append(sources, s)
		}
	}
	return sources, findings, nil
}

// readSource parses one model's file. The source is nil when there are findings.
func readSource(file, text string) (*source, diag.List) {
	h, query, bad := header.Parse(file, text)
	if !fileName.MatchString(path.Base(file)) {
		bad.Add(file, diag.Pos{Line: 1, Col: 1},
			"the file is named after the model's table and must be lower snake case")
	}
	query = withoutProjects(query)
	list := tokens(query)
	if len(bad) == 0 && len(list) == 0 {
		bad.Add(file, diag.Pos{Line: 1, Col: 1}, "the query is missing after the header")
	}
	if len(bad) > 0 {
		return nil, bad
	}
	s := &source{
		name: modelName(file), file: file, header: h, query: query, tokens: list,
	}
	s.reads = s.findReads()
	return s, nil
}

// withoutProjects returns a query in which tables are named dataset.table: a project before that is left out, because the
// tables of a pipeline lie in one project, and it is not the same everywhere. Blanks take its place, so that every place
// in the query stays as it was. A query with a syntax error is returned as it is; the analyzer reports it.
func withoutProjects(query string) string {
	root, err := googlesql.Parse(query)
	if err != nil {
		return query
	}
	var b strings.Builder
	at := 0
	root.Walk(func(n *googlesql.Node) {
		if n.Kind != "PathExpression" || n.Parent.Kind != "TablePathExpression" {
			return
		}
		if m := named.FindStringSubmatch(strings.Join(n.Path(), ".")); m != nil {
			b.WriteString(query[at:n.Start] + withoutProject(query[n.Start:n.End], m[1]))
			at = n.End
		}
	})
	return b.String() + query[at:]
}

// withoutProject returns a path without quotes and without what stands before name, which ends it. What is between its
// words stays, such as comments and ends of lines.
func withoutProject(path, name string) string {
	var text string
	for _, token := range slices.Backward(googlesql.Lex(path)) {
		word := token.Text
		if !token.Blank() && !token.Comment() {
			word = strings.Trim(word, "`")
			if !strings.HasSuffix(name, word) { // the project, perhaps in the same quotes as the name
				word = name
			}
			name = strings.TrimSuffix(name, word)
			word = fmt.Sprintf("%-*s", utf8.RuneCountInString(token.Text), word)
		}
		text = word + text
	}
	return text
}

var named = regexp.MustCompile(`^(?:.+\.)?((?:raw|mart)\.[a-z][a-z0-9_]*)$`) // `project.dataset.table` is one identifier

// tokens returns a query's tokens without closing semicolons.
func tokens(query string) []googlesql.Token {
	list := googlesql.Scan(query)
	for len(list) > 0 && list[len(list)-1].Text == ";" {
		list = list[:len(list)-1]
	}
	return list
}

// findReads finds the tables of models, mart.<model> in any quoting, among the tokens of the query. It only
// decides the order of analysis; the analyzer determines later what the query reads. Finding too much is
// harmless unless it makes a cycle.
func (s *source) findReads() map[string]diag.Pos {
	reads := map[string]diag.Pos{}
	note := func(table string, pos diag.Pos) {
		if _, ok := reads[table]; !ok && strings.HasPrefix(table, "mart.") {
			reads[table] = pos
		}
	}
	for i, t := range s.tokens {
		pos := diag.At(s.query, t.Offset)
		word := strings.Trim(t.Text, "`")
		note(word, pos)
		if i+2 < len(s.tokens) && word == "mart" && s.tokens[i+1].Text == "." {
			note("mart."+strings.Trim(s.tokens[i+2].Text, "`"), pos)
		}
	}
	for _, column := range s.header.Columns {
		for _, test := range column.Tests {
			note(test.To, test.Pos)
		}
	}
	return reads
}

// inOrder sorts the sources so that each comes after all that it reads, and otherwise by name. It reports
// cycles and leaves out the sources on them and those that read one.
func inOrder(sources []*source, findings *diag.List) []*source {
	byTable := map[string]*source{}
	for _, s := range sources {
		byTable[s.table()] = s
	}
	const (
		visiting = 1 + iota // meeting it again is a cycle
		ordered
		cyclic
	)
	state := map[*source]int{}
	var list, trail []*source
	var visit func(*source) bool
	visit = func(s *source) bool {
		if state[s] != 0 {
			return state[s] == ordered
		}
		state[s] = visiting
		trail = append(trail, s)
		ok := true
		for _, table := range sortedKeys(s.reads) {
			next, known := byTable[table]
			switch {
			case !known:
			case state[next] == visiting:
				findings.Add(s.file, s.reads[table], "models read each other in a cycle: %s", cycle(trail, next))
				ok = false
			case !visit(next):
				ok = false
			}
		}
		trail = trail[:len(trail)-1]
		if !ok {
			state[s] = cyclic
			return false
		}
		state[s] = ordered
		list = append(list, s)
		return true
	}
	for _, s := range sources {
		visit(s)
	}
	return list
}

func cycle(trail []*source, back *source) string {
	var names []string
	for _, s := range trail[slices.Index(trail, back):] {
		names = append(names, s.name)
	}
	return strings.Join(append(names, back.name), " → ")
}
