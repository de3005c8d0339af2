package terraform_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/shared/pipeline"
)

func TestEachSourceGetsItsSectionOfThePipeline(t *testing.T) {
	d := deploy(t)
	for name, want := range d.pipeline.Sources {
		_, env := d.function(name)
		got, err := pipeline.ParseSource([]byte(env["PIPELINE_SOURCE"]))
		if err != nil {
			t.Errorf("function %s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(pipeline.Source{})); diff != "" {
			t.Errorf("function %s (-pipeline.yaml +setting):\n%s", name, diff)
		}
	}
}

// A source's package does not contain pipeline.yaml, so a different lookback changes one setting of one function, and no code.
func TestAPipelineChangeRedeploysSettingsNotCode(t *testing.T) {
	root := copyProject(t)
	p, err := pipeline.Parse(coordinator.PipelineYAML)
	if err != nil {
		t.Fatal(err)
	}
	dir, dist := filepath.Join(root, "terraform"), packages(t, p)
	before := deployFrom(t, dir, p, dist)
	file := filepath.Join(root, "coordinator", "pipeline.yaml")
	text := string(read(t, file))
	changed := strings.Replace(text, "    lookback: 7 ", "    start: 2026-03-10\n    lookback: 9 ", 1)
	if changed == text {
		t.Fatal("pipeline.yaml has no lookback of 7")
	}
	if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	after := deployFrom(t, dir, p, dist)

	var differ []string
	for i, was := range before.list {
		if is := after.list[i]; !was.Object.RawEquals(is.Object) {
			differ = append(differ, is.Address)
		}
	}
	want := []string{`module.function["medium"].google_cloudfunctions2_function.this`}
	if diff := cmp.Diff(want, differ); diff != "" || len(before.list) != len(after.list) {
		t.Errorf("resources that change (-want +got):\n%s", diff)
	}
	was, _ := before.function("medium")
	is, env := after.function("medium")
	if was.text(t, "build_config") != is.text(t, "build_config") {
		t.Error("the function is built again")
	}
	section, err := pipeline.ParseSource([]byte(env["PIPELINE_SOURCE"]))
	if err != nil || section.Lookback != 9 || section.Start != "2026-03-10" {
		t.Errorf("PIPELINE_SOURCE is %s, %v", env["PIPELINE_SOURCE"], err)
	}
}

func TestNoSourceEmbedsThePipeline(t *testing.T) {
	embedded := `{{range .EmbedFiles}}{{$.ImportPath}}/{{.}}{{"\n"}}{{end}}`
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", embedded, "../functions/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	files := strings.Fields(string(out))
	if len(files) == 0 || slices.ContainsFunc(files, func(f string) bool { return strings.HasSuffix(f, ".yaml") }) {
		t.Errorf("the functions embed %v", files)
	}
}
