package header

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// tests reads a list of tests, of the given column or, when column is empty, of the whole model.
func (p *parser) tests(n *yaml.Node, column string) []Test {
	var tests []Test
	for _, item := range p.list(n) {
		t := Test{Pos: p.pos(item)}
		if item.Kind == yaml.ScalarNode { // a test without arguments
			t.Kind = Kind(item.Value)
			switch {
			case column == "":
				p.fault(item, "a test of the whole model is unique: [columns] or expression: condition, not %q", item.Value)
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
		pairs := p.all(item, "a test")
		if len(pairs) != 1 {
			p.fault(item, "a test is one key with its arguments")
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
		p.fault(n, "test %s is written %s", name, form)
		return
	}
	known := []string{string(NotNull), string(Unique), string(AcceptedValues), string(Relationships), string(Expression)}
	p.fault(n, "test %q is not one of %s", name, strings.Join(known, ", "))
}

// forms say how each test is written.
var forms = map[Kind]string{
	NotNull:        "not_null, of a column",
	Unique:         "unique, of a column, or unique: [a, b], of the whole model",
	AcceptedValues: "accepted_values: {values: [A, B]}, of a column",
	Relationships:  "relationships: {to: mart.model, field: column}, of a column",
	Expression:     "expression: a condition",
}

func (p *parser) acceptedValues(n *yaml.Node, t *Test) {
	keys := p.object(n, "accepted_values", map[string]func(*yaml.Node){
		"values": func(v *yaml.Node) {
			for _, item := range p.list(v) {
				t.Values = append(t.Values, p.literal(item))
			}
			if len(t.Values) == 0 {
				p.fault(v, "accepted_values has no values")
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
				p.fault(v, "relationships to %q, which is not named like mart.story_stats", t.To)
			}
		},
		"field": func(v *yaml.Node) { t.Field = p.name(v) },
	})
	p.require(n, keys, "relationships", "to", "field")
}

var quote = strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`, "\r", `\r`)

// literal is a YAML scalar as a GoogleSQL literal.
func (p *parser) literal(n *yaml.Node) string {
	switch n.ShortTag() {
	case "!!str", "!!timestamp": // a date stays the text that GoogleSQL coerces
		return "'" + quote.Replace(n.Value) + "'"
	case "!!int":
		if decimal.MatchString(n.Value) {
			return n.Value
		}
	case "!!bool":
		return strings.ToUpper(n.Value)
	}
	p.fault(n, "value %q is no text, whole number or boolean; write other values as an expression", n.Value)
	return "NULL"
}
