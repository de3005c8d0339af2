package terraform_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/shared/pipeline"
)

// workspace holds a copy of the files that Terraform reads, initialized with the real provider and without a backend.
// It cannot reach Google: the token is invalid, and a first plan sends no request.
type workspace struct {
	t        *testing.T
	pipeline *pipeline.Pipeline
	root     string // of the copied project
	env      []string
}

// terraformEnv returns the environment of Terraform's commands. It skips the test unless Terraform is installed and
// TERRAFORM_PROVIDERS names a folder with the Google provider, written by `terraform providers mirror`.
func terraformEnv(t *testing.T) []string {
	t.Helper()
	if testing.Short() {
		t.Skip("runs Terraform")
	}
	providers := os.Getenv("TERRAFORM_PROVIDERS")
	if providers == "" {
		t.Skip("TERRAFORM_PROVIDERS must name a folder written by `terraform providers mirror`; tests download nothing")
	}
	if _, err := exec.LookPath("terraform"); err != nil {
		t.Skip("terraform is not installed")
	}
	config := filepath.Join(t.TempDir(), "terraform.rc")
	mirror := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", providers)
	if err := os.WriteFile(config, []byte(mirror), 0o600); err != nil {
		t.Fatal(err)
	}
	return append(os.Environ(), "TF_CLI_CONFIG_FILE="+config, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1",
		"GOOGLE_OAUTH_ACCESS_TOKEN=made-up")
}

// newWorkspace copies the project and initializes Terraform. It skips the test as terraformEnv does.
func newWorkspace(t *testing.T) workspace {
	t.Helper()
	env := terraformEnv(t)
	p, err := pipeline.Parse(coordinator.PipelineYAML)
	if err != nil {
		t.Fatal(err)
	}
	root := copyProject(t)
	if err := os.Rename(zips(t, p), filepath.Join(root, "dist")); err != nil {
		t.Fatal(err)
	}
	w := workspace{t, p, root, env}
	w.terraform("init", "-backend=false", "-input=false")
	return w
}

// zips writes packages.json and a file for each function. The files are not real zips, because only Google would open
// them.
func zips(t *testing.T, p *pipeline.Pipeline) string {
	t.Helper()
	dir := packages(t, p)
	var index map[string]packaged
	if err := json.Unmarshal(read(t, filepath.Join(dir, "packages.json")), &index); err != nil {
		t.Fatal(err)
	}
	for _, e := range index {
		if err := os.WriteFile(filepath.Join(dir, e.File), []byte(e.File), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// terraform runs a Terraform command and returns its output.
func (w workspace) terraform(args ...string) []byte {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), "terraform", args...)
	cmd.Dir, cmd.Env = filepath.Join(w.root, "terraform"), w.env
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		w.t.Fatalf("terraform %s: %v\n%s%s", strings.Join(args, " "), err, out, &stderr)
	}
	return out
}

// change holds what Terraform would do to one resource.
type change struct {
	Address string `json:"address"`
	Mode    string `json:"mode"`
	Change  struct {
		Actions []string       `json:"actions"`
		After   map[string]any `json:"after"`
	} `json:"change"`
}

// plan returns what Terraform would do in an empty project, by address. A warning fails the test.
func (w workspace) plan() map[string]change {
	w.t.Helper()
	file := filepath.Join(w.t.TempDir(), "plan")
	vars := filepath.Join(w.root, "settings.json")
	data, err := json.Marshal(settings(w.pipeline))
	if err == nil {
		err = os.WriteFile(vars, data, 0o600)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	log := w.terraform("plan", "-json", "-input=false", "-refresh=false", "-var-file="+vars, "-out="+file)
	for lines := bufio.NewScanner(bytes.NewReader(log)); lines.Scan(); {
		var line struct {
			Level   string `json:"@level"`
			Message string `json:"@message"`
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err == nil && line.Level != "info" {
			w.t.Errorf("%s: %s", line.Level, line.Message)
		}
	}
	var shown struct {
		Changes []change `json:"resource_changes"`
	}
	if err := json.Unmarshal(w.terraform("show", "-json", file), &shown); err != nil {
		w.t.Fatal(err)
	}
	changes := map[string]change{}
	for _, c := range shown.Changes {
		changes[c.Address] = c
	}
	return changes
}

func TestTheProviderAcceptsTheConfiguration(t *testing.T) {
	w := newWorkspace(t)
	var verdict struct {
		Valid       bool  `json:"valid"`
		Diagnostics []any `json:"diagnostics"`
	}
	if err := json.Unmarshal(w.terraform("validate", "-json"), &verdict); err != nil {
		t.Fatal(err)
	}
	if !verdict.Valid || len(verdict.Diagnostics) > 0 {
		t.Errorf("valid: %v, %v", verdict.Valid, verdict.Diagnostics)
	}
	w.terraform("test")
}

func TestAFirstPlanOnlyCreatesAndHasNoWarnings(t *testing.T) {
	changes := newWorkspace(t).plan()
	made := 0
	for address, c := range changes {
		switch {
		case c.Mode == "data" && slices.Equal(c.Change.Actions, []string{"read"}):
		case slices.Equal(c.Change.Actions, []string{"create"}):
			made++
		default:
			t.Errorf("%s: %v", address, c.Change.Actions)
		}
	}
	t.Logf("%d resources are created", made)
	// The other tests of this folder use an evaluation of the files. It must find the same resources as Terraform.
	var evaluated, planned []string
	for _, i := range deploy(t).list {
		evaluated = append(evaluated, i.Address)
	}
	for address := range changes {
		if !strings.HasPrefix(address, "data.") {
			planned = append(planned, address)
		}
	}
	slices.Sort(planned)
	evaluated = slices.DeleteFunc(evaluated, func(a string) bool { return strings.HasPrefix(a, "data.") })
	if diff := cmp.Diff(evaluated, planned); diff != "" {
		t.Errorf("(-evaluated +planned):\n%s", diff)
	}
}

// A zip's name contains the hash of its content, so a new zip of one function changes the plan of that function only.
func TestANewZipChangesOnlyItsFunction(t *testing.T) {
	w := newWorkspace(t)
	before := w.plan()
	dist := filepath.Join(w.root, "dist")
	if err := os.WriteFile(filepath.Join(dist, "kit-4567.zip"), []byte("changed"), 0o600); err != nil {
		t.Fatal(err)
	}
	index := filepath.Join(dist, "packages.json")
	changed := strings.ReplaceAll(string(read(t, index)), "kit-0123.zip", "kit-4567.zip")
	if err := os.WriteFile(index, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	after := w.plan()
	var differ []string
	for address := range after {
		if !cmp.Equal(before[address], after[address]) {
			differ = append(differ, address)
		}
	}
	slices.Sort(differ)
	want := []string{
		`module.function["kit"].google_cloudfunctions2_function.this`,
		`module.function["kit"].google_storage_bucket_object.package[0]`,
	}
	if diff := cmp.Diff(want, differ); diff != "" || len(before) != len(after) {
		t.Errorf("%d resources, then %d; (-want +different):\n%s", len(before), len(after), diff)
	}
}
