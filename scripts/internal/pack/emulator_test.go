package pack

import (
	"cmp"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// emulatedRegion is the location of the data.
const emulatedRegion = "europe-west2"

// startEmulator starts Google's own Pub/Sub emulator, a part of the Cloud SDK, until the test ends. If it is not installed,
// the test is skipped.
func startEmulator(t *testing.T) (address string) {
	t.Helper()
	java, err := exec.LookPath("java")
	if err != nil {
		t.Skip("Google's Pub/Sub emulator needs java, which is not installed")
	}
	jar := emulatorJar()
	if jar == "" {
		t.Skip("Google's Pub/Sub emulator is not installed: gcloud components install pubsub-emulator, or the package google-cloud-cli-pubsub-emulator")
	}
	address = freeAddress(t)
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	said := &log{}
	cmd := exec.Command(java, "-Xmx256m", "-jar", jar, "--host="+host, "--port="+port)
	cmd.Stdout, cmd.Stderr = said, said
	run(t, cmd, address, said)
	return address
}

// emulatorJar returns the emulator's program, or "". CLOUDSDK_ROOT_DIR is the folder of the Cloud SDK; by default that of gcloud.
func emulatorJar() string {
	root := os.Getenv("CLOUDSDK_ROOT_DIR")
	if gcloud, err := exec.LookPath("gcloud"); err == nil && root == "" {
		if gcloud, err = filepath.EvalSymlinks(gcloud); err == nil {
			root = filepath.Dir(filepath.Dir(gcloud))
		}
	}
	found, err := filepath.Glob(filepath.Join(cmp.Or(root, "/usr/lib/google-cloud-sdk"), "platform/pubsub-emulator/lib/cloud-pubsub-emulator-*.jar"))
	if err != nil || len(found) == 0 {
		return ""
	}
	return found[len(found)-1]
}

// run starts a program, until the test ends, and returns how long it took to accept connections.
func run(t *testing.T, cmd *exec.Cmd, address string, said *log) (ready time.Duration) {
	t.Helper()
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() { kill(t, cmd) })
	poll := time.NewTicker(time.Millisecond)
	defer poll.Stop()
	for {
		if c, err := net.Dial("tcp", address); err == nil {
			ready = time.Since(began)
			c.Close()
			return ready
		}
		if time.Since(began) > patience {
			t.Fatalf("not ready after %s; it said:\n%s", patience, said)
		}
		select {
		case err := <-ended:
			t.Fatalf("the program ended: %v\n%s", err, said)
		case <-poll.C:
		}
	}
}

// kill kills a program, like a power failure.
func kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
}
