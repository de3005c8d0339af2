// Package cli is what the commands in scripts/ have in common as programs: how they end, and what they know of the person
// who has given them.
package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"os/user"
	"strings"
	"syscall"

	"golang.org/x/term"
)

// Statuses to exit with.
const (
	Complete   = 0 // all that was asked for is there
	Broken     = 1 // an error, or no
	Incomplete = 3 // something is missing
)

// Context ends at Ctrl-C or SIGTERM. A second one ends the process at once.
func Context() context.Context {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx
}

// Terminal is what the standard streams of a command are.
type Terminal struct {
	Asks   bool // somebody is there to be asked
	Colour bool // standard output shows colours
	Redraw bool // standard error can be written over
	Width  int  // of standard output, in columns; 0 when it is no terminal, or does not tell
}

// OpenTerminal looks at the standard streams, and at NO_COLOR (https://no-color.org) and TERM.
func OpenTerminal() Terminal {
	in, out, errs := int(os.Stdin.Fd()), int(os.Stdout.Fd()), int(os.Stderr.Fd())
	dumb := os.Getenv("TERM") == "dumb"
	t := Terminal{
		Asks:   term.IsTerminal(in) && term.IsTerminal(errs),
		Colour: term.IsTerminal(out) && !dumb && os.Getenv("NO_COLOR") == "",
		Redraw: term.IsTerminal(errs) && !dumb,
	}
	if width, _, err := term.GetSize(out); err == nil {
		t.Width = width
	}
	return t
}

// ErrNotBegun says that a person did not say yes.
var ErrNotBegun = errors.New("nothing was done")

// Confirm asks whether to begin. It is ErrNotBegun unless the answer is yes, also when ctx ends before there is one.
func Confirm(ctx context.Context, in io.Reader, out io.Writer) error {
	const longest = 100 // bytes of an answer
	fmt.Fprint(out, "Begin? [y/N] ")
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(io.LimitReader(in, longest)).ReadString('\n') // the end of input is no yes
		answer <- line
	}()
	select {
	case line := <-answer:
		switch strings.ToLower(strings.TrimSpace(line)) {
		case "y", "yes":
			return nil
		}
	case <-ctx.Done():
		fmt.Fprintln(out)
	}
	return ErrNotBegun
}

// Person is who has given the command, for the records of it: "ann@laptop".
func Person() string {
	name := "somebody"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	return name + "@" + Host()
}

// Host is the name of this machine.
func Host() string {
	host, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return host
}
