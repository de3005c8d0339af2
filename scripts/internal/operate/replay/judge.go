package replay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/functions/drops"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/source"
)

// sort judges what there is, by the code that will judge it when it comes back.
func (r *replay) sort(ctx context.Context) (p post, err error) {
	p.left = []item{}
	c, err := coordinator.New(coordinator.DefaultLimits(), coordinator.Deps{Pipeline: r.Pipeline, Manifest: r.Manifest, Store: r.Store, Now: r.sys.now})
	if err != nil {
		return p, err
	}
	all, err := r.DeadLetters.ListDeadLetters(ctx, maxLetters)
	if err != nil {
		return p, err
	}
	files, err := r.Refused(ctx, maxLetters)
	if err != nil {
		return p, err
	}
	if err := r.known(all, files); err != nil {
		return p, err
	}
	for _, l := range all {
		if !r.chosen(l.ID, l.Name()) {
			continue
		}
		if err := usable(c, l); err != nil {
			q, _ := partition.Parse(l.Attributes["partition"]) // it may name none
			p.left = append(p.left, item{Source: l.Attributes["source"], Partition: q, Reason: fmt.Sprintf("letter %s would be refused again: %v", l.ID, err)})
			continue
		}
		p.letters = append(p.letters, l)
	}
	for _, f := range files {
		if !r.chosen(f.Object, deployment.QuarantinePrefix+f.Object) {
			continue
		}
		it := item{Source: "drops", Reason: f.Object + ": "}
		var fault *source.Error
		switch err := r.Restore(ctx, f, lookOnly); {
		case errors.Is(err, errReadable):
			p.files = append(p.files, f)
			continue
		case errors.Is(err, deployment.ErrReplaced):
			it.Reason, it.Hint = it.Reason+err.Error(), "delete it from "+deployment.QuarantinePrefix+", with the reason beside it"
		case errors.As(err, &fault):
			it.Reason, it.Hint = it.Reason+fault.Err.Error(), fault.Hint
		default:
			return p, err
		}
		p.left = append(p.left, it)
	}
	return p, nil
}

// usable reports why a letter would be refused again. What the drops' subscription gave up is a notification, which tells of a
// file that is judged when it is read.
func usable(c *coordinator.Coordinator, l event.DeadLetter) error {
	switch from := l.Subscription(); from {
	case "coordinator":
		return c.CheckMessage(l.Data)
	case "drops":
		if l.Attributes["objectId"] == "" {
			return errors.New("it names no object")
		}
		return nil
	default:
		return fmt.Errorf("nobody takes messages as subscription %q, which it came from", from)
	}
}

var errReadable = errors.New("it can be read now")

// readable is what drops itself has against a file.
func readable(d deployment.Dropped) error { return drops.Check(d.Object, d.Created, d.Month, d.Data) }

// lookOnly has a file left where it is, and says whether it can be read.
func lookOnly(d deployment.Dropped) error {
	if err := readable(d); err != nil {
		return err
	}
	return errReadable
}

// chosen reports whether --only leaves anything of these names.
func (r *replay) chosen(names ...string) bool {
	return len(r.request.Only) == 0 || slices.ContainsFunc(names, func(n string) bool { return slices.Contains(r.request.Only, n) })
}

// known reports the ids of --only that there are not.
func (r *replay) known(all []event.DeadLetter, files []deployment.Refused) error {
	var ids, names []string
	for _, l := range all {
		ids, names = append(ids, l.ID), append(names, l.ID, l.Name())
	}
	for _, f := range files {
		ids, names = append(ids, f.Object), append(names, f.Object, deployment.QuarantinePrefix+f.Object)
	}
	var faults []error
	for _, id := range r.request.Only {
		if !slices.Contains(names, id) {
			faults = append(faults, fmt.Errorf("--only %q: there is no such letter or file; there are: %s", id, strings.Join(ids, ", ")))
		}
	}
	return errors.Join(faults...)
}
