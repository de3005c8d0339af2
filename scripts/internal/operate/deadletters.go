package operate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/functions/drops"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/source"
)

// maxLetters bounds the dead letters, and the files in quarantine, that one command looks at.
const maxLetters = 1000

// SentBack is a dead letter, or a file in quarantine, that is sent back.
type SentBack struct {
	ID        string              `json:"id"` // of the message; of a file, its object name
	Source    string              `json:"source,omitempty"`
	Partition partition.Partition `json:"partition,omitzero"`
	Reason    string              `json:"reason"` // why it was given up
}

// returns holds what can be sent back.
type returns struct {
	letters []event.DeadLetter // that can be processed now
	files   []deployment.Refused
	left    []Item // that cannot, and why
}

// sendBack sends back the dead letters and the files that can be processed now.
func (c *command) sendBack(ctx context.Context, ids []string) (bool, error) {
	yesterday := partition.NewestComplete(partition.Daily, c.now())
	if err := c.start(ctx, c.Pipeline.StartDay(), yesterday); err != nil { // only the worker can read the files
		return false, err
	}
	r, err := c.findReturns(ctx, ids)
	if err != nil {
		return false, err
	}
	o := newOutcome()
	o.Missing, o.SentBack = r.left, []SentBack{}
	to := c.Err
	if c.DryRun {
		to = c.Out
	}
	if !c.DryRun || !c.JSON {
		r.write(to, c.Name, c.DryRun)
	}
	if c.DryRun {
		if c.JSON {
			o.SentBack = r.list()
			return true, c.Out.JSON(o)
		}
		return true, nil
	}
	if len(r.letters)+len(r.files) == 0 {
		return c.finish(o, func() {})
	}
	if err := c.confirm(ctx); err != nil {
		return false, err
	}
	err = c.deliverReturns(ctx, r, o, yesterday)
	if c.stopped = ctx.Err() != nil; err != nil && !c.stopped {
		return false, err
	}
	if !c.stopped {
		if err := c.givenUpAgain(ctx, r, o); err != nil {
			return false, err
		}
	}
	complete, err := c.finish(o, func() {
		c.Out.Say("%s sent back, %s left; in %s", term.Plural(len(o.SentBack), "was", "were"),
			term.Plural(len(o.Missing), "is", "are"),
			term.Seconds(c.now().Sub(c.begun)))
	})
	if c.stopped {
		c.Err.Say("Stopped. Run the same command again, and it does all of it.")
	}
	return complete, err
}

// deliverReturns sends back what can be processed, and waits for what comes of it.
func (c *command) deliverReturns(ctx context.Context, r returns, o *Outcome, yesterday partition.Partition) error {
	progress := term.NewProgress(c.Err, c.Redraw, c.now)
	defer progress.End()
	line := progress.Line("letters", "sent back", len(r.letters)+len(r.files))
	progress.Start()
	touched := []partition.Partition{yesterday}
	sent, err := c.worker.SendBack(ctx, func(x event.DeadLetter) bool {
		return slices.ContainsFunc(r.letters, func(y event.DeadLetter) bool { return x.Name() == y.Name() })
	})
	for _, x := range sent {
		back := sentLetter(x)
		o.SentBack = append(o.SentBack, back)
		if !back.Partition.IsZero() {
			touched = append(touched, back.Partition)
		}
		line.Step()
	}
	for _, f := range r.files {
		if err == nil {
			err = c.worker.Restore(ctx, f, checkFile)
		}
		if err == nil {
			o.SentBack = append(o.SentBack, sentFile(f))
			line.Step()
		}
	}
	if err == nil {
		from, to := partition.Covering(touched)
		err = c.worker.Quiet(ctx, from, to)
	}
	line.Finish("")
	return err
}

// givenUpAgain adds what was sent back and has been given up again.
func (c *command) givenUpAgain(ctx context.Context, r returns, o *Outcome) error {
	letters, files, err := c.unprocessed(ctx)
	if err != nil {
		return err
	}
	for _, x := range letters {
		if slices.ContainsFunc(r.letters, func(y event.DeadLetter) bool {
			return x.Name() != y.Name() && slices.Equal(x.Data, y.Data) && x.At.After(y.At)
		}) {
			o.Missing = append(o.Missing, letterItem(x, "it was given up again: "+x.Attributes["reason"]))
		}
	}
	for _, x := range files {
		if slices.ContainsFunc(r.files, func(y deployment.Refused) bool { return x.Object == y.Object }) {
			o.Missing = append(o.Missing, Item{Source: "drops", Reason: x.Object + ": it is in quarantine again: " +
				x.Reason, Hint: x.Hint})
		}
	}
	return nil
}

// unprocessed returns the dead letters and the files in quarantine.
func (c *command) unprocessed(ctx context.Context) ([]event.DeadLetter, []deployment.Refused, error) {
	letters, err := c.DeadLetters.ListDeadLetters(ctx, maxLetters)
	if err != nil {
		return nil, nil, err
	}
	files, err := c.Refused(ctx, maxLetters)
	return letters, files, err
}

// findReturns judges the letters and files with these ids, or all of them, by the code that will process them.
func (c *command) findReturns(ctx context.Context, ids []string) (r returns, err error) {
	r.left = []Item{}
	judge, err := coordinator.New(coordinator.DefaultLimits(), coordinator.Deps{Pipeline: c.Pipeline,
		Manifest: c.Manifest, Store: c.Store, Now: c.now})
	if err != nil {
		return r, err
	}
	letters, files, err := c.unprocessed(ctx)
	if err != nil {
		return r, err
	}
	if err := knownIDs(ids, letters, files); err != nil {
		return r, err
	}
	chosen := func(names ...string) bool {
		return len(ids) == 0 || slices.ContainsFunc(names, func(n string) bool { return slices.Contains(ids, n) })
	}
	for _, l := range letters {
		if !chosen(l.ID, l.Name()) {
			continue
		}
		if err := checkLetter(judge, l); err != nil {
			r.left = append(r.left, letterItem(l, fmt.Sprintf("letter %s would be refused again: %v", l.ID, err)))
		} else {
			r.letters = append(r.letters, l)
		}
	}
	for _, f := range files {
		if !chosen(f.Object, deployment.QuarantinePrefix+f.Object) {
			continue
		}
		it := Item{Source: "drops", Reason: f.Object + ": "}
		var fault *source.Error
		switch err := c.worker.Restore(ctx, f, checkOnly); {
		case errors.Is(err, errProcessable):
			r.files = append(r.files, f)
			continue
		case errors.Is(err, deployment.ErrReplaced):
			it.Reason, it.Hint = it.Reason+err.Error(),
				"delete it from "+deployment.QuarantinePrefix+", with the reason beside it"
		case errors.As(err, &fault):
			it.Reason, it.Hint = it.Reason+fault.Err.Error(), fault.Hint
		default:
			return r, err
		}
		r.left = append(r.left, it)
	}
	return r, nil
}

// checkLetter returns why a letter would be refused again. What the subscription of drops gave up is a
// notification about a file; the file is judged when it is read.
func checkLetter(judge *coordinator.Coordinator, l event.DeadLetter) error {
	switch from := l.Subscription(); from {
	case "coordinator":
		return judge.CheckMessage(l.Data)
	case "drops":
		if l.Attributes["objectId"] == "" {
			return errors.New("it names no object")
		}
		return nil
	default:
		return fmt.Errorf("it came from subscription %q, which no function reads", from)
	}
}

// checkFile returns why drops would refuse a file.
func checkFile(d deployment.Dropped) error {
	_, err := drops.Inspect(d.Object, d.Created, d.Month, d.Data)
	return err
}

var errProcessable = errors.New("it can be processed now")

// checkOnly leaves a file where it is: it fails in any case, with errProcessable when drops would take the file.
func checkOnly(d deployment.Dropped) error {
	if err := checkFile(d); err != nil {
		return err
	}
	return errProcessable
}

// knownIDs reports the ids that no letter and no file has.
func knownIDs(ids []string, letters []event.DeadLetter, files []deployment.Refused) error {
	var known, names []string
	for _, l := range letters {
		known, names = append(known, l.ID), append(names, l.ID, l.Name())
	}
	for _, f := range files {
		known, names = append(known, f.Object), append(names, f.Object, deployment.QuarantinePrefix+f.Object)
	}
	var faults []error
	for _, id := range ids {
		if !slices.Contains(names, id) {
			faults = append(faults, fmt.Errorf("--id: no dead letter and no file in quarantine is named %q%s", id,
				term.DidYouMean(id, known)))
		}
	}
	return errors.Join(faults...)
}

// letterItem returns what is missing because of a letter, which may name no partition.
func letterItem(l event.DeadLetter, reason string) Item {
	p, _ := partition.Parse(l.Attributes["partition"])
	return Item{Source: l.Attributes["source"], Partition: p, Reason: reason}
}

func sentLetter(l event.DeadLetter) SentBack {
	it := letterItem(l, l.Attributes["reason"])
	return SentBack{ID: l.ID, Source: it.Source, Partition: it.Partition, Reason: it.Reason}
}

func sentFile(f deployment.Refused) SentBack {
	return SentBack{ID: f.Object, Source: "drops", Reason: f.Reason}
}

func (r returns) list() (list []SentBack) {
	for _, l := range r.letters {
		list = append(list, sentLetter(l))
	}
	for _, f := range r.files {
		list = append(list, sentFile(f))
	}
	return list
}

// write says what is sent back and how much is left; with details, also why.
func (r returns) write(out *term.Output, place string, details bool) {
	sent := len(r.letters) + len(r.files)
	left := term.Plural(len(r.left), "is", "are")
	switch {
	case sent+len(r.left) == 0:
		out.Say("%s: there are no dead letters, and the quarantine is empty.", place)
	case sent == 0:
		out.Say("%s: none can be processed yet, %s left.", place, left)
	default:
		out.Say("%s: %s sent back, %s left.", place, term.Plural(sent, "is", "are"), left)
	}
	for _, s := range r.list() {
		what := strings.TrimSpace(s.Source + " " + s.Partition.String())
		out.Say("  %s (%s): can be processed now; it was given up because: %s", s.ID, what, s.Reason)
	}
	if details {
		for _, line := range term.Notices(notices(r.left)) {
			out.Say("  left: %s", line)
		}
	}
}
