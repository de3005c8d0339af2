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
	"fmt"
	"os"
	"time"

	"github.com/alecthomas/kong"
	"github.com/sethvargo/go-envconfig"

	"example.com/rollcall/scripts/internal/cli"
)

// Main runs the command with its arguments, and returns the status to exit with.
func Main(args []string) int {
	var f Flags
	parser := kong.Must(&f, kong.Name("local"), kong.Description("Run the whole of Rollcall on this machine, with no cloud account."))
	if _, err := parser.Parse(args); err != nil {
		fmt.Fprintf(os.Stderr, "local: %v; --help lists the flags\n", err)
		return broken
	}
	tty := cli.OpenTerminal()
	return run(cli.Context(), f, system{
		out: os.Stdout, err: os.Stderr,
		colour: tty.Colour, redraw: tty.Redraw,
		env:  envconfig.OsLookuper(),
		now:  time.Now,
		days: defaultDays,
	})
}
