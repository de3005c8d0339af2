package terraform_test

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// each are the instances that for_each or count ask for, by key; "" is the key of a block that has neither.
func (m *module) each(b *hclsyntax.Block) map[string]map[string]cty.Value {
	m.t.Helper()
	scopes := map[string]map[string]cty.Value{}
	if a := b.Body.Attributes["count"]; a != nil {
		n, _ := m.eval(a.Expr, nil).AsBigFloat().Int64()
		for i := range n {
			scopes[fmt.Sprint(i)] = nil
		}
		return scopes
	}
	a := b.Body.Attributes["for_each"]
	if a == nil {
		return map[string]map[string]cty.Value{"": nil}
	}
	for it := m.eval(a.Expr, nil).ElementIterator(); it.Next(); {
		key, value := it.Element()
		if key.Type() != cty.String {
			key = value // of a set
		}
		scopes[key.AsString()] = map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{"key": key, "value": value})}
	}
	return scopes
}

// call is a child module as expressions see it: its outputs.
func (m *module) call(name string) cty.Value {
	m.t.Helper()
	values := map[string]cty.Value{}
	for key, child := range m.child(name) {
		outputs := map[string]cty.Value{}
		for output, b := range child.outputs {
			outputs[output] = child.eval(b.Body.Attributes["value"].Expr, nil)
		}
		values[key] = cty.ObjectVal(outputs)
	}
	if single, ok := values[""]; ok {
		return single
	}
	return cty.ObjectVal(values)
}

func (m *module) child(name string) map[string]*module {
	m.t.Helper()
	if children, ok := m.children[name]; ok {
		return children
	}
	b, ok := m.calls[name]
	if !ok {
		m.t.Fatalf("%sno module %s", m.address, name)
	}
	source := m.eval(b.Body.Attributes["source"].Expr, nil).AsString()
	m.children[name] = map[string]*module{}
	for key, scope := range m.each(b) {
		given := map[string]cty.Value{}
		for input, a := range b.Body.Attributes {
			switch input {
			case "source", "for_each", "count", "depends_on":
			default:
				given[input] = m.eval(a.Expr, scope)
			}
		}
		m.children[name][key] = load(m.t, filepath.Join(m.dir, source), m.address+"module."+name+index(key)+".", given)
	}
	return m.children[name]
}

// index is a key as an address has it. One of digits is count's: for_each has none such here.
func index(key string) string {
	switch {
	case key == "":
		return ""
	case strings.Trim(key, "0123456789") == "":
		return "[" + key + "]"
	}
	return fmt.Sprintf("[%q]", key)
}

// all are all instances of this module and its children.
func (m *module) all() []*instance {
	m.t.Helper()
	var list []*instance
	for key := range m.resource {
		for _, i := range m.resolve(key) {
			list = append(list, i)
		}
	}
	for name := range m.calls {
		for _, child := range m.child(name) {
			list = append(list, child.all()...)
		}
	}
	return list
}
