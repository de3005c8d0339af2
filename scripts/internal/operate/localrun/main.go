// Package localrun runs the whole of Rollcall on one machine, with no cloud account: sources are read, their tables loaded, the
// roll called and the models run, by the functions and the coordinator that are deployed, in this one process.
//
//	go run ./scripts/rollcall
//
// What the environment has no credentials for is invented: see functions/*/README.md for the settings of the real services.
//
// It ends with status 0 when all that was asked for is complete, 3 when something is missing, which is named on standard
// error, and 1 on an error.
package localrun

import (
	"context"
	"os"
	"time"

	"github.com/sethvargo/go-envconfig"

	"example.com/rollcall/scripts/internal/cli"
)

// Main runs the command and returns the exit status.
func Main(ctx context.Context, f Flags) int {
	tty := cli.OpenTerminal()
	return run(ctx, f, system{
		out: os.Stdout, err: os.Stderr,
		colour: tty.Colour, redraw: tty.Redraw,
		env:  envconfig.OsLookuper(),
		now:  time.Now,
		days: defaultDays,
	})
}
