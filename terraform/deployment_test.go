package terraform_test

import (
	"encoding/json"
	"io/fs"
	"maps"
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

// deployment holds everything that terraform apply would create in a project demo-mart.
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
	return deployWith(t, dir, p, dist, given(t, p))
}

// deployWith does the same with these settings.
func deployWith(t *testing.T, dir string, p *pipeline.Pipeline, dist string, given map[string]cty.Value) *deployment {
	t.Helper()
	given["packages"] = cty.StringVal(dist)
	m := load(t, dir, "", given)
	for _, refusal := range m.refusals() {
		t.Error(refusal)
	}
	for _, b := range m.outputs {
		m.eval(b.Body.Attributes["value"].Expr, nil) // fails the test if it cannot be evaluated
	}
	d := &deployment{t: t, pipeline: p, list: m.all()}
	slices.SortFunc(d.list, func(a, b *instance) int { return strings.Compare(a.Address, b.Address) })
	return d
}

// region is where the tests deploy to: the region of the examples.
const region = "europe-west1"

// settings returns the contents of terraform.tfvars, with every optional setting that creates resources.
func settings(p *pipeline.Pipeline) map[string]any {
	return map[string]any{
		"project":  "demo-mart",
		"region":   region,
		"timezone": p.Timezone,
		"secrets": map[string]string{
			"MEDIUM_SID": "medium-sid", "KIT_API_KEY": "kit-api-key", "STRIPE_API_KEY": "stripe-api-key",
		},
		"accounts": map[string]string{
			"MEDIUM_USERNAME": "ada", "MEDIUM_UID": "d1ce", "SHEETS_ID": "1aB2cD3eF4gH5iJ6",
		},
		"operators":       []string{"user:me@example.com"},
		"alert_email":     "me@example.com",
		"billing_account": "012345-6789AB-CDEF01",
	}
}

// given returns the settings as the values of variables.
func given(t *testing.T, p *pipeline.Pipeline) map[string]cty.Value {
	t.Helper()
	data, err := json.Marshal(settings(p))
	if err != nil {
		t.Fatal(err)
	}
	values, err := decodeJSON(data)
	if err != nil {
		t.Fatal(err)
	}
	return values.AsValueMap()
}

// copyProject copies the files that Terraform reads, and returns the root of the copy.
func copyProject(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for _, part := range []string{"terraform", "coordinator", "functions"} {
		if err := os.CopyFS(filepath.Join(root, part), terraformReads{os.DirFS("../" + part)}); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// terraformReads shows only the files of a folder that Terraform reads: no state, no local settings, no test data.
type terraformReads struct{ fs.FS }

func (r terraformReads) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(r.FS, name)
	return slices.DeleteFunc(list, func(d fs.DirEntry) bool {
		if d.IsDir() {
			return d.Name() == ".terraform" || d.Name() == "testdata"
		}
		return !slices.Contains([]string{".tf", ".hcl", ".json", ".yaml"}, filepath.Ext(d.Name())) ||
			d.Name() == ".terraform.lock.hcl"
	}), err
}

// packaged is an entry of packages.json.
type packaged struct {
	File             string            `json:"file"`
	BuildEnvironment map[string]string `json:"build_environment"`
}

// packages writes a packages.json as rollcall package does, with what Terraform reads for a plan, and returns its folder.
func packages(t *testing.T, p *pipeline.Pipeline) string {
	t.Helper()
	index := map[string]packaged{}
	for _, name := range append(slices.Collect(maps.Keys(p.Sources)), "coordinator") {
		index[name] = packaged{File: name + "-0123.zip", BuildEnvironment: map[string]string{"GOFLAGS": "-tags=for_" + name}}
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

// of returns the instances of a type.
func (d *deployment) of(kind string) (list []*instance) {
	for _, i := range d.list {
		if i.Type == kind {
			list = append(list, i)
		}
	}
	return list
}

// one returns the instance at an address, or fails the test.
func (d *deployment) one(address string) *instance {
	d.t.Helper()
	for _, i := range d.list {
		if i.Address == address {
			return i
		}
	}
	d.t.Fatalf("%s is not created", address)
	return nil
}

// json returns a resource as a map, in which a block is a list.
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

// text returns an argument as text, or "" if it is not set. A path like push_config.push_endpoint leads into blocks.
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

// expect fails the test if an argument of a resource, given by path, differs from the wanted value.
func (d *deployment) expect(address string, want map[string]string) {
	d.t.Helper()
	i := d.one(address)
	for path, value := range want {
		if got := i.text(d.t, path); got != value {
			d.t.Errorf("%s: %s is %q, want %q", address, path, got, value)
		}
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
