package coordinator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
)

func (s scenario) setting() coordtest.Setting {
	return coordtest.Setting{Start: s.Start, Zone: s.Zone, Added: s.Added, Only: s.Only}
}

// deploy replaces the pipeline and the models by those of a changed scenario.
func (p *player) deploy(s scenario) {
	next, err := coordtest.Pipeline(s.setting())
	if err != nil {
		p.t.Fatal(err)
	}
	p.pipeline, p.manifest = next, &manifest.Manifest{Models: s.models(nil)}
	p.warehouse.Deploy(p.manifest)
	clear(p.instances)
}

// clock lets an instance sweep, and others while it is at a point, and writes their answers and the
// effects. It leaves out an answer that had no effect.
func (p *player) clock(when string, names ...string) {
	before, start := len(p.requests), p.out.Len()
	var answers []string
	for _, name := range slices.Backward(names) { // each sweep runs while the one before it is at the point
		s, interrupt := p.sweeper(p.at(name)), p.interrupt
		p.interruptAt, p.interrupt = when, func() {
			p.interruptAt, p.interrupt = when, interrupt
			rec := httptest.NewRecorder()
			s.ServeHTTP(rec, httptest.NewRequest(http.MethodPost, "/", nil))
			answers = append(answers, answer(rec))
		}
	}
	p.interrupt()
	if p.crashed {
		p.crashed = false
		clear(p.instances)
		answers = []string{"  it crashes"}
	}
	for _, r := range p.requests[before:] {
		fmt.Fprintf(&p.out, "  requests load of %s %s, number %d\n", r.Source, r.Partition, r.Number)
	}
	p.write()
	p.deliverPublished(names[0])
	happened := p.out.Len() > start
	text := p.out.String()
	p.out.Reset()
	p.out.WriteString(text[:start])
	if happened || len(answers) > 1 || !strings.HasPrefix(answers[0], "  answer 200: nothing") {
		fmt.Fprintf(&p.out, "  at %s\n%s\n", p.now().Format("02 Jan 15:04"), strings.Join(answers, "\n"))
	}
	p.out.WriteString(text[start:])
}

// answer returns the answer to a sweep in words.
func answer(rec *httptest.ResponseRecorder) string {
	var swept SweepResult
	if err := json.Unmarshal(rec.Body.Bytes(), &swept); err != nil {
		return fmt.Sprintf("  answer %d: %s", rec.Code, strings.TrimSpace(rec.Body.String()))
	}
	var parts []string
	for _, e := range swept.Recovered {
		parts = append(parts, fmt.Sprintf("recovered %s %s", e.Source, e.Partition))
	}
	if len(swept.Published) > 0 {
		parts = append(parts, "published "+strings.Join(swept.Published, ", "))
	}
	if n := len(swept.Overdue); n > 0 {
		parts = append(parts, fmt.Sprintf("reported %d", n))
	}
	if n := len(swept.Requested); n > 0 {
		parts = append(parts, fmt.Sprintf("requested %d", n))
	}
	for _, table := range swept.Gone {
		parts = append(parts, table+" is gone")
	}
	if len(parts) == 0 {
		parts = []string{"nothing"}
	}
	return fmt.Sprintf("  answer %d: %s", rec.Code, strings.Join(parts, "; "))
}

// late returns an overdue event in words.
func late(e event.Event) string {
	if len(e.Late.Missing) == 0 {
		return fmt.Sprintf("%s %s has arrived, due %s", e.Source, e.Partition, e.Late.Due.Format(time.RFC3339))
	}
	text := fmt.Sprintf("%s %s is overdue since %s: %s", e.Source, e.Partition, e.Late.Due.Format(time.RFC3339), strings.Join(e.Late.Missing, " "))
	if len(e.Late.Lost) > 0 {
		text += "; lost " + strings.Join(e.Late.Lost, " ")
	}
	if len(e.Late.Blocks) > 0 {
		text += "\n    blocks " + strings.Join(e.Late.Blocks, ", ")
	}
	return text + "\n    hint: " + e.Late.Hint + "\n    command: " + e.Late.Command
}

// overdueRecord returns an overdue record in words.
func (p *player) overdueRecord(name string) string {
	data, err := p.store.Read(p.t.Context(), name)
	if err != nil {
		p.t.Fatal(err)
	}
	var w ledger.Overdue
	if err := json.Unmarshal(data, &w); err != nil {
		p.t.Fatal(err)
	}
	text := fmt.Sprintf("overdue %s %s", w.Source, w.Partition)
	switch {
	case w.Claimed != "":
		return text + ": claimed to " + w.Claimed
	case len(w.Missing) == 0:
		return text + ": arrived"
	}
	return fmt.Sprintf("%s: missing %s, requested %d times", text, strings.Join(w.Missing, " "), w.Requests)
}
