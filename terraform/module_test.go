package terraform_test

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// module reads the .tf files of one folder and evaluates them as Terraform does before it asks a provider: variables, locals,
// for_each, count, dynamic blocks and child modules. What only Google could tell is made up, and readable (see computed). So the
// tests see every instance of every resource with the values that would be sent, without Terraform, provider or network.
type module struct {
	t        *testing.T
	dir      string
	address  string // "", or module.function["kit"].
	vars     cty.Value
	locals   map[string]hcl.Expression
	resource map[string]*hclsyntax.Block // by type.name, or data.type.name
	calls    map[string]*hclsyntax.Block // of child modules, by name
	outputs  map[string]*hclsyntax.Block

	values    map[string]cty.Value // memo of locals
	instances map[string]map[string]*instance
	children  map[string]map[string]*module
}

// instance is one resource as it would be made.
type instance struct {
	Address string
	Type    string
	Object  cty.Value // arguments and blocks; a block is a tuple
}

// load reads the files of dir, with values for its variables.
func load(t *testing.T, dir, address string, given map[string]cty.Value) *module {
	t.Helper()
	m := &module{
		t: t, dir: dir, address: address,
		locals: map[string]hcl.Expression{}, resource: map[string]*hclsyntax.Block{}, calls: map[string]*hclsyntax.Block{},
		outputs: map[string]*hclsyntax.Block{}, values: map[string]cty.Value{},
		instances: map[string]map[string]*instance{}, children: map[string]map[string]*module{},
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.tf"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no .tf files in %s: %v", dir, err)
	}
	vars := map[string]cty.Value{}
	for _, file := range files {
		f, diags := hclparse.NewParser().ParseHCLFile(file)
		m.check(diags)
		body := f.Body.(*hclsyntax.Body)
		for _, b := range body.Blocks {
			switch b.Type {
			case "variable":
				vars[b.Labels[0]] = m.variable(b, given)
			case "locals":
				for name, a := range b.Body.Attributes {
					m.locals[name] = a.Expr
				}
			case "resource":
				m.resource[b.Labels[0]+"."+b.Labels[1]] = b
			case "data":
				m.resource["data."+b.Labels[0]+"."+b.Labels[1]] = b
			case "module":
				m.calls[b.Labels[0]] = b
			case "output":
				m.outputs[b.Labels[0]] = b
			}
		}
	}
	for name := range given {
		if _, ok := vars[name]; !ok {
			t.Fatalf("%s has no variable %s", dir, name)
		}
	}
	m.vars = cty.ObjectVal(vars)
	return m
}

func (m *module) check(diags hcl.Diagnostics) {
	m.t.Helper()
	if diags.HasErrors() {
		m.t.Fatalf("%s%v", m.address, diags)
	}
}

// variable is a variable's value: given, or its default, of the type that it declares.
func (m *module) variable(b *hclsyntax.Block, given map[string]cty.Value) cty.Value {
	m.t.Helper()
	value, ok := given[b.Labels[0]]
	if d := b.Body.Attributes["default"]; !ok && d != nil {
		var diags hcl.Diagnostics
		value, diags = d.Expr.Value(nil)
		m.check(diags)
	} else if !ok {
		m.t.Fatalf("%svariable %s is not given", m.address, b.Labels[0])
	}
	want, diags := typeexpr.TypeConstraint(b.Body.Attributes["type"].Expr)
	m.check(diags)
	value, err := convert.Convert(value, want)
	if err != nil {
		m.t.Fatalf("%svariable %s: %v", m.address, b.Labels[0], err)
	}
	return value
}

// resourceKey is the type.name, or data.type.name, that a traversal begins with.
func resourceKey(t hcl.Traversal) string {
	n := 2
	if t.RootName() == "data" {
		n = 3
	}
	parts := []string{t.RootName()}
	for _, step := range t[1:n] {
		if a, ok := step.(hcl.TraverseAttr); ok {
			parts = append(parts, a.Name)
		}
	}
	return strings.Join(parts, ".")
}

// eval evaluates an expression; scope has each, or the iterator of a dynamic block.
func (m *module) eval(expr hcl.Expression, scope map[string]cty.Value) cty.Value {
	m.t.Helper()
	roots := map[string]map[string]cty.Value{}
	set := func(value cty.Value, path ...string) {
		if roots[path[0]] == nil {
			roots[path[0]] = map[string]cty.Value{}
		}
		if len(path) == 2 {
			roots[path[0]][path[1]] = value
			return
		}
		inner := map[string]cty.Value{}
		if old, ok := roots[path[0]][path[1]]; ok {
			inner = old.AsValueMap()
		}
		inner[path[2]] = value
		roots[path[0]][path[1]] = cty.ObjectVal(inner)
	}
	for _, t := range expr.Variables() {
		root := t.RootName()
		if _, ok := scope[root]; ok || root == "var" {
			continue
		}
		name := t[1].(hcl.TraverseAttr).Name
		switch root {
		case "local":
			set(m.local(name), root, name)
		case "path":
			set(cty.StringVal(m.dir), root, "module")
		case "module":
			set(m.call(name), root, name)
		default:
			key := resourceKey(t)
			set(m.symbol(key), strings.Split(key, ".")...)
		}
	}
	ctx := &hcl.EvalContext{Functions: terraformFunctions, Variables: map[string]cty.Value{"var": m.vars}}
	for root, attrs := range roots {
		ctx.Variables[root] = cty.ObjectVal(attrs)
	}
	maps.Copy(ctx.Variables, scope)
	value, diags := expr.Value(ctx)
	m.check(diags)
	return value
}

func (m *module) local(name string) cty.Value {
	m.t.Helper()
	if value, ok := m.values[name]; ok {
		return value
	}
	expr, ok := m.locals[name]
	if !ok {
		m.t.Fatalf("%sno local %s", m.address, name)
	}
	m.values[name] = m.eval(expr, nil)
	return m.values[name]
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
