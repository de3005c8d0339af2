package terraform_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// module holds the .tf files of one folder and evaluates them as Terraform does before it calls a provider: variables,
// locals, for_each, count, dynamic blocks and child modules. Values that only Google knows are invented and readable
// (see computed). So the tests see every instance of every resource with the values that would be sent, without
// Terraform, a provider or a network.
type module struct {
	t         *testing.T
	dir       string
	address   string // "", or a prefix like module.function["kit"].
	vars      cty.Value
	variables map[string]*hclsyntax.Block
	locals    map[string]hcl.Expression
	resource  map[string]*hclsyntax.Block // by type.name, or data.type.name
	calls     map[string]*hclsyntax.Block // of child modules, by name
	outputs   map[string]*hclsyntax.Block

	values    map[string]cty.Value // memo of locals
	instances map[string]map[string]*instance
	children  map[string]map[string]*module
}

// instance is one resource that apply would create.
type instance struct {
	Address string
	Type    string
	Object  cty.Value // arguments and blocks; a block is a tuple
}

// load parses the files of dir and sets its variables to the given values.
func load(t *testing.T, dir, address string, given map[string]cty.Value) *module {
	t.Helper()
	m := &module{
		t: t, dir: dir, address: address,
		variables: map[string]*hclsyntax.Block{}, locals: map[string]hcl.Expression{},
		resource: map[string]*hclsyntax.Block{}, calls: map[string]*hclsyntax.Block{}, outputs: map[string]*hclsyntax.Block{},
		values:    map[string]cty.Value{},
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
				m.variables[b.Labels[0]] = b
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

// variable returns a variable's value, given or default, converted to its declared type.
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

// refusals returns the messages of the validations that the variables' values fail.
func (m *module) refusals() (messages []string) {
	m.t.Helper()
	for _, name := range slices.Sorted(maps.Keys(m.variables)) {
		for _, b := range m.variables[name].Body.Blocks {
			if b.Type == "validation" && m.eval(b.Body.Attributes["condition"].Expr, nil).False() {
				message := m.eval(b.Body.Attributes["error_message"].Expr, nil).AsString()
				messages = append(messages, m.address+"var."+name+": "+message)
			}
		}
	}
	return messages
}

// resourceKey returns the type.name, or data.type.name, at the start of a traversal.
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

// eval evaluates an expression. The scope holds each, or the iterator of a dynamic block.
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

// each returns the scope of each instance that for_each or count creates, by key. A block with neither has the key "".
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
			key = value // a set
		}
		scopes[key.AsString()] = map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{"key": key, "value": value})}
	}
	return scopes
}

// call returns a child module as expressions see it: its outputs.
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
		child := load(m.t, filepath.Join(m.dir, source), m.address+"module."+name+index(key)+".", given)
		for _, refusal := range child.refusals() {
			m.t.Error(refusal)
		}
		m.children[name][key] = child
	}
	return m.children[name]
}

// index returns a key as an address contains it. A key of digits comes from count, because no for_each here has one.
func index(key string) string {
	switch {
	case key == "":
		return ""
	case strings.Trim(key, "0123456789") == "":
		return "[" + key + "]"
	}
	return fmt.Sprintf("[%q]", key)
}

// all returns every instance of this module and its children.
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

// projectNumber stands for the number that Google assigns to the project.
const projectNumber = "123456789012"

// symbol returns a resource as expressions see it: one object, or the objects of its instances.
func (m *module) symbol(key string) cty.Value {
	m.t.Helper()
	instances := m.resolve(key)
	if single, ok := instances[""]; ok {
		return single.Object
	}
	b := m.resource[key]
	if b.Body.Attributes["count"] != nil {
		var list []cty.Value
		for _, i := range instances {
			list = append(list, i.Object)
		}
		return cty.TupleVal(list)
	}
	values := map[string]cty.Value{}
	for k, i := range instances {
		values[k] = i.Object
	}
	return cty.ObjectVal(values)
}

// resolve returns the evaluated instances of a resource, by key.
func (m *module) resolve(key string) map[string]*instance {
	m.t.Helper()
	if instances, ok := m.instances[key]; ok {
		return instances
	}
	b, ok := m.resource[key]
	if !ok {
		m.t.Fatalf("%sno resource %s", m.address, key)
	}
	instances := map[string]*instance{}
	for k, scope := range m.each(b) {
		values := m.body(b.Body, scope)
		for _, name := range []string{"id", "name", "email", "member", "number", "project"} {
			if _, ok := values[name]; !ok {
				values[name] = m.computed(key, name, values)
			}
		}
		if b.Labels[0] == "google_cloudfunctions2_function" {
			config := values["service_config"].Index(cty.Zero).AsValueMap()
			config["uri"] = cty.StringVal("https://" + values["name"].AsString() + ".run.app")
			values["service_config"] = cty.TupleVal([]cty.Value{cty.ObjectVal(config)})
		}
		instances[k] = &instance{Address: m.address + key + index(k), Type: b.Labels[0], Object: cty.ObjectVal(values)}
	}
	m.instances[key] = instances
	return instances
}

// computed invents an attribute that the provider would set.
func (m *module) computed(key, name string, values map[string]cty.Value) cty.Value {
	own := ""
	for _, named := range []string{"name", "account_id", "repository_id", "dataset_id", "secret_id", "role_id"} {
		if v, ok := values[named]; ok && own == "" {
			own = v.AsString()
		}
	}
	switch {
	case strings.HasPrefix(key, "google_service_account.") && name == "email":
		return cty.StringVal(own + "@demo-mart.iam.gserviceaccount.com")
	case strings.HasPrefix(key, "google_service_account.") && name == "member":
		return cty.StringVal("serviceAccount:" + own + "@demo-mart.iam.gserviceaccount.com")
	case strings.HasPrefix(key, "data.google_project.") && name == "number":
		return cty.StringVal(projectNumber)
	case strings.HasPrefix(key, "data.google_storage_project_service_account.") && name == "member":
		return cty.StringVal("serviceAccount:service-" + projectNumber + "@gs-project-accounts.iam.gserviceaccount.com")
	case name == "project":
		return cty.StringVal("demo-mart")
	case (name == "id" || name == "name") && own != "":
		return cty.StringVal(own)
	}
	return cty.StringVal(m.address + key + "." + name)
}

// body evaluates the arguments and blocks of a resource. A block becomes a tuple of objects.
func (m *module) body(b *hclsyntax.Body, scope map[string]cty.Value) map[string]cty.Value {
	m.t.Helper()
	values := map[string]cty.Value{}
	for name, a := range b.Attributes {
		switch name {
		case "for_each", "count", "depends_on":
		default:
			values[name] = m.eval(a.Expr, scope)
		}
	}
	blocks := map[string][]cty.Value{}
	for _, block := range b.Blocks {
		if block.Type != "dynamic" {
			blocks[block.Type] = append(blocks[block.Type], cty.ObjectVal(m.body(block.Body, scope)))
			continue
		}
		name := block.Labels[0]
		for it := m.eval(block.Body.Attributes["for_each"].Expr, scope).ElementIterator(); it.Next(); {
			key, value := it.Element()
			inner := map[string]cty.Value{name: cty.ObjectVal(map[string]cty.Value{"key": key, "value": value})}
			maps.Copy(inner, scope)
			for _, content := range block.Body.Blocks {
				blocks[name] = append(blocks[name], cty.ObjectVal(m.body(content.Body, inner)))
			}
		}
	}
	for name, list := range blocks {
		values[name] = cty.TupleVal(list)
	}
	return values
}
