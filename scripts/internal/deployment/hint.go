package deployment

import "example.com/rollcall/coordinator/hint"

// Command returns a command line for this deployment: "go run ./scripts/rollcall replay --date 2026-11-21".
func (d *Deployment) Command(words ...string) string { return hint.CommandLine(d.Flag, words...) }

// Hint returns what a person can do here about a fault, in one line; empty if there is nothing to do.
func (d *Deployment) Hint(f hint.Fault) string {
	return f.Line(hint.Deployment{Flag: d.Flag, Local: d.Local})
}
