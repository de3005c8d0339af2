// Command rollcall runs, shows and repairs a pipeline: the one on this machine, or one that is deployed.
//
//	go run ./scripts/rollcall             run everything on this machine
//	go run ./scripts/rollcall status      show what is there, what is missing, and why
//	go run ./scripts/rollcall --help      list the commands
//
// Exit status: 0 when all is complete, 3 when something is missing or a refresh failed, 1 on an error.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/sethvargo/go-envconfig"

	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/scripts/internal/deployment/gcp"
	"example.com/rollcall/scripts/internal/term"
)

// Exit statuses.
const (
	complete   = term.Complete
	broken     = term.Broken
	incomplete = term.Incomplete
)

// commandLine is the grammar: a struct of flags for each command, each in a file of its own.
type commandLine struct {
	Run         runCmd         `cmd:"" default:"withargs" help:"Run the whole pipeline on this machine (the default)."`
	Status      statusCmd      `cmd:"" help:"Show what has arrived and run, and what is missing and why."`
	Explain     explainCmd     `cmd:"" help:"Explain in sentences why a model ran, or did not."`
	Lineage     lineageCmd     `cmd:"" help:"Show what a table, model or column is made from, and what is made from it."`
	Deadletters deadlettersCmd `cmd:"" name:"deadletters" help:"List the messages and dropped files that could not be processed."`
	Load        loadCmd        `cmd:"" help:"Load one partition of one source, or accept what was refused."`
	Replay      replayCmd      `cmd:"" help:"Process a day, past events or dead letters again."`
	Backfill    backfillCmd    `cmd:"" help:"Load a range of the past."`
	Package     packageCmd     `cmd:"" help:"Build the packages that terraform apply deploys."`
}

// command runs one command and returns the exit status.
type command interface {
	run(ctx context.Context, sys system) (int, error)
}

// system is what a command needs from outside.
type system struct {
	out, err *term.Output
	paint    term.Paint
	width    int // of the terminal in columns; 0 when out is not a terminal
	// open opens a deployment for reading, and returns the time at which it is read.
	open func(ctx context.Context, at place) (*deployment.Deployment, time.Time, error)
}

func main() {
	tty := term.OpenTerminal()
	sys := system{
		out: term.NewOutput(os.Stdout), err: term.NewOutput(os.Stderr),
		paint: term.Paint(tty.Colour), width: tty.Width, open: open,
	}
	os.Exit(rollcall(term.Context(), os.Args[1:], sys))
}

// rollcall parses args, runs the command and returns the exit status.
func rollcall(ctx context.Context, args []string, sys system) int {
	var line commandLine
	parser := kong.Must(&line, kong.Name("rollcall"), kong.Writers(sys.out.Writer(), sys.err.Writer()),
		kong.Description("Run, show and repair a pipeline. Exit status: 0 complete, 3 something is missing or a refresh failed, 1 error."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: maxWidth}),
		kong.ExplicitGroups([]kong.Group{
			{Key: "what", Title: "What:"},
			{Key: "where", Title: "Where:"},
			{Key: "how", Title: "How:"},
		}))
	err := unknownCommand(parser, args)
	var parsed *kong.Context
	if err == nil {
		parsed, err = parser.Parse(args)
	}
	if err == nil {
		err = badValue(parsed)
	}
	if err != nil {
		sys.err.Say("rollcall: %v; --help lists commands and flags", err)
		return broken
	}
	status, err := parsed.Selected().Target.Addr().Interface().(command).run(ctx, sys)
	if err != nil {
		sys.err.Say("rollcall: %v", err)
		return broken
	}
	return status
}

// unknownCommand returns an error if args begin with a word that is not a command.
func unknownCommand(parser *kong.Kong, args []string) error {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return nil
	}
	var names []string
	for _, c := range parser.Model.Children {
		names = append(names, c.Name)
	}
	if slices.Contains(names, args[0]) {
		return nil
	}
	return fmt.Errorf("no command is named %q%s", args[0], term.DidYouMean(args[0], names))
}

// open opens the deployment that the flags name. Over a data folder, ROLLCALL_NOW sets the time.
func open(ctx context.Context, at place) (d *deployment.Deployment, now time.Time, err error) {
	if at.Project != "" {
		p, err := gcp.Open(ctx, at.Project, envconfig.OsLookuper())
		if err != nil {
			return nil, now, err
		}
		return p.Deployment, time.Now(), nil
	}
	if d, err = datadir.Open(at.dir()); err != nil {
		return nil, now, err
	}
	clock, err := datadir.Clock(ctx, at.dir(), envconfig.OsLookuper())
	if err != nil {
		return nil, now, errors.Join(err, d.Close())
	}
	return d, clock(), nil
}
