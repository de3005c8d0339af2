// Command ci reads what `go test -json` prints, for .ci/run.
//
//	go test -json ./... | ci show             prints what go test prints, without what passed
//	ci report .ci/may-skip DIR                lists what was skipped, and fails if a skip is not on the list
//
// DIR holds the output of each `go test -json` as *.json, and steps that were skipped as lines of steps.txt: a
// name, a tab and the reason.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	var err error
	switch args := os.Args[1:]; {
	case len(args) == 1 && args[0] == "show":
		err = show(os.Stdin, os.Stdout)
	case len(args) == 3 && args[0] == "report":
		err = report(args[1], args[2], os.Stdout)
	default:
		err = errors.New("usage: ci show, or ci report MAY-SKIP DIR")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// module is what the names of packages are shortened by.
const module = "example.com/rollcall/"

// testEvent is a line of `go test -json`; `go doc test2json` describes it.
type testEvent struct {
	Action, Package, Test, Output string
}

// name returns the test's name with its package, such as terraform.TestPlan.
func (e testEvent) name() string {
	return strings.TrimPrefix(e.Package, module) + "." + e.Test
}

func read(in io.Reader, use func(testEvent)) error {
	lines := json.NewDecoder(bufio.NewReader(in))
	for {
		var e testEvent
		if err := lines.Decode(&e); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("read the output of go test -json: %w", err)
		}
		use(e)
	}
}

// show writes the line of each package, and all that a test printed which did not pass.
func show(in io.Reader, out io.Writer) error {
	printed := map[string]string{} // by test, of those that have not ended
	return read(in, func(e testEvent) {
		switch {
		case e.Test == "" && e.Action == "fail": // a package; what was running when it panicked has no end of its own
			for name, text := range printed {
				if strings.HasPrefix(name, testEvent{Package: e.Package}.name()) {
					fmt.Fprint(out, text)
					delete(printed, name)
				}
			}
		case e.Test == "":
			if e.Output != "PASS\n" {
				fmt.Fprint(out, e.Output)
			}
		case e.Action == "output":
			printed[e.name()] += e.Output
		case e.Action == "fail":
			fmt.Fprint(out, printed[e.name()])
			delete(printed, e.name())
		case e.Action == "pass" || e.Action == "skip":
			delete(printed, e.name())
		}
	})
}

// results is what the files of a folder say of tests and steps.
type results struct {
	passed, failed int
	skips          map[string]string // reasons, by test or step; none of a test that another run did not skip
}

// reason matches the line of a test's output that t.Skip printed.
var reason = regexp.MustCompile(`^ +\S+\.go:\d+: (.*)`)

func readResults(dir string) (results, error) {
	r := results{skips: map[string]string{}}
	ran := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return r, err
	}
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			return r, err
		}
		why := map[string]string{}
		err = read(file, func(e testEvent) {
			switch m := reason.FindStringSubmatch(e.Output); {
			case e.Test == "":
			case m != nil:
				why[e.name()] = m[1]
			case e.Action == "pass":
				r.passed++
				ran[e.name()] = true
			case e.Action == "fail":
				r.failed++
			case e.Action == "skip":
				r.skips[e.name()] = why[e.name()]
			}
		})
		if err := errors.Join(err, file.Close()); err != nil {
			return r, fmt.Errorf("%s: %w", name, err)
		}
	}
	maps.DeleteFunc(r.skips, func(name, _ string) bool { return ran[name] })
	steps, err := os.ReadFile(filepath.Join(dir, "steps.txt"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return r, err
	}
	for line := range strings.Lines(string(steps)) {
		step, why, _ := strings.Cut(strings.TrimSpace(line), "\t")
		r.skips[step] = why
	}
	return r, nil
}

// allowance is a line of the list of what may be skipped.
type allowance struct {
	name   string // of a test or a step; with a * at its end, all that begin with it
	reason string
}

func (a allowance) covers(name string) bool {
	prefix, open := strings.CutSuffix(a.name, "*")
	return name == a.name || open && strings.HasPrefix(name, prefix)
}

func readAllowances(file string) ([]allowance, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var list []allowance
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, why, _ := strings.Cut(line, " ")
		if why == "" {
			return nil, fmt.Errorf("%s: %s: write why it may be skipped", file, name)
		}
		list = append(list, allowance{name: name, reason: strings.TrimSpace(why)})
	}
	return list, nil
}

// report writes what was skipped and the number of tests. It fails if a skip is not on the list, a test failed
// or none ran.
func report(mayskip, dir string, out io.Writer) error {
	list, err := readAllowances(mayskip)
	if err != nil {
		return err
	}
	r, err := readResults(dir)
	if err != nil {
		return err
	}
	names := slices.Sorted(maps.Keys(r.skips))
	var refused []string
	fmt.Fprintf(out, "Skipped: %d\n", len(names))
	for _, name := range names {
		fmt.Fprintf(out, "  %s: %s\n", name, r.skips[name])
		if !slices.ContainsFunc(list, func(a allowance) bool { return a.covers(name) }) {
			refused = append(refused, name)
		}
	}
	for _, a := range list {
		if !slices.ContainsFunc(names, a.covers) {
			fmt.Fprintf(out, "On the list of %s, but not skipped here: %s\n", mayskip, a.name)
		}
	}
	fmt.Fprintf(out, "%d passed, %d failed, %d skipped\n", r.passed, r.failed, len(names))
	switch {
	case len(refused) > 0:
		return fmt.Errorf("skipped, and not on the list of %s: %s", mayskip, strings.Join(refused, ", "))
	case r.failed > 0 || r.passed == 0:
		return errors.New("tests failed, or none ran")
	}
	return nil
}
