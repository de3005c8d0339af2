package pack

import (
	"bytes"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/rollcall/shared/source/sourcetest"
)

const (
	maxBinary = 40_000_000 // bytes
	aim       = 300 * time.Millisecond
	patience  = 20 * time.Second
)

// Every package builds as Google builds it, links only what it should, and starts. Without settings it answers that they are
// missing, and with all of them that a request is invalid.
func TestEveryPackageBuildsStartsAndAnswers(t *testing.T) {
	if testing.Short() {
		t.Skip("builds six programs")
	}
	dir := t.TempDir()
	if status, err := pack(t.Context(), projectRoot, Flags{Out: dir}, io.Discard); err != nil || status != 0 {
		t.Fatalf("status %d, error %v", status, err)
	}
	packages, err := readIndex(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(packages)) {
		e := packages[name]
		t.Run(name, func(t *testing.T) {
			binary, links := buildAsTheBuildpackDoes(t, filepath.Join(dir, e.File), e.BuildEnvironment)
			for _, unwanted := range []string{"duckdb", "fake-gcs-server", "/pstest", "googlesql", "shared/creator", "localcloud", "grpc/xds"} {
				if p := find(links, unwanted); p != "" {
					t.Errorf("links %s", p)
				}
			}
			info, err := os.Stat(binary)
			if err != nil {
				t.Fatal(err)
			}
			if info.Size() >= maxBinary {
				t.Errorf("the binary has %d bytes, and may have %d", info.Size(), maxBinary)
			}
			for _, entryPoint := range e.EntryPoints {
				t.Run(entryPoint, func(t *testing.T) { serve(t, binary, entryPoint, info.Size()) })
			}
		})
	}
}

// refused lists invalid requests of entry points, with the error. Those of sources are the same.
var refused = map[string][2]string{
	"Coordinator": {`{"message":{}}`, "body is not a Pub/Sub push envelope"},
	"Sweep":       {`{"from":"yesterday"}`, "is neither a day like"},
}

// serve starts a binary at an entry point, without settings and with all, and posts requests.
func serve(t *testing.T, binary, entryPoint string, size int64) {
	bare := start(t, binary, entryPoint, nil)
	t.Logf("%.1f MB, ready after %s (the aim is %s)", float64(size)/1e6, bare.ready.Round(time.Millisecond), aim)
	bare.expect(t, `{}`, http.StatusInternalServerError, "function is not configured")
	bare.expectLog(t, "is empty") // the log names what is missing

	section := "PIPELINE_SOURCE=" + sourcetest.Setting(t, strings.ToLower(entryPoint))
	whole := start(t, binary, entryPoint, append(settings(t), section))
	body, want := `{"partition":"yesterday"}`, "is neither a day like"
	if r, ok := refused[entryPoint]; ok {
		body, want = r[0], r[1]
	}
	asked := time.Now()
	whole.expect(t, body, http.StatusBadRequest, want)
	t.Logf("the first answer, with all clients made, took %s", time.Since(asked).Round(time.Millisecond))
}

// settings returns what the functions need to start. They call no service before they have a valid request.
func settings(t *testing.T) []string {
	t.Helper()
	credentials := filepath.Join(t.TempDir(), "credentials.json")
	user := `{"type":"authorized_user","client_id":"nobody","client_secret":"none","refresh_token":"none"}`
	if err := os.WriteFile(credentials, []byte(user), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{
		"GOOGLE_APPLICATION_CREDENTIALS=" + credentials,
		"GOOGLE_CLOUD_PROJECT=project", "BIGQUERY_LOCATION=EU", "STAGING_BUCKET=staging",
		"LEDGER_BUCKET=ledger", "DEAD_LETTER_TOPIC=dead",
		"LOAD_QUEUE=projects/p/locations/l/queues/q", "LOAD_ACCOUNT=nobody@example.com", `SOURCE_URLS={"kit":"https://kit.example"}`,
		"DROPS_BUCKET=drops", "KIT_API_KEY=none", "MEDIUM_USERNAME=nobody", "MEDIUM_SID=none", "MEDIUM_UID=none",
		"SHEETS_ID=0123456789abcdefghijklmnopqrstuvwxyz", "SHEETS_SERVICE_ACCOUNT=nobody@example.com", "STRIPE_API_KEY=rk_live_none",
	}
}

// server is a function's running program.
type server struct {
	url   string
	ready time.Duration // from its start until it accepted a connection
	log   *log
	cmd   *exec.Cmd
}

// start runs a program as Cloud Run does, until the test ends, and waits until it accepts connections.
func start(t *testing.T, binary, entryPoint string, env []string) server {
	t.Helper()
	address := freeAddress(t)
	_, port, _ := net.SplitHostPort(address)
	s := server{url: "http://" + address, log: &log{}, cmd: exec.Command(binary)}
	s.cmd.Env = slices.Concat(env, []string{"PORT=" + port, "FUNCTION_TARGET=" + entryPoint})
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	s.ready = run(t, s.cmd, address, s.log)
	return s
}

// freeAddress returns an unused address.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// expect posts a body, and checks status and answer.
func (s server) expect(t *testing.T, body string, status int, part string) {
	t.Helper()
	client := http.Client{Timeout: patience}
	resp, err := client.Post(s.url, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatalf("%v\n%s", err, s.log)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != status || !bytes.Contains(answer, []byte(part)) {
		t.Errorf("POST %s: status %d, %q; want %d and %q. Its log:\n%s", body, resp.StatusCode, answer, status, part, s.log)
	}
}

// expectLog waits until the log contains a text.
func (s server) expectLog(t *testing.T, part string) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); !strings.Contains(s.log.String(), part); <-tick.C {
		if time.Since(began) > patience {
			t.Fatalf("the log does not say %q:\n%s", part, s.log)
		}
	}
}

// log holds the output of a running program.
type log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
