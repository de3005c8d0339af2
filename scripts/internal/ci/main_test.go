package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// run is the output of `go test -json` of one package: a test passes, one is skipped, one fails, and the last never ends.
const run = `
{"Action":"run","Package":"example.com/rollcall/a","Test":"TestGood"}
{"Action":"output","Package":"example.com/rollcall/a","Test":"TestGood","Output":"    a_test.go:3: well\n"}
{"Action":"pass","Package":"example.com/rollcall/a","Test":"TestGood"}
{"Action":"output","Package":"example.com/rollcall/a","Test":"TestJava","Output":"    a_test.go:9: Java: not installed\n"}
{"Action":"output","Package":"example.com/rollcall/a","Test":"TestJava","Output":"--- SKIP: TestJava (0.00s)\n"}
{"Action":"skip","Package":"example.com/rollcall/a","Test":"TestJava"}
{"Action":"output","Package":"example.com/rollcall/a","Test":"TestBad","Output":"    a_test.go:12: got 1, want 2\n"}
{"Action":"output","Package":"example.com/rollcall/a","Test":"TestBad","Output":"--- FAIL: TestBad (0.00s)\n"}
{"Action":"fail","Package":"example.com/rollcall/a","Test":"TestBad"}
{"Action":"output","Package":"example.com/rollcall/a","Test":"TestPanics","Output":"panic: oh\n"}
{"Action":"output","Package":"example.com/rollcall/a","Output":"FAIL\texample.com/rollcall/a\t0.1s\n"}
{"Action":"fail","Package":"example.com/rollcall/a"}
`

func TestShowPrintsWhatDidNotPass(t *testing.T) {
	var out bytes.Buffer
	if err := show(strings.NewReader(run), &out); err != nil {
		t.Fatal(err)
	}
	want := "    a_test.go:12: got 1, want 2\n--- FAIL: TestBad (0.00s)\nFAIL\texample.com/rollcall/a\t0.1s\npanic: oh\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestShowRefusesWhatIsNotJSON(t *testing.T) {
	if err := show(strings.NewReader("ok\n"), &bytes.Buffer{}); err == nil {
		t.Error("no error")
	}
}

func TestReportHoldsSkipsToTheList(t *testing.T) {
	passing := `{"Action":"pass","Package":"example.com/rollcall/a","Test":"TestGood"}`
	for name, c := range map[string]struct {
		run, steps, list, want, wantErr string
	}{
		"every skip is allowed": {
			run: passing + `{"Action":"output","Package":"example.com/rollcall/a","Test":"TestJava","Output":"    x_test.go:9: no Java\n"}` +
				`{"Action":"skip","Package":"example.com/rollcall/a","Test":"TestJava"}`,
			steps: "lint\tno network\n",
			list:  "# why\nlint needs a network\na.Test* needs Java\n",
			want:  "Skipped: 2\n  a.TestJava: no Java\n  lint: no network\n1 passed, 0 failed, 2 skipped\n",
		},
		"a test is not allowed to be skipped": {
			run:     passing + `{"Action":"skip","Package":"example.com/rollcall/a","Test":"TestJava"}`,
			list:    "a.Test needs Java\n",
			want:    "Skipped: 1\n  a.TestJava: \nOn the list of LIST, but not skipped here: a.Test\n1 passed, 0 failed, 1 skipped\n",
			wantErr: "skipped, and not on the list of LIST: a.TestJava",
		},
		"what another run did not skip is no skip": {
			run:  `{"Action":"skip","Package":"example.com/rollcall/a","Test":"TestGood"}` + passing,
			want: "Skipped: 0\n1 passed, 0 failed, 0 skipped\n",
		},
		"a package without tests is no skip": {
			run:  passing + `{"Action":"skip","Package":"example.com/rollcall/b"}`,
			want: "Skipped: 0\n1 passed, 0 failed, 0 skipped\n",
		},
		"a test fails": {run: run, list: "a.TestJava needs Java\n", want: "Skipped: 1\n  a.TestJava: Java: not installed\n1 passed, 1 failed, 1 skipped\n",
			wantErr: "tests failed, or none ran"},
		"no test runs":       {want: "Skipped: 0\n0 passed, 0 failed, 0 skipped\n", wantErr: "tests failed, or none ran"},
		"a reason is wanted": {list: "lint\n", wantErr: "LIST: lint: write why it may be skipped"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			list := filepath.Join(dir, "may-skip")
			for file, text := range map[string]string{"may-skip": c.list, "a.json": c.run, "steps.txt": c.steps} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var out bytes.Buffer
			message := ""
			if err := report(list, dir, &out); err != nil {
				message = strings.ReplaceAll(err.Error(), list, "LIST")
			}
			if diff := cmp.Diff(c.want, strings.ReplaceAll(out.String(), list, "LIST")); diff != "" {
				t.Error(diff)
			}
			if message != c.wantErr {
				t.Errorf("error %q, want %q", message, c.wantErr)
			}
		})
	}
}
