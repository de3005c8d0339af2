package term

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestOnlyYesBegins(t *testing.T) {
	for answer, begins := range map[string]bool{
		"y\n": true, "Yes \n": true, "yes": true,
		"n\n": false, "\n": false, "": false, "yesterday\n": false, strings.Repeat(" ", 1000) + "y\n": false,
	} {
		var out strings.Builder
		err := Terminal{Asks: true}.Confirm(t.Context(), strings.NewReader(answer), NewOutput(&out))
		if begins != (err == nil) || err != nil && !errors.Is(err, ErrNotConfirmed) {
			t.Errorf("%.20q: %v", answer, err)
		}
		if out.String() != "Begin? [y/N] " {
			t.Errorf("asked %q", out.String())
		}
	}
}

func TestNobodyWaitsForAnAnswerAfterCtrlC(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	never, w := io.Pipe()
	defer w.Close()
	if err := (Terminal{Asks: true}).Confirm(ctx, never, NewOutput(io.Discard)); !errors.Is(err, ErrNotConfirmed) {
		t.Errorf("got %v", err)
	}
}

func TestWithoutATerminalNothingIsAsked(t *testing.T) {
	var out strings.Builder
	if err := (Terminal{}).Confirm(t.Context(), strings.NewReader("y\n"), NewOutput(&out)); !errors.Is(err, ErrNoTerminal) || out.Len() > 0 {
		t.Errorf("%v, asked %q", err, out.String())
	}
}
