package backfill

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"syscall"

	"example.com/rollcall/scripts/internal/cli"
)

// thisProcess is who holds: "ann@laptop, process 4711".
func thisProcess() string { return fmt.Sprintf("%s, process %d", cli.Person(), os.Getpid()) }

var processRE = regexp.MustCompile(`@([^@]+), process ([0-9]+)$`)

// gone reports whether whoever held was a process of this machine that has ended. Of other machines nothing is known, and their
// holds end by themselves.
func gone(by string) bool {
	m := processRE.FindStringSubmatch(by)
	if m == nil || m[1] != cli.Host() {
		return false
	}
	pid, err := strconv.Atoi(m[2])
	if err != nil {
		return false
	}
	if pid == os.Getpid() {
		return true // an earlier process of the same number: this one holds under another id
	}
	p, err := os.FindProcess(pid)
	if err != nil {
		return true
	}
	defer func() { _ = p.Release() }() // it frees what is known of the process, and cannot fail
	return errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone)
}
