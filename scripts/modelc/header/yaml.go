package header

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"example.com/rollcall/scripts/internal/diag"
)

// parser decodes YAML nodes by hand instead of into structs, so that each error has its place.
type parser struct {
	file     string
	findings *diag.List
}

var decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,18})$`)

// pos returns a node's place in the file. The YAML begins on the second line.
func (p *parser) pos(n *yaml.Node) diag.Pos {
	return diag.Pos{Line: n.Line + 1, Col: max(n.Column, 1)}
}

func (p *parser) find(n *yaml.Node, format string, args ...any) {
	p.findings.Add(p.file, p.pos(n), format, args...)
}

type pair struct{ key, value *yaml.Node }

// pairs returns the pairs of a mapping node. A key that is repeated is reported.
func (p *parser) pairs(n *yaml.Node, what string) []pair {
	if n.Kind != yaml.MappingNode {
		p.find(n, "%s must be a mapping of keys to values", what)
		return nil
	}
	var pairs []pair
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if slices.ContainsFunc(pairs, func(o pair) bool { return o.key.Value == key.Value }) {
			p.find(key, "key %q is repeated", key.Value)
			continue
		}
		pairs = append(pairs, pair{key, n.Content[i+1]})
	}
	return pairs
}

// object parses a mapping with the given fields and returns the keys that were present, nil when it is not a
// mapping.
func (p *parser) object(n *yaml.Node, what string, fields map[string]func(*yaml.Node)) map[string]*yaml.Node {
	pairs := p.pairs(n, what)
	if n.Kind != yaml.MappingNode {
		return nil
	}
	keys := map[string]*yaml.Node{}
	for _, pair := range pairs {
		name := pair.key.Value
		read, ok := fields[name]
		if !ok {
			p.find(pair.key, "%s has no key %q", what, name)
			continue
		}
		keys[name] = pair.key
		read(pair.value)
	}
	return keys
}

// require reports the keys that are missing in the result of object.
func (p *parser) require(n *yaml.Node, keys map[string]*yaml.Node, what string, required ...string) {
	if keys == nil {
		return
	}
	for _, key := range required {
		if _, ok := keys[key]; !ok {
			p.find(n, "%s needs the key %q", what, key)
		}
	}
}

func (p *parser) list(n *yaml.Node) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		p.find(n, "this must be a list")
		return nil
	}
	return n.Content
}

func (p *parser) text(n *yaml.Node) string {
	text := strings.TrimSpace(n.Value)
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" || text == "" {
		p.find(n, "this must be a text")
		return ""
	}
	return text
}

func (p *parser) name(n *yaml.Node) string {
	name := p.text(n)
	if name != "" && !columnName.MatchString(name) {
		p.find(n, "column name %q must be lower snake case", name)
	}
	return name
}

func (p *parser) names(n *yaml.Node) []string {
	var names []string
	for _, item := range p.list(n) {
		name := p.name(item)
		if slices.Contains(names, name) {
			p.find(item, "column %s is listed twice", name)
		}
		names = append(names, name)
	}
	if n.Kind == yaml.SequenceNode && len(names) == 0 {
		p.find(n, "the list is empty")
	}
	return names
}

func oneOf[T ~string](p *parser, n *yaml.Node, values ...T) T {
	if n.Kind == yaml.ScalarNode && slices.Contains(values, T(n.Value)) {
		return T(n.Value)
	}
	p.find(n, "%q is not one of %s", n.Value, joined(values))
	return ""
}

func joined[T ~string](list []T) string {
	texts := make([]string, len(list))
	for i, s := range list {
		texts[i] = string(s)
	}
	return strings.Join(texts, ", ")
}
