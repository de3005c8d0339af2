package replay

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
)

// maxLetters bounds the dead letters, and the files in quarantine, that are looked through at once.
const maxLetters = 1000

// sent is a dead letter, or a file in quarantine, that is sent back.
type sent struct {
	ID        string              `json:"id"` // of the message; of a file, its place
	Source    string              `json:"source,omitempty"`
	Partition partition.Partition `json:"partition,omitzero"`
	Reason    string              `json:"reason"` // why it was given up
}

// post is what there is to be sent back.
type post struct {
	letters []event.DeadLetter // those that can be used now
	files   []deployment.Refused
	left    []item
}

// sendBack is the command by --deadletters.
func (r *replay) sendBack(ctx context.Context) (int, error) {
	begun := r.sys.now()
	p, err := r.sort(ctx)
	if err != nil {
		return broken, err
	}
	o := outcome{SentBack: []sent{}, Runs: []item{}, Missing: p.left}
	to := r.sys.err
	if r.flags.Plan {
		to = r.sys.out
	}
	if !r.flags.Plan || !r.flags.JSON {
		p.write(to, r.Name, r.flags.Plan)
	}
	if r.flags.Plan {
		if r.flags.JSON {
			o.SentBack = p.list()
			return complete, term.WriteJSON(r.sys.out, o)
		}
		return complete, nil
	}
	if len(p.letters)+len(p.files) == 0 {
		return r.finish(o, false)
	}
	if err := r.confirm(ctx); err != nil {
		return broken, err
	}
	o.begun = true
	err = r.deliver(ctx, p, &o)
	if err != nil && ctx.Err() == nil {
		return broken, err
	}
	stopped := ctx.Err() != nil
	if !stopped {
		if err := r.returned(ctx, p, &o); err != nil {
			return broken, err
		}
	}
	o.Milliseconds = r.sys.now().Sub(begun).Milliseconds()
	return r.finish(o, stopped)
}

// deliver sends back what can be used, and waits for what comes of it.
func (r *replay) deliver(ctx context.Context, p post, o *outcome) error {
	progress := term.NewProgress(r.sys.err, r.sys.redraw, r.sys.now)
	defer progress.End()
	l := progress.Line("letters", "sent back", len(p.letters)+len(p.files))
	progress.Start()
	from, to := partition.NewestComplete(partition.Daily, r.sys.now()), partition.NewestComplete(partition.Daily, r.sys.now())
	went, err := r.SendBack(ctx, func(x event.DeadLetter) bool {
		return slices.ContainsFunc(p.letters, func(y event.DeadLetter) bool { return x.Name() == y.Name() })
	})
	for _, x := range went {
		it := sentLetter(x)
		o.SentBack = append(o.SentBack, it)
		if !it.Partition.IsZero() {
			from, to = daysOf([]partition.Partition{from, to, it.Partition})
		}
		l.Step()
	}
	for _, f := range p.files {
		if err == nil {
			err = r.Restore(ctx, f, readable)
		}
		if err == nil {
			o.SentBack = append(o.SentBack, sentFile(f))
			l.Step()
		}
	}
	if err == nil {
		err = r.Quiet(ctx, from, to)
	}
	l.Finish("")
	return err
}

// returned names what was sent back and has been given up again.
func (r *replay) returned(ctx context.Context, p post, o *outcome) error {
	all, err := r.DeadLetters.ListDeadLetters(ctx, maxLetters)
	if err != nil {
		return err
	}
	files, err := r.Refused(ctx, maxLetters)
	if err != nil {
		return err
	}
	for _, x := range all {
		if slices.ContainsFunc(p.letters, func(y event.DeadLetter) bool {
			return x.Name() != y.Name() && slices.Equal(x.Data, y.Data) && x.At.After(y.At)
		}) {
			q, _ := partition.Parse(x.Attributes["partition"]) // it may name none
			o.Missing = append(o.Missing, item{Source: x.Attributes["source"], Partition: q, Reason: "it was given up again: " + x.Attributes["reason"]})
		}
	}
	for _, x := range files {
		if slices.ContainsFunc(p.files, func(y deployment.Refused) bool { return x.Object == y.Object }) {
			o.Missing = append(o.Missing, item{Source: "drops", Reason: x.Object + ": it is in quarantine again: " + x.Reason, Hint: x.Hint})
		}
	}
	return nil
}

func sentLetter(l event.DeadLetter) sent {
	q, _ := partition.Parse(l.Attributes["partition"]) // it may name none
	return sent{ID: l.ID, Source: l.Attributes["source"], Partition: q, Reason: l.Attributes["reason"]}
}

func sentFile(f deployment.Refused) sent {
	return sent{ID: f.Object, Source: "drops", Reason: f.Reason}
}

func (p post) list() (list []sent) {
	for _, l := range p.letters {
		list = append(list, sentLetter(l))
	}
	for _, f := range p.files {
		list = append(list, sentFile(f))
	}
	return list
}

// write says what would be sent back, and how much would be left; with why, if that is not said later.
func (p post) write(out io.Writer, place string, all bool) {
	if len(p.letters)+len(p.files)+len(p.left) == 0 {
		fmt.Fprintf(out, "%s: there are no dead letters, and nothing is in quarantine.\n", place)
		return
	}
	if n := len(p.letters) + len(p.files); n == 0 {
		fmt.Fprintf(out, "%s: none can be used yet, %s left.\n", place, plural(len(p.left), "is", "are"))
	} else {
		fmt.Fprintf(out, "%s: %s sent back, %s left.\n", place, plural(n, "is", "are"), plural(len(p.left), "is", "are"))
	}
	for _, s := range p.list() {
		what := strings.TrimSpace(s.Source + " " + s.Partition.String())
		fmt.Fprintf(out, "  %s (%s): can be used now; it was given up because: %s\n", s.ID, what, s.Reason)
	}
	if all {
		for _, s := range term.Spans(notices(p.left)) {
			fmt.Fprintf(out, "  left: %s\n", s)
		}
	}
}
