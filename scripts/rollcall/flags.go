package main

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"

	"github.com/alecthomas/kong"

	"example.com/rollcall/scripts/internal/deployment/datadir"
)

// place holds the flags that name the deployment.
type place struct {
	Data    string `group:"where" xor:"place" placeholder:"DIR" help:"Data folder of rollcall run. Default: .rollcall."`
	Project string `group:"where" xor:"place" placeholder:"ID" help:"Google Cloud project, instead of a data folder."`
}

// dir returns the data folder.
func (p place) dir() string { return cmp.Or(p.Data, datadir.Default) }

// output holds the flag that chooses JSON.
type output struct {
	JSON bool `name:"json" group:"how" help:"Print one JSON object on standard output, and nothing else there."`
}

// selection holds the flags that name days, months and sources.
type selection struct {
	From   string   `group:"what" placeholder:"DAY" help:"First day, like 2026-10-18."`
	To     string   `group:"what" placeholder:"DAY" help:"Last day. Months belong to the days if their last day does. Default: the newest complete day, in UTC."`
	Date   string   `group:"what" placeholder:"DAY" help:"This day alone."`
	Month  string   `group:"what" placeholder:"MONTH" help:"The days of this month, like 2026-10, and the month itself."`
	Source []string `group:"what" placeholder:"SOURCE" help:"This source and no other; may be repeated."`
}

// begin holds the flags that say how a command begins.
type begin struct {
	Yes    bool `short:"y" group:"how" help:"Begin without asking."`
	DryRun bool `group:"how" help:"Show what would be done, and do nothing."`
}

// done returns the exit status of a command that reports whether everything is there.
func done(ok bool, err error) (int, error) {
	switch {
	case err != nil:
		return broken, err
	case ok:
		return complete, nil
	}
	return incomplete, nil
}

// badValue returns an error that names the first flag or argument whose value is empty, because an unset shell variable
// must not mean the default, or the first flag that is given twice but holds one value.
func badValue(parsed *kong.Context) error {
	given := map[*kong.Flag]bool{}
	for _, step := range parsed.Path {
		switch {
		case step.Flag != nil && empty(parsed.FlagValue(step.Flag)):
			return fmt.Errorf("--%s has an empty value", step.Flag.Name)
		case step.Flag != nil && given[step.Flag] && !step.Flag.IsSlice() && !step.Flag.IsBool():
			return fmt.Errorf("--%s is given twice; pass one value", step.Flag.Name)
		case step.Positional != nil && empty(parsed.Value(step).Interface()):
			return fmt.Errorf("<%s> is empty", step.Positional.Name)
		}
		given[step.Flag] = true
	}
	return nil
}

// empty reports whether value is an empty string, or a list that is empty or holds an empty string.
func empty(value any) bool {
	if list, ok := value.([]string); ok {
		return len(list) == 0 || slices.Contains(list, "")
	}
	v := reflect.ValueOf(value)
	return v.Kind() == reflect.String && v.Len() == 0
}
