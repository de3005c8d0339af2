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

// MaxSize is the size limit of a model file in bytes.
const MaxSize = 1 << 20

// Parse parses the header of a model's file. It returns the query as the file's text with the header blanked
// out, so that a place in the query is the same place in the file. All errors of the header are reported,
// with the given file name; then the Header is nil.
func Parse(file, text string) (h *Header, query string, findings diag.List) {
	begin := diag.Pos{Line: 1, Col: 1}
	fail := func(format string, args ...any) (*Header, string, diag.List) {
		findings.Add(file, begin, format, args...)
		return nil, "", findings
	}
	if len(text) > MaxSize {
		return fail("the file is larger than %d bytes", MaxSize)
	}
	body, ok := strings.CutPrefix(text, "/*\n")
	if !ok {
		return fail("the first line must be %q alone: a model begins with its header, a comment in YAML", "/*")
	}
	comment, _, ok := strings.Cut(body, "*/")
	if !ok {
		return fail("the header's comment does not end: %q is missing", "*/")
	}
	end := len("/*\n") + len(comment) + len("*/")
	query = notLineEnd.ReplaceAllString(text[:end], " ") + text[end:]

	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(comment), &doc); err != nil {
		pos, message := yamlError(err)
		findings.Add(file, pos, "the header is not YAML: %s", message)
		return nil, query, findings
	}
	if len(doc.Content) == 0 {
		return fail("the header is empty")
	}
	p := &parser{file: file, findings: &findings}
	h = p.header(doc.Content[0])
	if len(findings) > 0 {
		return nil, query, findings
	}
	return h, query, nil
}

var (
	notLineEnd = regexp.MustCompile(`[^\n]`)
	yamlLine   = regexp.MustCompile(`^yaml: line (\d+): `)
)

func yamlError(err error) (diag.Pos, string) {
	message := err.Error()
	pos := diag.Pos{Line: 1, Col: 1}
	if m := yamlLine.FindStringSubmatch(message); m != nil {
		pos.Line, _ = strconv.Atoi(m[1]) // digits, by yamlLine
		pos.Line++                       // for the line of the opening /*
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
		p.find(keys["cluster_by"], "cluster_by has %d columns; BigQuery clusters by at most 4", len(h.ClusterBy))
	}
	return h
}

// materialization checks the keys that depend on the materialization.
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
				p.find(at, "%s is for incremental models; each run of a table model replaces the whole table", key)
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
			p.find(item, "column %s is listed twice", c.Name)
		}
		if tests != nil {
			c.Tests = p.tests(tests, c.Name)
		}
		columns = append(columns, c)
	}
	return columns
}

// inputs parses table names, each with a mapping or a list of mappings.
func (p *parser) inputs(n *yaml.Node) []Input {
	var inputs []Input
	for _, pair := range p.pairs(n, "inputs") {
		key, value := pair.key, pair.value
		if !tableName.MatchString(key.Value) {
			p.find(key, "input %q must be named like raw.medium_stories or mart.story_days", key.Value)
			continue
		}
		mappings := []*yaml.Node{value}
		if value.Kind == yaml.SequenceNode {
			mappings = p.list(value)
		}
		seen := map[Input]bool{}
		for _, m := range mappings {
			in := p.mapping(m)
			if seen[in] && in.Mapping != "" {
				p.find(m, "input %s lists the mapping %s twice", key.Value, in.Mapping)
			}
			seen[in] = true
			in.Table, in.Pos = key.Value, p.pos(m)
			inputs = append(inputs, in)
		}
	}
	return inputs
}

// mapping parses a word like "same", or a mapping with a number, like "last_n_days: 28".
func (p *parser) mapping(n *yaml.Node) (in Input) {
	limits := map[manifest.Mapping]int{manifest.LastNDays: manifest.MaxDays, manifest.LastNMonths: manifest.MaxMonths}
	if n.Kind != yaml.MappingNode {
		if _, ok := limits[manifest.Mapping(n.Value)]; ok {
			p.find(n, "%s needs a number: {%[1]s: 28}", n.Value)
			return in
		}
		in.Mapping = oneOf(p, n, manifest.Same, manifest.EachDay, manifest.MonthOf, manifest.PreviousMonth, manifest.Latest,
			manifest.All)
		return in
	}
	fields := map[string]func(*yaml.Node){}
	for mapping, limit := range limits {
		fields[string(mapping)] = func(v *yaml.Node) {
			var err error
			if in.N, err = strconv.Atoi(v.Value); err != nil || in.N < 2 || in.N > limit {
				p.find(v, "%s is %q; it must be a number from 2 to %d", mapping, v.Value, limit)
			}
			in.Mapping = mapping
		}
	}
	if len(n.Content) != 2 {
		p.find(n, "a mapping must be one key with its number; write several mappings as a list")
	}
	p.object(n, "a mapping", fields)
	return in
}

// tests parses a list of tests of a column, or of the whole model when column is empty.
func (p *parser) tests(n *yaml.Node, column string) []Test {
	var tests []Test
	for _, item := range p.list(n) {
		t := Test{Pos: p.pos(item)}
		if item.Kind == yaml.ScalarNode { // without arguments
			t.Kind = Kind(item.Value)
			switch {
			case column == "":
				p.find(item, "a test of the whole model must be unique: [columns] or expression: condition, not %q",
					item.Value)
				continue
			case t.Kind == Unique:
				t.Columns = []string{column}
			case t.Kind != NotNull:
				p.unknownTest(item, item.Value)
				continue
			}
			tests = append(tests, t)
			continue
		}
		pairs := p.pairs(item, "a test")
		if i := slices.IndexFunc(pairs, func(o pair) bool { return o.key.Value == "severity" }); i >= 0 {
			t.Severity = oneOf(p, pairs[i].value, manifest.Error, manifest.Warn)
			pairs = slices.Delete(pairs, i, i+1)
		}
		if len(pairs) != 1 {
			p.find(item, "a test must be one key with its arguments, and may have a severity")
			continue
		}
		key, value := pairs[0].key, pairs[0].value
		t.Kind = Kind(key.Value)
		switch {
		case t.Kind == Expression:
			t.Expression = p.text(value)
		case t.Kind == Unique && column == "":
			t.Columns = p.names(value)
		case t.Kind == AcceptedValues && column != "":
			p.acceptedValues(value, &t)
		case t.Kind == Relationships && column != "":
			p.relationships(value, &t)
		default:
			p.unknownTest(key, key.Value)
			continue
		}
		tests = append(tests, t)
	}
	return tests
}

func (p *parser) unknownTest(n *yaml.Node, name string) {
	if form, ok := forms[Kind(name)]; ok {
		p.find(n, "write the test %s as %s", name, form)
		return
	}
	kinds := []Kind{NotNull, Unique, AcceptedValues, Relationships, Expression}
	p.find(n, "test %q is not one of %s", name, joined(kinds))
}

// forms holds the correct form of each test, for error messages.
var forms = map[Kind]string{
	NotNull:        "not_null, for a column",
	Unique:         "unique, for a column, or unique: [a, b], for the whole model",
	AcceptedValues: "accepted_values: {values: [A, B]}, for a column",
	Relationships:  "relationships: {to: mart.model, field: column}, for a column",
	Expression:     "expression: a condition",
}

func (p *parser) acceptedValues(n *yaml.Node, t *Test) {
	keys := p.object(n, "accepted_values", map[string]func(*yaml.Node){
		"values": func(v *yaml.Node) {
			for _, item := range p.list(v) {
				t.Values = append(t.Values, p.literal(item))
			}
			if len(t.Values) == 0 {
				p.find(v, "accepted_values has no values")
			}
		},
	})
	p.require(n, keys, "accepted_values", "values")
}

func (p *parser) relationships(n *yaml.Node, t *Test) {
	keys := p.object(n, "relationships", map[string]func(*yaml.Node){
		"to": func(v *yaml.Node) {
			t.To = p.text(v)
			if !tableName.MatchString(t.To) {
				p.find(v, "relationships to %q, which must be named like mart.story_stats", t.To)
			}
		},
		"field": func(v *yaml.Node) { t.Field = p.name(v) },
	})
	p.require(n, keys, "relationships", "to", "field")
}

var quote = strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`, "\r", `\r`)

// literal returns a YAML scalar as a GoogleSQL literal.
func (p *parser) literal(n *yaml.Node) string {
	switch n.ShortTag() {
	case "!!str", "!!timestamp": // GoogleSQL coerces the text of a date
		return "'" + quote.Replace(n.Value) + "'"
	case "!!int":
		if decimal.MatchString(n.Value) {
			return n.Value
		}
	case "!!bool":
		return strings.ToUpper(n.Value)
	}
	p.find(n, "value %q is not a text, whole number or boolean; test other values with an expression", n.Value)
	return "NULL"
}
