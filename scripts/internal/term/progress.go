package term

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// Progress shows how far a run is: on a terminal a bar for each line, redrawn in place; elsewhere a plain line of text now
// and then, and one when a line is complete.
type Progress struct {
	out      io.Writer
	terminal bool
	now      func() time.Time

	mu    sync.Mutex
	lines []*Line
	drawn int // lines on the terminal
	stop  chan struct{}
	ended sync.WaitGroup
}

// Line is one row of a progress display.
type Line struct {
	of          *Progress
	name, unit  string
	done, total int
	begun, told time.Time
	finished    time.Time // zero while under way
	note        string
}

const (
	redraw  = 100 * time.Millisecond
	tell    = 5 * time.Second // between two lines of text about the same
	barSize = 24
)

// NewProgress is a display on out, which is a terminal or not, with the time from now.
func NewProgress(out io.Writer, terminal bool, now func() time.Time) *Progress {
	return &Progress{out: out, terminal: terminal, now: now, stop: make(chan struct{})}
}

// Line adds a row of so many units.
func (p *Progress) Line(name, unit string, total int) *Line {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	l := &Line{of: p, name: name, unit: unit, total: total, begun: now, told: now}
	p.lines = append(p.lines, l)
	return l
}

// Start begins drawing.
func (p *Progress) Start() {
	if !p.terminal {
		return
	}
	p.ended.Go(func() {
		tick := time.NewTicker(redraw)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				p.mu.Lock()
				p.draw()
				p.mu.Unlock()
			case <-p.stop:
				return
			}
		}
	})
}

// End draws for the last time.
func (p *Progress) End() {
	close(p.stop)
	p.ended.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.terminal {
		p.draw()
	}
}

// Step says that one more unit is done; a total that was too low grows.
func (l *Line) Step() {
	l.of.mu.Lock()
	defer l.of.mu.Unlock()
	l.done++
	l.total = max(l.total, l.done)
	if now := l.of.now(); !l.of.terminal && l.done < l.total && now.Sub(l.told) >= tell {
		l.told = now
		fmt.Fprintln(l.of.out, l.text(now))
	}
}

// Done is how many units are done.
func (l *Line) Done() int {
	l.of.mu.Lock()
	defer l.of.mu.Unlock()
	return l.done
}

// Finish ends the row, with a note when there is something to say.
func (l *Line) Finish(note string) {
	l.of.mu.Lock()
	defer l.of.mu.Unlock()
	l.finished, l.note = l.of.now(), note
	if !l.of.terminal && (l.total > 0 || note != "") {
		fmt.Fprintln(l.of.out, l.text(l.finished))
	}
}

func (p *Progress) draw() {
	var b strings.Builder
	if p.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", p.drawn)
	}
	for _, l := range p.lines {
		fmt.Fprintf(&b, "\r\x1b[K%s\n", l.text(p.now()))
	}
	p.drawn = len(p.lines)
	_, _ = io.WriteString(p.out, b.String()) // a terminal that is gone needs no progress
}

// text is the row as it stands: "medium  █████░░░  21/35 partitions, 4.1/s, 3 s left".
func (l *Line) text(now time.Time) string {
	if !l.finished.IsZero() {
		now = l.finished
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%-8s", l.name)
	if l.of.terminal {
		full := barSize
		if l.total > 0 {
			full = barSize * l.done / l.total
		}
		fmt.Fprintf(&b, "%s%s ", strings.Repeat("█", full), strings.Repeat("░", barSize-full))
	}
	fmt.Fprintf(&b, "%3d/%d %s", l.done, l.total, l.unit)
	took := now.Sub(l.begun)
	switch {
	case l.note != "":
		fmt.Fprintf(&b, ": %s", l.note)
	case !l.finished.IsZero():
		if l.total > 0 {
			fmt.Fprintf(&b, " in %s", Duration(took))
		}
	case l.done > 0 && took > time.Second:
		rate, per := float64(l.done)/took.Seconds(), "s"
		left := time.Duration(float64(l.total-l.done) / rate * float64(time.Second)).Round(time.Second)
		if rate < 0.1 {
			rate, per = rate*60, "min"
		}
		fmt.Fprintf(&b, ", %.1f/%s, %s left", rate, per, strings.Replace(Duration(left), ".0 s", " s", 1))
	}
	return b.String()
}
