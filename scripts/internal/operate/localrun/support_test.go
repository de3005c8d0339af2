package localrun

import (
	"context"
	"os"
	"os/exec"
	"testing"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/scripts/internal/deployment/local/localtest"
	"example.com/rollcall/shared/pipeline"
)

// scratch is a folder that all tests share.
var scratch string

// childDir is the variable that makes the test program be the command, over the folder that it names.
const childDir = "ROLLCALL_TEST_DATA"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		os.Exit(run(context.Background(), Flags{Data: dir}, world(os.Stdout, os.Stderr)))
	}
	var err error
	if scratch, err = os.MkdirTemp("", "local"); err != nil {
		panic(err)
	}
	status := m.Run()
	_ = os.RemoveAll(scratch) // what is left, the system will clear away
	os.Exit(status)
}

// childRun is the command as a process of its own.
func childRun(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0])
	c.Env = append(os.Environ(), childDir+"="+dir)
	return c
}

func declaredPipeline(t *testing.T) *pipeline.Pipeline {
	t.Helper()
	p, err := pipeline.Parse(coordinator.PipelineYAML)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func testScope(t *testing.T) scope {
	t.Helper()
	sc, err := newScope(Flags{}, declaredPipeline(t), testDays, morningAfter)
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

// contents tells of every table of the data what it holds.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	return localtest.Contents(t, datadir.Dir{Path: dir})
}
