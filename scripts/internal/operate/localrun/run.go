package localrun

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/sethvargo/go-envconfig"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/scripts/internal/cli"
	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/scripts/internal/deployment/local"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/pipeline"
)

// Exit statuses.
const (
	complete   = cli.Complete
	broken     = cli.Broken
	incomplete = cli.Incomplete
)

// system is what a run has of the world around it.
type system struct {
	out, err io.Writer
	colour   bool // out shows colours
	redraw   bool // err is a terminal that can be written over
	env      envconfig.Lookuper
	now      func() time.Time
	days     int // to load when no day is given
}

// run is the command: the status to exit with.
func run(ctx context.Context, f Flags, sys system) int {
	status, err := perform(ctx, f, sys)
	if err != nil {
		fmt.Fprintf(sys.err, "local: %v\n", err)
		return broken
	}
	return status
}

func perform(ctx context.Context, f Flags, sys system) (status int, err error) {
	watch := stopwatch{now: sys.now, at: sys.now(), laps: map[string]int64{}}
	declared, err := pipeline.Parse(coordinator.PipelineYAML)
	if err != nil {
		return broken, err
	}
	sc, err := newScope(f, declared, sys.days, sys.now())
	if err != nil {
		return broken, err
	}
	dropped, err := readDrops(f.Drop)
	if err != nil {
		return broken, err
	}
	p, err := open(ctx, datadir.Dir{Path: f.Data}, sc, sys)
	if err != nil {
		return broken, err
	}
	defer func() {
		if cerr := p.Close(); err == nil {
			err = cerr
		}
	}()
	fmt.Fprintln(sys.err, p.introduction())
	watch.lap("open")

	stopped := false
	if err := p.work(ctx, sys, dropped); err != nil {
		if ctx.Err() == nil {
			return broken, err
		}
		stopped = true
		ctx = context.WithoutCancel(ctx)
	}
	watch.lap("work")
	o, err := p.outcome(ctx)
	if err != nil {
		return broken, err
	}
	watch.lap("report")
	o.Timings = watch.total()
	if err := p.report(ctx, sys, f, o); err != nil {
		return broken, err
	}
	term.WriteMissing(sys.err, notices(o.Missing))
	if stopped {
		fmt.Fprintln(sys.err, "Stopped. Run the same command again, and it goes on from here.")
	}
	if len(o.Missing) > 0 || stopped {
		return incomplete, nil
	}
	return complete, nil
}

// stopwatch takes the time of each stage.
type stopwatch struct {
	now   func() time.Time
	at    time.Time
	laps  map[string]int64
	whole int64
}

func (w *stopwatch) lap(name string) {
	now := w.now()
	took := now.Sub(w.at).Milliseconds()
	w.laps[name], w.at, w.whole = took, now, w.whole+took
}

func (w *stopwatch) total() map[string]int64 {
	w.laps["total"] = w.whole
	return w.laps
}

// readDrops reads the files of --drop before anything is touched.
func readDrops(names []string) (list []drop, err error) {
	var faults []error
	for _, name := range names {
		info, err := os.Stat(name)
		switch {
		case err != nil:
			faults = append(faults, fmt.Errorf("--drop: %w", err))
			continue
		case info.Size() > maxDrop:
			faults = append(faults, fmt.Errorf("--drop: %s has %d bytes, more than the %d that are read", name, info.Size(), maxDrop))
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			faults = append(faults, fmt.Errorf("--drop: %w", err))
			continue
		}
		list = append(list, drop{name, data})
	}
	return list, errors.Join(faults...)
}

// drop is a file that a person drops.
type drop struct {
	file string
	data []byte
}

// maxDrop bounds a dropped file, as drops does.
const maxDrop = 32 << 20

// introduction says what the run is about, and which data are invented.
func (p *parts) introduction() string {
	var invents, reads []string
	for _, name := range p.scope.Sources {
		if p.Feeds[name].Origin == datadir.Live {
			reads = append(reads, name)
		} else {
			invents = append(invents, name)
		}
	}
	var months []string
	for _, m := range p.scope.Months {
		months = append(months, m.String())
	}
	text := fmt.Sprintf("Rollcall on this machine: %s to %s", p.scope.From, p.scope.To)
	if months != nil {
		text += ", and " + strings.Join(months, " and ")
	}
	if reads != nil {
		text += fmt.Sprintf("\nRead for real: %s", strings.Join(reads, ", "))
	}
	if invents != nil {
		text += fmt.Sprintf("\nInvented: %s", strings.Join(invents, ", "))
	}
	if wanted := wanting(invents); wanted != "" {
		text += "\nTo read them for real, set " + wanted
	}
	return text
}

// wanting names the settings by which invented services would be real.
func wanting(invents []string) string {
	var names []string
	for _, name := range invents {
		names = append(names, local.Credentials(name)...)
	}
	return strings.Join(names, ", ")
}
