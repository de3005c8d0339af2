// Package backfill loads a range of the past: it asks each source for what can still be had of it, oldest first, and then has
// every model's partition run once.
//
//	go run ./scripts/rollcall backfill --from 2026-01-01 --to 2026-03-31
//
// While it loads, the models of the range wait; the ledger holds them. What it does stands in the ledger too, so the same
// command, after Ctrl-C or a crash, goes on where the other ended.
//
// It ends with status 0 when all that could be had is loaded and run, 3 when something is missing, which is named on standard
// error, and 1 on an error.
package backfill

import (
	"context"
	"os"
	"time"

	"github.com/sethvargo/go-envconfig"

	"example.com/rollcall/scripts/internal/cli"
	"example.com/rollcall/scripts/internal/deployment"
)

// Main runs the command and returns the exit status.
func Main(ctx context.Context, f Flags) int {
	tty := cli.OpenTerminal()
	return run(ctx, f, system{
		in: os.Stdin, out: os.Stdout, err: os.Stderr,
		asks: tty.Asks, colour: tty.Colour, redraw: tty.Redraw,
		open: openPlace(envconfig.OsLookuper(), time.Now),
		now:  time.Now,
		by:   thisProcess(),
		dead: gone,
		wait: deployment.DefaultRetryPolicy,
	})
}
