package bigquery_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	neturl "net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"example.com/rollcall/shared/warehouse"
	"example.com/rollcall/shared/warehouse/bigquery"
	"example.com/rollcall/shared/warehouse/warehousetest"
)

// The emulator is bqemulator, from PyPI; .ci/bqemulator starts it.
const (
	emulatorURL     = "BIGQUERY_EMULATOR_URL"     // where it is, http://127.0.0.1:9050
	emulatorObjects = "BIGQUERY_EMULATOR_OBJECTS" // the folder that it takes for gs://
	runExceptions   = "BIGQUERY_EMULATOR_EXCEPTIONS"
	exceptionsFile  = "testdata/emulator_exceptions.yaml"
)

// exceptions lists the cases that the emulator cannot pass, each with the reason.
type exceptions struct {
	Emulator string            `yaml:"emulator"` // and its version
	Cases    map[string]string `yaml:"cases"`
}

// TestConformanceOverAnEmulator runs the suite against an independent emulator. A case listed as an exception must still
// fail, so that the list does not get out of date.
func TestConformanceOverAnEmulator(t *testing.T) {
	url, objects := os.Getenv(emulatorURL), os.Getenv(emulatorObjects)
	if url == "" || objects == "" {
		t.Skipf("no emulator: %s and %s are not set; .ci/bqemulator go test ./shared/warehouse/bigquery sets them", emulatorURL, emulatorObjects)
	}
	text, err := os.ReadFile(exceptionsFile)
	if err != nil {
		t.Fatal(err)
	}
	var list exceptions
	if err := yaml.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	left := map[string]string{}
	for name, why := range list.Cases {
		left[strings.ReplaceAll(name, " ", "_")] = why
	}
	endpoint := withoutDecorators(t, url)
	var count atomic.Int32
	warehousetest.Run(t, func(t *testing.T, bucket *warehousetest.Bucket) warehouse.Driver {
		_, name, _ := strings.Cut(t.Name(), "/")
		if why, ok := left[name]; ok && os.Getenv(runExceptions) == "" {
			delete(left, name)
			if stillFails(t) {
				t.Skipf("%s cannot pass this: %s", list.Emulator, why)
			}
			t.Fatalf("%s passes this now; remove it from %s", list.Emulator, exceptionsFile)
		}
		project := fmt.Sprintf("p%d-%d", os.Getpid(), count.Add(1))
		body := fmt.Sprintf(`{"datasetReference": {"projectId": %q, "datasetId": "raw"}, "location": "EU"}`, project)
		resp, err := http.Post(url+"/bigquery/v2/projects/"+project+"/datasets", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("make a dataset: %s", resp.Status)
		}
		d, err := bigquery.Open(t.Context(), bigquery.Options{Project: project, Location: "EU", Endpoint: endpoint, Pause: 10 * time.Millisecond, Timeout: 2 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		bucket.Upload = func(name string, data []byte) string {
			folder := filepath.Join(objects, project)
			if err := os.MkdirAll(folder, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, name), data, 0o644); err != nil {
				t.Fatal(err)
			}
			return "gs://" + project + "/" + name
		}
		return d
	})
	if os.Getenv(runExceptions) == "" && !t.Failed() {
		for name := range left {
			t.Errorf("%s lists %s, which is not a case of the suite", exceptionsFile, name)
		}
	}
}

var decorator = regexp.MustCompile(`("tableId":"\w+)\$\d+"`)

// withoutDecorators starts a proxy that removes partition decorators, which the emulator does not support: the rows of a
// partition are then appended to the table. So all cases about partitions must fail.
func withoutDecorators(t *testing.T, url string) string {
	to, err := neturl.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.Transport = &http.Transport{DisableKeepAlives: true} // it closes connections after internal errors
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if decorator.Match(body) {
			body = decorator.ReplaceAll(body, []byte(`$1"`))
			body = bytes.Replace(body, []byte("WRITE_TRUNCATE"), []byte("WRITE_APPEND"), 1)
		}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// stillFails runs the case in another process, because a test cannot undo a failure.
func stillFails(t *testing.T) bool {
	var pattern []string
	for part := range strings.SplitSeq(t.Name(), "/") {
		pattern = append(pattern, "^"+regexp.QuoteMeta(part)+"$")
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", strings.Join(pattern, "/"), "-test.v")
	cmd.Env = append(os.Environ(), runExceptions+"=1")
	text, err := cmd.CombinedOutput()
	if err == nil && !strings.Contains(string(text), "--- PASS: "+t.Name()+" ") {
		t.Fatalf("the case was not run:\n%s", text)
	}
	return err != nil
}
