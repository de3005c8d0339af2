package operate

import (
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"example.com/rollcall/scripts/internal/term"
	"github.com/sethvargo/go-envconfig"
)

// morningAfter is the time of the tests that work in a data folder.
var morningAfter = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// childRun and childBackfill are the variables that make the test program be the command, over the folder that they name.
const (
	childRun      = "ROLLCALL_TEST_RUN"
	childBackfill = "ROLLCALL_TEST_BACKFILL"
)

// testsBegun is the variable that tells child processes when the tests began.
const testsBegun = "ROLLCALL_TEST_BEGUN"

// folderNow is the clock over a data folder. It goes on, also from one process to the next, so that the ids of loads sort.
func folderNow() time.Time {
	begun, err := time.Parse(time.RFC3339Nano, os.Getenv(testsBegun))
	if err != nil {
		panic(err)
	}
	return morningAfter.Add(time.Since(begun))
}

// scratch is a folder that all tests share.
var scratch string

func TestMain(m *testing.M) {
	if os.Getenv(testsBegun) == "" {
		if err := os.Setenv(testsBegun, time.Now().Format(time.RFC3339Nano)); err != nil {
			panic(err)
		}
	}
	if dir := os.Getenv(childRun); dir != "" {
		os.Exit(status(os.Stderr)(Run(context.Background(), RunOptions{Data: dir}, folderSystem(os.Stdout, os.Stderr))))
	}
	if dir := os.Getenv(childBackfill); dir != "" {
		os.Exit(status(os.Stderr)(Backfill(context.Background(), folderBackfill(dir), folderSystem(os.Stdout, os.Stderr))))
	}
	var err error
	if scratch, err = os.MkdirTemp("", "operate"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(scratch) // what is left, the system will clear away
	os.Exit(code)
}

// The statuses that the program exits with.
const (
	complete   = term.Complete
	broken     = term.Broken
	incomplete = term.Incomplete
)

// status is what the program makes of a command's result.
func status(stderr io.Writer) func(ok bool, err error) int {
	return func(ok bool, err error) int {
		switch {
		case err != nil:
			term.NewOutput(stderr).Say("rollcall: %v", err)
			return broken
		case ok:
			return complete
		}
		return incomplete
	}
}

// folderSystem is the world of the tests that work in a data folder: on the morning after three days, one of them in another month.
func folderSystem(stdout, stderr io.Writer) System {
	return System{
		In: strings.NewReader(""), Out: term.NewOutput(stdout), Err: term.NewOutput(stderr), Env: envconfig.MapLookuper(nil), days: 3,
		now: folderNow,
	}
}

// child is the command as a process of its own.
func child(t *testing.T, variable, dir string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0])
	c.Env = append(os.Environ(), variable+"="+dir)
	return c
}

// copyFolder is a copy of a data folder.
func copyFolder(t *testing.T, from string) string {
	t.Helper()
	dir := t.TempDir() + "/data"
	if out, err := exec.Command("cp", "-a", from, dir).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v %s", err, out)
	}
	return dir
}
