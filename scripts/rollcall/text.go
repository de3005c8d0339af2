package main

import (
	"strings"
	"time"

	ink "github.com/jedib0t/go-pretty/v6/text"

	"example.com/rollcall/coordinator/explain"
	"example.com/rollcall/scripts/internal/term"
)

// text writes for a person, in a time zone.
type text struct {
	system
	zone *time.Location
	now  time.Time
}

// maxWidth is the longest line of prose in columns, however wide the terminal is.
const maxWidth = 120

func (t text) say(format string, args ...any) { t.out.Say(format, args...) }

func (t text) clock(at time.Time) string { return explain.Clock(at, t.now, t.zone) }

func (t text) bold(s string) term.Text { return t.paint.In(ink.Bold, s) }

func (t text) faint(s string) term.Text { return t.paint.In(ink.Faint, s) }

func (t text) heading(what, deployment string) {
	t.say("%s of %s on %s %s\n", t.bold(what), deployment, t.clock(t.now), t.now.In(t.zone).Format("MST"))
}

// paragraph writes prose in lines that fit the terminal, each after the indent and in the colours.
func (t text) paragraph(indent, prose string, colours ...ink.Color) {
	for _, line := range t.wrap(prose, len(indent)) {
		shown := term.Sprintf("%s", line)
		for _, c := range colours {
			shown = t.paint.In(c, shown)
		}
		t.say("%s%s", indent, shown)
	}
}

// wrap breaks prose into lines that leave room for an indent.
func (t text) wrap(prose string, indent int) []string {
	width := t.width
	if width == 0 || width > maxWidth {
		width = maxWidth
	}
	return term.Wrap(prose, max(width-indent, 20))
}

// because says why something is not as it should be, what waits for it, and what to do. A hint stays on one
// line, because it may hold a command to copy.
func (t text) because(reason, hint string, blocks []string) {
	if reason != "" {
		t.paragraph("  ", reason)
	}
	if len(blocks) > 0 {
		t.paragraph("  ", "waiting for it: "+strings.Join(blocks, ", "))
	}
	if hint != "" {
		t.say("  fix: %s", hint)
	}
}

// table writes the rows of a table, indented; nothing for none.
func (t text) table(rows *term.Table) {
	if shown := rows.Text(); shown != (term.Text{}) {
		t.say("  %s", shown.Indent("  "))
	}
}

// words returns a state as words: "audit failed".
func words(s explain.State) string { return strings.ReplaceAll(string(s), "_", " ") }

// short returns the beginning of a digest, which is enough to tell two apart.
func short(digest string) string { return digest[:min(len(digest), 8)] }
