// Package status tells how everything stands, and why, from the coordinator's ledger: of the data folder of this machine, or of
// a project. It changes nothing, and may run while anything else does.
//
//	go run ./scripts/rollcall status                             the last 14 days, and the months that ended in them
//	go run ./scripts/rollcall status --date 2026-11-21           one day: who has arrived, who has not, each model's runs and why they ran
//	go run ./scripts/rollcall explain revenue 2026-10     why a model's partition stands as it does, in sentences
//	go run ./scripts/rollcall lineage story_days.views    what a model or a column is made from, and what is made from it
//	go run ./scripts/rollcall deadletters                 messages and files that nobody could use, and what to do
//
// It ends with status 0 when everything that is expected is there, 3 when something is overdue, missing or failed, and 1 on an
// error.
package status

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/alecthomas/kong"
	"github.com/sethvargo/go-envconfig"

	"example.com/rollcall/scripts/internal/cli"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/scripts/internal/deployment/gcp"
	"example.com/rollcall/scripts/internal/term"
)

// Exit statuses.
const (
	complete   = cli.Complete
	broken     = cli.Broken
	incomplete = cli.Incomplete
)

// flags are the command line.
type flags struct {
	Data    string `default:".rollcall" placeholder:"DIR" help:"Data folder of rollcall run."`
	Project string `placeholder:"ID" help:"Google Cloud project, in place of a data folder."`
	JSON    bool   `name:"json" help:"Print one JSON object on standard output, and nothing else there."`

	Show        showCmd        `cmd:"" default:"withargs" help:"How everything stands: several days, or one day or month in full (the default)."`
	Explain     explainCmd     `cmd:"" help:"Why a model's partition stands as it does, in sentences."`
	Lineage     lineageCmd     `cmd:"" help:"What sources, tables, models and columns are made from, and what is made from them."`
	Deadletters deadlettersCmd `cmd:"" name:"deadletters" help:"Messages and dropped files that nobody could use, and what to do about each."`
}

// command is one of the commands of flags; it gives the status to exit with.
type command interface {
	run(ctx context.Context, f *flags, sys system) (int, error)
}

// system is what a command has of the world around it.
type system struct {
	out, err io.Writer
	paint    term.Paint
	width    int // of the terminal; 0 when out is none
	now      func() time.Time
	open     func(ctx context.Context, f *flags) (*deployment.Deployment, error)
}

// Main runs the command with its arguments, and returns the status to exit with.
func Main(args []string) int {
	tty := cli.OpenTerminal()
	sys := system{out: os.Stdout, err: os.Stderr, paint: term.Paint(tty.Colour), width: tty.Width, now: time.Now, open: open}
	return run(cli.Context(), args, sys)
}

// run is the command: the status to exit with.
func run(ctx context.Context, args []string, sys system) int {
	var f flags
	parser := kong.Must(&f, kong.Name("status"), kong.Writers(sys.out, sys.err),
		kong.Description("How everything stands, and why. It changes nothing."))
	parsed, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(sys.err, "status: %v; --help lists the flags\n", err)
		return broken
	}
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("no answer within %s", patience))
	defer cancel()
	status, err := parsed.Selected().Target.Addr().Interface().(command).run(ctx, &f, sys)
	if err != nil {
		fmt.Fprintf(sys.err, "status: %v\n", err)
		return broken
	}
	return status
}

// patience is how long a command may take: the clients of Google's services would otherwise try again for ever.
const patience = 2 * time.Minute

// open opens the site that the flags name.
func open(ctx context.Context, f *flags) (*deployment.Deployment, error) {
	if f.Project == "" {
		return datadir.Open(f.Data)
	}
	if f.Data != datadir.Default {
		return nil, fmt.Errorf("--data %s and --project %s are two places; name one", f.Data, f.Project)
	}
	p, err := gcp.Open(ctx, f.Project, envconfig.OsLookuper())
	if err != nil {
		return nil, err
	}
	return p.Deployment, nil
}
