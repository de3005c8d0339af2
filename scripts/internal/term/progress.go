package term

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jedib0t/go-pretty/v6/progress"
)

// Progress shows how far a command is: on a terminal a bar for each line, elsewhere a line of text every few
// seconds and one when a line is complete.
type Progress struct {
	out  *Output
	bars progress.Writer // nil when out is not a terminal
	now  func() time.Time

	mu    sync.Mutex
	ended chan struct{} // closed when the bars are drawn for the last time
}

// Line is one row of a Progress.
type Line struct {
	of           *Progress
	tracker      *progress.Tracker // nil when out is not a terminal
	name, unit   string
	done, total  int
	begun, shown time.Time
}

// interval is the time between two lines of text about the same work.
const interval = 5 * time.Second

// NewProgress returns a Progress on out, which is a terminal or not, that takes the time from now.
func NewProgress(out *Output, terminal bool, now func() time.Time) *Progress {
	p := &Progress{out: out, now: now}
	if terminal {
		p.bars = progress.NewWriter()
		p.bars.SetOutputWriter(out.w)
		style := progress.StyleBlocks
		style.Options.Separator = " "
		style.Options.TimeInProgressPrecision, style.Options.TimeDonePrecision = time.Second/10, time.Second/10
		style.Visibility.Percentage, style.Visibility.Value, style.Visibility.ETA = false, false, true
		p.bars.SetStyle(style)
		p.bars.SetTrackerPosition(progress.PositionRight)
	}
	return p
}

// Line adds a row of so many units.
func (p *Progress) Line(name, unit string, total int) *Line {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	l := &Line{of: p, name: Visible(name), unit: unit, total: total, begun: now, shown: now}
	if p.bars != nil {
		l.tracker = &progress.Tracker{Message: l.count(), Total: int64(max(total, 1)), AutoStopDisabled: true}
		p.bars.AppendTracker(l.tracker)
	}
	return l
}

// Start begins to draw.
func (p *Progress) Start() {
	if p.bars == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = make(chan struct{})
	go func() {
		defer close(p.ended)
		p.bars.Render()
	}()
}

// End draws for the last time.
func (p *Progress) End() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended == nil {
		return
	}
	for {
		p.bars.Stop() // does nothing before Render has begun, so it is repeated until Render has ended
		select {
		case <-p.ended:
			return
		case <-time.After(time.Millisecond):
		}
	}
}

// Step counts one more unit as done. A total that was too low grows.
func (l *Line) Step() {
	l.of.mu.Lock()
	defer l.of.mu.Unlock()
	l.done++
	l.total = max(l.total, l.done)
	if l.tracker != nil {
		l.tracker.UpdateTotal(int64(l.total))
		l.tracker.UpdateMessage(l.count())
		l.tracker.SetValue(int64(l.done))
		return
	}
	if now := l.of.now(); l.done < l.total && now.Sub(l.shown) >= interval {
		l.shown = now
		l.of.out.Say("%s%s", l.count(), l.pace(now))
	}
}

// Done returns how many units are done.
func (l *Line) Done() int {
	l.of.mu.Lock()
	defer l.of.mu.Unlock()
	return l.done
}

// Finish ends the row, with a note if there is something to say.
func (l *Line) Finish(note string) {
	l.of.mu.Lock()
	defer l.of.mu.Unlock()
	switch {
	case l.tracker != nil && note != "":
		l.tracker.UpdateMessage(Visible(l.count() + ": " + note))
		l.tracker.MarkAsErrored()
	case l.tracker != nil:
		l.tracker.MarkAsDone()
	case note != "":
		l.of.out.Say("%s: %s", l.count(), note)
	case l.total > 0:
		l.of.out.Say("%s in %s", l.count(), Duration(l.of.now().Sub(l.begun)))
	}
}

// count returns "medium   21/35 partitions".
func (l *Line) count() string { return fmt.Sprintf("%-8s%3d/%d %s", l.name, l.done, l.total, l.unit) }

// pace returns ", 4.1/s, 3 s left".
func (l *Line) pace(now time.Time) string {
	took := now.Sub(l.begun)
	if l.done == 0 || took <= time.Second {
		return ""
	}
	rate, per := float64(l.done)/took.Seconds(), "s"
	left := time.Duration(float64(l.total-l.done) / rate * float64(time.Second)).Round(time.Second)
	if rate < 0.1 {
		rate, per = rate*60, "min"
	}
	return fmt.Sprintf(", %.1f/%s, %s left", rate, per, strings.Replace(Duration(left), ".0 s", " s", 1))
}
