package terraform_test

import (
	"maps"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// What only Google knows, for the tests.
const projectNumber = "123456789012"

// symbol is a resource as expressions see it: one object, or those of its instances.
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

// resolve evaluates all instances of a resource, by key.
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

// computed makes up an attribute that the provider would fill in.
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

// body evaluates the arguments and the blocks of a resource. A block becomes a tuple of objects.
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
