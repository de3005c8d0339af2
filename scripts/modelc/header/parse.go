package header

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// MaxSize is the length, in bytes, of the longest model file that is read.
const MaxSize = 1 << 20

// Parse reads the header of a model's file. query is the file's text with the header blanked out, so that a place in the
// query is the same place in the file. All faults of the header are reported, named by file.
func Parse(file, text string) (h *Header, query string, faults diag.List) {
	begin := diag.Pos{Line: 1, Col: 1}
	fail := func(format string, args ...any) (*Header, string, diag.List) {
		faults.Add(file, begin, format, args...)
		return nil, "", faults
	}
	if len(text) > MaxSize {
		return fail("the file is longer than %d bytes", MaxSize)
	}
	body, ok := strings.CutPrefix(text, "/*\n")
	if !ok {
		return fail("the first line is not %q alone: a model begins with its header, a comment in YAML", "/*")
	}
	comment, _, ok := strings.Cut(body, "*/")
	if !ok {
		return fail("the header's comment has no end, %q", "*/")
	}
	end := len("/*\n") + len(comment) + len("*/")
	query = strings.Map(blank, text[:end]) + text[end:]

	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(comment), &doc); err != nil {
		pos, message := yamlError(err)
		faults.Add(file, pos, "the header is not YAML: %s", message)
		return nil, query, faults
	}
	if len(doc.Content) == 0 {
		return fail("the header is empty")
	}
	p := &parser{file: file, faults: &faults}
	h = p.header(doc.Content[0])
	if len(faults) > 0 {
		return nil, query, faults
	}
	return h, query, nil
}

func blank(r rune) rune {
	if r == '\n' {
		return r
	}
	return ' '
}

var yamlLine = regexp.MustCompile(`^yaml: line (\d+): `)

func yamlError(err error) (diag.Pos, string) {
	message := err.Error()
	pos := diag.Pos{Line: 1, Col: 1}
	if m := yamlLine.FindStringSubmatch(message); m != nil {
		pos.Line, _ = strconv.Atoi(m[1]) // digits, by yamlLine
		pos.Line++                       // the comment's own first line
		return pos, strings.TrimPrefix(message, m[0])
	}
	return pos, strings.TrimPrefix(message, "yaml: ")
}

var (
	columnName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,99}$`)
	tableName  = regexp.MustCompile(`^(raw|mart)\.[a-z][a-z0-9_]{0,99}$`)
)

func (p *parser) header(n *yaml.Node) *Header {
	h := &Header{positions: map[string]diag.Pos{}}
	fields := map[string]func(*yaml.Node){
		"description":          func(v *yaml.Node) { h.Description = p.text(v) },
		"grain":                func(v *yaml.Node) { h.Grain = oneOf(p, v, partition.Daily, partition.Monthly) },
		"materialized":         func(v *yaml.Node) { h.Materialized = oneOf(p, v, manifest.Incremental, manifest.Table) },
		"incremental_strategy": func(v *yaml.Node) { h.Strategy = oneOf(p, v, manifest.InsertOverwrite, manifest.Merge) },
		"partition_by":         func(v *yaml.Node) { h.PartitionBy = p.name(v) },
		"unique_key":           func(v *yaml.Node) { h.UniqueKey = p.names(v) },
		"cluster_by":           func(v *yaml.Node) { h.ClusterBy = p.names(v) },
		"inputs":               func(v *yaml.Node) { h.Inputs = p.inputs(v) },
		"columns":              func(v *yaml.Node) { h.Columns = p.columns(v) },
		"tests":                func(v *yaml.Node) { h.Tests = p.tests(v, "") },
	}
	keys := p.object(n, "the header", fields)
	for key, node := range keys {
		h.positions[key] = p.pos(node)
	}
	p.require(n, keys, "the header", "description", "grain", "materialized", "columns")
	if _, ok := keys["materialized"]; ok {
		p.materialization(n, h, keys)
	}
	if len(h.ClusterBy) > 4 {
		p.fault(keys["cluster_by"], "cluster_by has %d columns; BigQuery clusters by at most 4", len(h.ClusterBy))
	}
	return h
}

// materialization checks the keys that only some materializations have.
func (p *parser) materialization(n *yaml.Node, h *Header, keys map[string]*yaml.Node) {
	switch h.Materialized {
	case manifest.Incremental:
		p.require(n, keys, "an incremental model", "partition_by", "unique_key")
		if h.Strategy == "" {
			h.Strategy = manifest.InsertOverwrite
		}
	case manifest.Table:
		for _, key := range []string{"partition_by", "incremental_strategy"} {
			if at, ok := keys[key]; ok {
				p.fault(at, "%s is for incremental models: each run of a table model replaces all of the table", key)
			}
		}
	}
}

func (p *parser) columns(n *yaml.Node) []Column {
	var columns []Column
	for _, item := range p.list(n) {
		c := Column{Pos: p.pos(item)}
		var tests *yaml.Node
		keys := p.object(item, "a column", map[string]func(*yaml.Node){
			"name":        func(v *yaml.Node) { c.Name = p.name(v) },
			"description": func(v *yaml.Node) { c.Description = p.text(v) },
			"tests":       func(v *yaml.Node) { tests = v },
		})
		p.require(item, keys, "a column", "name", "description")
		if slices.ContainsFunc(columns, func(o Column) bool { return o.Name == c.Name && c.Name != "" }) {
			p.fault(item, "column %s stands twice", c.Name)
		}
		if tests != nil {
			c.Tests = p.tests(tests, c.Name)
		}
		columns = append(columns, c)
	}
	return columns
}
