package header

import (
	"iter"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"example.com/rollcall/scripts/internal/diag"
)

// parser reads YAML nodes by hand rather than into structs, so that each fault has its place.
type parser struct {
	file   string
	faults *diag.List
}

var decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,18})$`)

// pos is a node's place in the file: the YAML begins on the second line.
func (p *parser) pos(n *yaml.Node) diag.Pos {
	return diag.Pos{Line: n.Line + 1, Col: max(n.Column, 1)}
}

func (p *parser) fault(n *yaml.Node, format string, args ...any) {
	p.faults.Add(p.file, p.pos(n), format, args...)
}

type pair struct{ key, value *yaml.Node }

// all are the pairs of a mapping node, each key once.
func (p *parser) all(n *yaml.Node, what string) []pair {
	if n.Kind != yaml.MappingNode {
		p.fault(n, "%s is not a mapping of keys to values", what)
		return nil
	}
	var pairs []pair
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if slices.ContainsFunc(pairs, func(o pair) bool { return o.key.Value == key.Value }) {
			p.fault(key, "key %q stands twice", key.Value)
			continue
		}
		pairs = append(pairs, pair{key, n.Content[i+1]})
	}
	return pairs
}

func (p *parser) pairs(n *yaml.Node, what string) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(key, value *yaml.Node) bool) {
		for _, pair := range p.all(n, what) {
			if !yield(pair.key, pair.value) {
				return
			}
		}
	}
}

// object reads a mapping by the given fields and returns the keys that stood there; nil when it is no mapping.
func (p *parser) object(n *yaml.Node, what string, fields map[string]func(*yaml.Node)) map[string]*yaml.Node {
	if n.Kind != yaml.MappingNode {
		p.fault(n, "%s is not a mapping of keys to values", what)
		return nil
	}
	keys := map[string]*yaml.Node{}
	for key, value := range p.pairs(n, what) {
		read, ok := fields[key.Value]
		if !ok {
			p.fault(key, "%s has no key %q", what, key.Value)
			continue
		}
		keys[key.Value] = key
		read(value)
	}
	return keys
}

// require reports the keys that are missing from what object returned.
func (p *parser) require(n *yaml.Node, keys map[string]*yaml.Node, what string, required ...string) {
	if keys == nil {
		return
	}
	for _, key := range required {
		if _, ok := keys[key]; !ok {
			p.fault(n, "%s needs the key %q", what, key)
		}
	}
}

func (p *parser) list(n *yaml.Node) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		p.fault(n, "not a list")
		return nil
	}
	return n.Content
}

func (p *parser) text(n *yaml.Node) string {
	text := strings.TrimSpace(n.Value)
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" || text == "" {
		p.fault(n, "not a text")
		return ""
	}
	return text
}

// name reads a column's name.
func (p *parser) name(n *yaml.Node) string {
	name := p.text(n)
	if name != "" && !columnName.MatchString(name) {
		p.fault(n, "column name %q is not lower snake case", name)
	}
	return name
}

func (p *parser) names(n *yaml.Node) []string {
	var names []string
	for _, item := range p.list(n) {
		name := p.name(item)
		if slices.Contains(names, name) {
			p.fault(item, "column %s stands twice", name)
		}
		names = append(names, name)
	}
	if n.Kind == yaml.SequenceNode && len(names) == 0 {
		p.fault(n, "the list is empty")
	}
	return names
}

func oneOf[T ~string](p *parser, n *yaml.Node, values ...T) T {
	if n.Kind == yaml.ScalarNode && slices.Contains(values, T(n.Value)) {
		return T(n.Value)
	}
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = string(v)
	}
	p.fault(n, "%q is not one of %s", n.Value, strings.Join(words, ", "))
	return ""
}
