package localrun

import (
	"context"
	"fmt"
	"time"

	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/scripts/internal/term"
)

// report writes what a run has done: as JSON, or for a person.
func (p *parts) report(ctx context.Context, sys system, f Flags, o outcome) error {
	if f.JSON {
		return term.WriteJSON(sys.out, o)
	}
	out := sys.out
	fmt.Fprintln(out)
	term.WriteGrid(out, o.Partitions, term.RunMarks, term.Paint(sys.colour), 0)
	fmt.Fprintln(out)
	if err := writeNumbers(ctx, out, o.Partitions, p.Duck.Query); err != nil {
		return err
	}
	for _, fate := range p.fates {
		fmt.Fprintln(out, fate)
	}
	fmt.Fprintf(out, "\nThis run: %s, %s, in %s\n", term.Count(len(o.Loads), "load"), term.Count(len(o.Runs), "model run"),
		term.Seconds(time.Duration(o.Timings["total"])*time.Millisecond))
	for _, note := range p.notes() {
		fmt.Fprintln(out, note)
	}
	fmt.Fprintf(out, `
Written: %-28s the tables, in the schemas raw and mart
         %-28s what was staged, and the coordinator's ledger
         %-28s what the functions and the coordinator logged
`, p.Dir.Warehouse(), p.Dir.Objects(), p.Dir.Log())
	again := "everything stands, so no model runs"
	if len(o.Missing) > 0 {
		again = "what is missing is asked for again, and the rest stands"
	}
	fmt.Fprintf(out, `
Try:     the same command again: %s
         take a # away in %s: a restated day runs again what is made from it, and nothing else
         duckdb %s "FROM mart.creator_overview ORDER BY day DESC LIMIT 7"
`, again, p.Dir.Steering(), p.Dir.Warehouse())
	return nil
}

// notes say what was not asked for, and why.
func (p *parts) notes() (list []string) {
	if p.skipped > 0 {
		list = append(list, fmt.Sprintf("Not asked again: %s, complete and outside of what each run reads again (--from and --to ask for them)",
			term.Count(p.skipped, "older partition")))
	}
	for _, name := range p.scope.Sources {
		if f := p.Feeds[name]; f.Origin == datadir.Live && hasSnapshot(p.Pipeline.Sources[name]) {
			list = append(list, fmt.Sprintf("%s tells of some tables only how they stand now: of those, %s is the first partition, "+
				"and older ones are expected of nobody", name, f.Newest))
		}
	}
	return list
}
