package operate

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"regexp"
	"strconv"
	"syscall"
)

// thisProcess names this process in the ledger's records: "ann@laptop, process 4711".
func thisProcess() string {
	return fmt.Sprintf("%s@%s, process %d", userName(), hostName(), os.Getpid())
}

func userName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}

func hostName() string {
	if host, err := os.Hostname(); err == nil {
		return host
	}
	return "unknown"
}

var processRE = regexp.MustCompile(`@([^@]+), process ([0-9]+)$`)

// endedProcess reports whether by names a process of this machine that has ended. About other machines nothing
// is known; their holds end by themselves.
func endedProcess(by string) bool {
	m := processRE.FindStringSubmatch(by)
	if m == nil || m[1] != hostName() {
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
	defer func() { _ = p.Release() }() // frees what is known about the process, and cannot fail
	return errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone)
}
