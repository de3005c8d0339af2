package coordinator

import (
	"os/exec"
	"strings"
	"testing"
)

// The engine runs anywhere: only coordinator/function imports the functions framework, go-envconfig and
// Cloud Tasks.
func TestTheEngineDoesNotDependOnItsDeployment(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".", "./plan", "./overdue").Output()
	if err != nil {
		t.Fatal(err)
	}
	for path := range strings.FieldsSeq(string(out)) {
		for _, part := range []string{"functions-framework-go", "sethvargo/go-envconfig", "api/cloudtasks"} {
			if strings.Contains(path, part) {
				t.Errorf("the engine links %s", path)
			}
		}
	}
}
