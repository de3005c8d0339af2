package terraform_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/shared/pipeline"
)

// deployment is all that terraform apply would make in a project demo-mart.
type deployment struct {
	t        *testing.T
	pipeline *pipeline.Pipeline
	list     []*instance
}

func deploy(t *testing.T) *deployment {
	t.Helper()
	p, err := pipeline.Parse(coordinator.PipelineYAML)
	if err != nil {
		t.Fatal(err)
	}
	return deployFrom(t, ".", p, packages(t, p))
}

// deployFrom evaluates the configuration in dir, with the packages in dist.
func deployFrom(t *testing.T, dir string, p *pipeline.Pipeline, dist string) *deployment {
	t.Helper()
	m := load(t, dir, "", map[string]cty.Value{
		"project": cty.StringVal("demo-mart"), "region": cty.StringVal("europe-west2"), "timezone": cty.StringVal(p.Timezone),
		"secrets": object(map[string]string{"MEDIUM_SID": "medium-sid", "KIT_API_KEY": "kit-api-key", "STRIPE_API_KEY": "stripe-api-key"}),
		"accounts": object(map[string]string{
			"MEDIUM_USERNAME": "ada", "MEDIUM_UID": "d1ce", "SHEETS_ID": "1aB2cD3eF4gH5iJ6",
		}),
		"packages":        cty.StringVal(dist),
		"operators":       cty.ListVal([]cty.Value{cty.StringVal("user:me@example.com")}),
		"alert_email":     cty.StringVal("me@example.com"),
		"billing_account": cty.StringVal("012345-6789AB-CDEF01"),
	})
	for _, b := range m.outputs {
		m.eval(b.Body.Attributes["value"].Expr, nil) // fails the test when it cannot be evaluated
	}
	d := &deployment{t: t, pipeline: p, list: m.all()}
	slices.SortFunc(d.list, func(a, b *instance) int { return strings.Compare(a.Address, b.Address) })
	return d
}

func object(of map[string]string) cty.Value {
	values := map[string]cty.Value{}
	for k, v := range of {
		values[k] = cty.StringVal(v)
	}
	return cty.ObjectVal(values)
}

// packages writes what rollcall package does, as far as terraform reads it when it plans.
func packages(t *testing.T, p *pipeline.Pipeline) string {
	t.Helper()
	index := map[string]map[string]string{"coordinator": {"file": "coordinator-0123.zip"}}
	for name := range p.Sources {
		index[name] = map[string]string{"file": name + "-0123.zip"}
	}
	data, err := json.Marshal(index)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "packages.json"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// of are the instances of a type.
func (d *deployment) of(kind string) (list []*instance) {
	for _, i := range d.list {
		if i.Type == kind {
			list = append(list, i)
		}
	}
	return list
}

// one is the instance at an address.
func (d *deployment) one(address string) *instance {
	d.t.Helper()
	for _, i := range d.list {
		if i.Address == address {
			return i
		}
	}
	d.t.Fatalf("%s is not made", address)
	return nil
}

// json is a resource as a map, a block being a list.
func (i *instance) json(t *testing.T) map[string]any {
	t.Helper()
	data, err := ctyjson.Marshal(i.Object, i.Object.Type())
	if err != nil {
		t.Fatalf("%s: %v", i.Address, err)
	}
	var m map[string]any
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// text is an argument as text, or "" when it is not set. A path like push_config.push_endpoint goes into blocks.
func (i *instance) text(t *testing.T, path string) string {
	t.Helper()
	var v any = i.json(t)
	for step := range strings.SplitSeq(path, ".") {
		if list, ok := v.([]any); ok && len(list) == 1 {
			v = list[0]
		}
		m, ok := v.(map[string]any)
		if !ok {
			return ""
		}
		v = m[step]
	}
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
}
