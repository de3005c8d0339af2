package compile

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/scripts/internal/googlesql/tokens"
	"example.com/rollcall/scripts/modelc/header"
)

// source is one model's file.
type source struct {
	name   string // "story_days"
	file   string // "coordinator/models/story_days.sql"
	header *header.Header
	query  string // the file's text with the header blanked out
	tokens []tokens.Token
	reads  map[string]diag.Pos // the models' tables that it reads, by the words of its text and its relationships
}

// table is the model's published table.
func (s *source) table() string { return "mart." + s.name }

// text is the query as it stands in the file, without the header and a closing semicolon.
func (s *source) text() string {
	last := s.tokens[len(s.tokens)-1]
	return s.query[s.tokens[0].Offset : last.Offset+len(last.Text)]
}

var fileName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,99}\.sql$`)

// readSources reads the model files, sorted by name. A file whose header has faults is reported and left out.
func readSources(project fs.FS) (sources []*source, faults diag.List, err error) {
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
		faults = append(faults, bad...)
		if s != nil {
			sources = append(sources, s)
		}
	}
	return sources, faults, nil
}

// readSource is one model's file, nil when it has faults.
func readSource(file, text string) (*source, diag.List) {
	h, query, bad := header.Parse(file, text)
	if !fileName.MatchString(path.Base(file)) {
		bad.Add(file, diag.Pos{Line: 1, Col: 1}, "the file's name is the table's, and is not lower snake case")
	}
	list := tokens.Scan(query)
	for len(list) > 0 && list[len(list)-1].Text == ";" {
		list = list[:len(list)-1]
	}
	if len(bad) == 0 && len(list) == 0 {
		bad.Add(file, diag.Pos{Line: 1, Col: 1}, "there is no query after the header")
	}
	if len(bad) > 0 {
		return nil, bad
	}
	s := &source{
		name: strings.TrimSuffix(path.Base(file), ".sql"), file: file, header: h, query: query, tokens: list,
	}
	s.reads = s.findReads()
	return s, nil
}

// findReads looks for the tables of models among the words of the query: mart.<model>, in any of its quotings. What the
// query really reads, the analyzer says later; this only decides the order of analysis, for which too much is harmless
// unless it makes a cycle.
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

// inOrder sorts the sources so that each stands after all that it reads, and by name where that leaves a choice. Those on
// a cycle, and those that read them, are left out, and the cycle reported.
func inOrder(sources []*source, faults *diag.List) []*source {
	byTable := map[string]*source{}
	for _, s := range sources {
		byTable[s.table()] = s
	}
	const (
		under = 1 + iota // being looked at, so that to meet it again is a cycle
		sound
		broken
	)
	state := map[*source]int{}
	var ordered, trail []*source
	var visit func(*source) bool
	visit = func(s *source) bool {
		if state[s] != 0 {
			return state[s] == sound
		}
		state[s] = under
		trail = append(trail, s)
		ok := true
		for _, table := range sortedKeys(s.reads) {
			next, known := byTable[table]
			switch {
			case !known:
			case state[next] == under:
				faults.Add(s.file, s.reads[table], "models read each other in a circle: %s", circle(trail, next))
				ok = false
			case !visit(next):
				ok = false
			}
		}
		trail = trail[:len(trail)-1]
		if !ok {
			state[s] = broken
			return false
		}
		state[s] = sound
		ordered = append(ordered, s)
		return true
	}
	for _, s := range sources {
		visit(s)
	}
	return ordered
}

func circle(trail []*source, back *source) string {
	var names []string
	for _, s := range trail[slices.Index(trail, back):] {
		names = append(names, s.name)
	}
	return strings.Join(append(names, back.name), " → ")
}
