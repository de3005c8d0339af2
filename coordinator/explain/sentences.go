package explain

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/dustin/go-humanize/english"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// Explanation says in sentences how a model's partition came to stand as it does.
type Explanation struct {
	Deployment string              `json:"deployment"`
	At         time.Time           `json:"at"`
	Model      string              `json:"model"`
	Partition  partition.Partition `json:"partition"`
	State      State               `json:"state"`
	Paragraphs []string            `json:"paragraphs"` // one that holds a hint begins with FixPrefix
}

// FixPrefix begins a paragraph that holds a hint. A hint may be a command to copy, so it must stay on one line.
const FixPrefix = "To fix it: "

// Explain returns the explanation of a model's partition; false when there is no decision about it.
func (f *Facts) Explain(m *manifest.Model, p partition.Partition) (Explanation, bool) {
	d, ok := f.decision(plan.TablePartition{Table: m.TableName(), Partition: p})
	if !ok {
		return Explanation{}, false
	}
	model := f.model(d)
	e := Explanation{Deployment: f.Deployment, At: f.Now.UTC(), Model: m.Name, Partition: p, State: model.State,
		Paragraphs: f.standing(d, model)}
	readers := f.readers(d)
	if n := len(model.Runs); n > 0 {
		e.Paragraphs = append(e.Paragraphs, f.notes(model.Runs[n-1].Inputs)...)
		e.Paragraphs = append(e.Paragraphs, f.lastRun(model.Runs[n-1], len(readers) > 0))
		if n > 1 {
			e.Paragraphs = append(e.Paragraphs, f.earlier(model.Runs[:n-1]))
		}
	}
	if len(readers) > 0 {
		text := fmt.Sprintf("It is read by %s.", english.WordSeries(readers, "and"))
		if len(model.Blocks) > 0 {
			wait := english.PluralWord(len(model.Blocks), "waits", "wait")
			text += fmt.Sprintf(" Because of it %s %s.", english.WordSeries(model.Blocks, "and"), wait)
		}
		e.Paragraphs = append(e.Paragraphs, text)
	}
	return e, true
}

// fixParagraph returns the paragraph of a hint; none when the hint is empty.
func fixParagraph(hint string) []string {
	if hint == "" {
		return nil
	}
	return []string{FixPrefix + hint}
}

// standing says how a model stands, and what it waits for.
func (f *Facts) standing(d plan.Decision, m Model) []string {
	name := fmt.Sprintf("%s of %s", m.Name, d.Partition)
	one := func(format string, args ...any) []string { return []string{name + " " + fmt.Sprintf(format, args...)} }
	switch d.Status {
	case plan.Waiting:
		if m.State == NotExpected {
			return one("is not expected: it reads what its source no longer returns. It %s.", m.Reason)
		}
		if len(m.WaitsFor) == 0 {
			return one("waits: none of its inputs has arrived.")
		}
		return append(one("waits."), f.waitsFor(m.WaitsFor)...)
	case plan.UpToDate:
		text := "is up to date: its table was made from its current inputs."
		for _, again := range Reloads(m.Since) {
			text += fmt.Sprintf(" Since then %s, so there was nothing to do.", again)
		}
		return one("%s", text)
	case plan.Gone:
		return append(one("was up to date, but %s.", m.Reason), fixParagraph(m.Hint)...)
	case plan.Failed, plan.AuditFailed:
		text := "was not published, because its last run failed. The table keeps the rows it had before."
		if n := len(m.Runs); n > 0 && m.Runs[n-1].published == nil {
			text = "was not published, because its last run failed. Nothing was published before."
		}
		return append(one("%s", text), fixParagraph(m.Hint)...)
	case plan.Held:
		return one("must run, and is %s. It runs once, when the hold ends.", m.Reason)
	case plan.Running:
		return one("is %s.", m.Reason)
	case plan.Ready:
		return append(one("is not up to date: %s.", strings.TrimSuffix(m.Reason, ".")), fixParagraph(m.Hint)...)
	case plan.Superseded:
		return one("does not run: a run replaces its whole table, and %s.", superseded(d))
	}
	return one("is not expected: it lies before the pipeline's start, %s.", f.Pipeline.StartDay())
}

// waitsFor says what is missing and what to do about it: a paragraph for each source, and for the models.
func (f *Facts) waitsFor(waits []Wait) (paragraphs []string) {
	for _, g := range GroupWaits(waits) {
		switch {
		case g.Source == "":
			paragraphs = append(paragraphs, fmt.Sprintf("It waits for %s: %s.", g.What, WaitText(g.State)))
		case g.State == Gone:
			fault := f.sourceFault(f.Pipeline.Sources[g.Source], g.First, g.Last)
			text := fmt.Sprintf("It waits for %s of source %s: %s.", g.What, g.Source, g.Reason)
			paragraphs = append(append(paragraphs, text), fixParagraph(f.hint(fault))...)
		case g.Reason != "", g.State == Overdue:
			text := fmt.Sprintf("Source %s has not loaded %s; due on %s, %s ago.", g.Source, g.What, f.clock(*g.Due),
				ago(f.Now.Sub(*g.Due)))
			if g.Reason != "" {
				text = fmt.Sprintf("Source %s has not loaded %s: %s.", g.Source, g.What, g.Reason)
			}
			fault := f.sourceFault(f.Pipeline.Sources[g.Source], g.First, g.Last)
			paragraphs = append(append(paragraphs, text), fixParagraph(f.hint(fault))...)
		default:
			paragraphs = append(paragraphs, fmt.Sprintf("Source %s has until %s to load %s.", g.Source, f.clock(*g.Due), g.What))
		}
	}
	return paragraphs
}

// notes says which inputs of a run could not be refreshed since, and which a person had accepted: a paragraph for each
// partition of a source.
func (f *Facts) notes(inputs []ledger.Arrival) (paragraphs []string) {
	known := map[string]bool{}
	say := func(format string, args ...any) (isNew bool) {
		text := fmt.Sprintf(format, args...)
		if isNew = !known[text]; isNew {
			known[text], paragraphs = true, append(paragraphs, text)
		}
		return isNew
	}
	for _, in := range inputs {
		s, p := f.Pipeline.Owner(in.Table), in.Partition
		if s == nil {
			continue
		}
		if f.tableState(s, in.Table, p) == NotRefreshed && say("Its input %s %s was %s.", s.Name, p, f.failureText(s, p)) {
			paragraphs = append(paragraphs, fixParagraph(f.hint(f.sourceFault(s, p, p)))...)
		}
		if by, ok := f.Accepted[f.acceptedLoad(in.Table, p)]; ok {
			say("Its input %s %s was %s.", s.Name, p, AcceptedText(Acceptance{Acceptance: by}, f.clock))
		}
	}
	return paragraphs
}

// WaitText says of a model that another waits for how it stands.
func WaitText(s State) string {
	return map[State]string{
		Waiting: "none of its inputs has arrived", Ready: "it has not run yet", Running: "it is running", Held: "it is held",
		Failed: "its last run failed", AuditFailed: "its audit failed", Gone: "its rows are gone",
		UpToDate: "it is about to be announced",
	}[s]
}

// lastRun describes the newest run of a model, which others read or do not.
func (f *Facts) lastRun(run Run, isRead bool) string {
	text := fmt.Sprintf("It ran last on %s (attempt %d), because %s.", f.clock(run.Started), run.Attempt, f.causes(run))
	text += fmt.Sprintf(" It read %s.", english.WordSeries(Inputs(run.Inputs), "and"))
	switch run.State {
	case Running:
		text += " It has not ended yet."
	case Failed:
		text += fmt.Sprintf(" It failed on %s: %s.", f.clock(run.Ended), strings.TrimSuffix(run.Reason, "."))
	case AuditFailed:
		text += fmt.Sprintf(" Its audit failed on %s: %s.", f.clock(run.Ended), FailuresText(run.Failures))
	case Succeeded:
		if run.Checks > 0 {
			text += fmt.Sprintf(" Its audit passed: %s.", english.Plural(run.Checks-len(run.Failures), "check", ""))
		}
		if len(run.Failures) > 0 {
			text += fmt.Sprintf(" It warned: %s.", FailuresText(run.Failures))
		}
		text += fmt.Sprintf(" It published %s on %s", Rows(*run.Rows), f.clock(run.Ended))
		switch {
		case run.Same:
			text += ", the same as before: its readers do not run again."
		case run.published != nil && isRead:
			text += ", different from before: its readers run again."
		case run.published != nil:
			text += ", different from before."
		default:
			text += "."
		}
	}
	return text
}

// earlier summarises the runs before the newest.
func (f *Facts) earlier(runs []Run) string {
	var texts []string
	for _, run := range slices.Backward(runs) {
		how := map[State]string{Succeeded: "published", Failed: "failed", AuditFailed: "its audit failed",
			GivenUp: "given up"}[run.State]
		texts = append(texts, fmt.Sprintf("on %s (%s), because %s", f.clock(run.Started), how, f.causes(run)))
	}
	return fmt.Sprintf("Before that it ran %s: %s.", times(len(runs)), strings.Join(atMost(texts, 5), "; "))
}

func (f *Facts) causes(run Run) string {
	return english.WordSeries(atMost(f.texts(run.Because), 5), "and")
}

func (f *Facts) texts(causes []Cause) (texts []string) {
	for _, c := range causes {
		texts = append(texts, c.Text(f.clock))
	}
	return texts
}

// readers returns the names of the models that read a model.
func (f *Facts) readers(d plan.Decision) (names []string) {
	for _, m := range f.Manifest.Readers(d.Model.TableName()) {
		names = append(names, m.Name)
	}
	return names
}

// WaitGroup is several waits for the same source, or for models in the same state, shown together.
type WaitGroup struct {
	What        string // the table partitions, in words
	Source      string
	State       State
	Reason      string     // why their loads failed
	Due         *time.Time // of First
	First, Last partition.Partition
}

// GroupWaits groups waits by source, state and reason.
func GroupWaits(waits []Wait) (list []WaitGroup) {
	inputs := map[int][]plan.TablePartition{}
	for _, w := range waits {
		n := slices.IndexFunc(list, func(g WaitGroup) bool {
			return g.Source == w.Source && g.State == w.State && g.Reason == w.Reason
		})
		if n < 0 {
			n = len(list)
			list = append(list, WaitGroup{Source: w.Source, State: w.State, Reason: w.Reason, Due: w.Due,
				First: w.Partition, Last: w.Partition})
		}
		g := &list[n]
		if w.Partition.Compare(g.First) < 0 {
			g.First, g.Due = w.Partition, w.Due
		}
		if w.Partition.Compare(g.Last) > 0 {
			g.Last = w.Partition
		}
		inputs[n] = append(inputs[n], w.TablePartition)
	}
	for n := range list {
		list[n].What = english.WordSeries(plan.Spans(inputs[n], false), "and")
	}
	return list
}

// Reloads says which inputs were loaded again: "raw.kit_subscribers 2026-11-21 was loaded again, with the same rows".
func Reloads(since []Reload) (list []string) {
	for _, kind := range [][2]string{{"mart.", "published"}, {"raw.", "loaded"}} {
		var inputs []plan.TablePartition
		for _, s := range since {
			if strings.HasPrefix(s.Table, kind[0]) {
				inputs = append(inputs, s.TablePartition)
			}
		}
		if names := plan.Spans(inputs, false); len(names) > 0 {
			were := english.PluralWord(len(names), "was", "were")
			list = append(list, fmt.Sprintf("%s %s %s again, with the same rows", english.WordSeries(names, "and"),
				were, kind[1]))
		}
	}
	return list
}

// Inputs returns the table partitions of arrivals in words, neighbours together.
func Inputs(arrivals []ledger.Arrival) []string {
	var inputs []plan.TablePartition
	for _, a := range arrivals {
		inputs = append(inputs, *of(a))
	}
	return plan.Spans(inputs, false)
}

// atMost shortens a list to n texts, and counts the rest.
func atMost(list []string, n int) []string {
	if len(list) <= n {
		return list
	}
	return append(list[:n:n], fmt.Sprintf("%d more", len(list)-n))
}

// Rows returns a number of rows in words: "1 row", "1,489 rows".
func Rows(n int64) string { return humanize.Comma(n) + " " + english.PluralWord(int(n), "row", "") }

// ago returns how long ago something happened: "47 hours", "2 days".
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d < time.Hour:
		return english.Plural(int(d.Minutes()), "minute", "")
	case d < 48*time.Hour:
		return english.Plural(int(d.Hours()), "hour", "")
	}
	return english.Plural(int(d.Hours())/24, "day", "")
}

func (f *Facts) clock(t time.Time) string { return Clock(t, f.Now, f.Pipeline.Location()) }

// Clock formats an instant in a time zone: "22 Nov 07:36", with the year when it is not the year of now.
func Clock(t, now time.Time, zone *time.Location) string {
	t = t.In(zone)
	if t.Year() != now.In(zone).Year() {
		return t.Format("2 Jan 2006 15:04")
	}
	return t.Format("2 Jan 15:04")
}

// times returns how often something happened: "once", "2 times".
func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
