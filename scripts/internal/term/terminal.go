package term

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/term"
)

// Exit statuses of the commands.
const (
	Complete   = 0 // all that was asked for is there
	Broken     = 1 // an error
	Incomplete = 3 // something is missing
)

// Context returns a context that ends at Ctrl-C or SIGTERM. A second one ends the process immediately.
func Context() context.Context {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx
}

// Terminal says what the standard streams of a command can do.
type Terminal struct {
	Asks   bool // a person can be asked: standard input and standard error are a terminal
	Colour bool // standard output shows colours
	Redraw bool // standard error can be overwritten
	Width  int  // of standard output in columns; 0 when it is not a terminal
}

// OpenTerminal inspects the standard streams, NO_COLOR (https://no-color.org) and TERM.
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

// Errors of Confirm.
var (
	ErrNotConfirmed = errors.New("nothing was done")
	ErrNoTerminal   = errors.New(
		"--yes is missing: standard input is not a terminal, so the plan cannot be confirmed; pass --yes, or --dry-run to see only the plan")
)

// Confirm asks a person whether to begin. It fails with ErrNotConfirmed unless the answer is yes, also when ctx
// ends before there is an answer, and with ErrNoTerminal when standard input is not a terminal.
func (t Terminal) Confirm(ctx context.Context, in io.Reader, out *Output) error {
	if !t.Asks {
		return ErrNoTerminal
	}
	const maxAnswer = 100 // bytes
	fmt.Fprint(out.w, "Begin? [y/N] ")
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(io.LimitReader(in, maxAnswer)).ReadString('\n') // the end of input is not yes
		answer <- line
	}()
	select {
	case line := <-answer:
		switch strings.ToLower(strings.TrimSpace(line)) {
		case "y", "yes":
			return nil
		}
	case <-ctx.Done():
		out.Say("")
	}
	return ErrNotConfirmed
}
