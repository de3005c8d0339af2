package ledger

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"example.com/rollcall/shared/partition"
)

// Hold keeps the models of some partitions waiting while their inputs are loaded one after another, so that
// each runs once at the end and not once for each input. It ends by itself, so that nothing waits for a
// process that has stopped.
type Hold struct {
	Version int                 `json:"version"`
	ID      string              `json:"id"` // letters, digits, - and _; the same in all its partitions
	By      string              `json:"by"` // the person, or the command
	Why     string              `json:"why"`
	From    partition.Partition `json:"from"` // the work that it is for, with what is needed to resume it
	To      partition.Partition `json:"to"`
	Sources []string            `json:"sources,omitempty"`
	Begun   time.Time           `json:"begun"`
	Until   time.Time           `json:"until"` // UTC, microseconds
}

const (
	// maxHold is how far ahead a hold may end. Longer work renews its hold.
	maxHold  = 7 * 24 * time.Hour
	released = "released-"
)

var holdRE = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// Hold holds partitions until h.Until. Calling it again with the same id and a later end extends the hold.
// An id cannot be used again after its release. After an error, call it again with the same h.
func (l *Ledger) Hold(ctx context.Context, h Hold, partitions []partition.Partition, now time.Time) error {
	h.Version, h.Until = Version, h.Until.UTC().Truncate(time.Microsecond)
	if !holdRE.MatchString(h.ID) {
		return fmt.Errorf("ledger: hold %.80q: the id is not 1 to 64 letters, digits, - and _", h.ID)
	}
	if left := h.Until.Sub(now); left <= 0 || left > maxHold {
		return fmt.Errorf("ledger: hold %s until %s: must be within %s from now",
			h.ID, h.Until.Format(time.RFC3339), maxHold)
	}
	return createAll(ctx, l, "hold", h, partitions, func(p partition.Partition) string { return holdName(p, h) })
}

// Release ends a hold in partitions. It runs nothing: sweep them afterwards. After an error, call it again.
func (l *Ledger) Release(ctx context.Context, id string, partitions []partition.Partition, now time.Time) error {
	record := struct {
		Version int       `json:"version"`
		ID      string    `json:"id"`
		At      time.Time `json:"at"`
	}{Version, id, now.UTC()}
	return createAll(ctx, l, "release", record, partitions, func(p partition.Partition) string {
		return folder(p) + "holds/" + released + id + suffix
	})
}

// Holds reads the holds on the partitions listed in v that were not released, including those that have
// ended: each once, as last written, in the order in which they began.
func (l *Ledger) Holds(ctx context.Context, v *View) ([]Hold, error) {
	last := map[string]string{} // by id, the name of the object that ends last
	for p, g := range v.pages {
		for id, until := range g.holds {
			if name := holdName(p, Hold{ID: id, Until: until}); !g.released[id] && holdBase(name) > holdBase(last[id]) {
				last[id] = name
			}
		}
	}
	var list []Hold
	for _, name := range last {
		var h Hold
		if err := l.read(ctx, name, &h, &h.Version); err != nil {
			return nil, err
		}
		list = append(list, h)
	}
	slices.SortFunc(list, func(a, b Hold) int { return cmp.Or(a.Begun.Compare(b.Begun), strings.Compare(a.ID, b.ID)) })
	return list, nil
}

func holdName(p partition.Partition, h Hold) string {
	return folder(p) + "holds/" + h.Until.UTC().Format(timeLayout) + "-" + h.ID + suffix
}

func holdBase(name string) string { return name[strings.LastIndex(name, "/")+1:] }

// IgnoreHold makes Held leave out the hold with this id, because it is the reader's own.
func (v *View) IgnoreHold(id string) { v.own = id }

// Held returns the hold on p that ends last, of those that end after now and were not released. Only its ID
// and Until are set.
func (v *View) Held(p partition.Partition, now time.Time) (h Hold, held bool) {
	g := v.pages[p]
	if g == nil {
		return h, false
	}
	for id, until := range g.holds {
		if g.released[id] || id == v.own || !until.After(now) {
			continue
		}
		if c := until.Compare(h.Until); !held || c > 0 || c == 0 && id < h.ID {
			h, held = Hold{ID: id, Until: until}, true
		}
	}
	return h, held
}

// addHold adds the last part of the name of a hold or of a release.
func (g *page) addHold(base string) error {
	stem, ok := strings.CutSuffix(base, suffix)
	if !ok {
		return fmt.Errorf("%.120q does not end in %s", base, suffix)
	}
	if id, ok := strings.CutPrefix(stem, released); ok {
		g.released[id] = true
		return nil
	}
	n := len(timeLayout)
	if len(stem) < n+2 || stem[n] != '-' {
		return fmt.Errorf("%.120q is neither <until>-<id>%s nor %s<id>%s", base, suffix, released, suffix)
	}
	until, err := time.Parse(timeLayout, stem[:n])
	if err != nil {
		return err
	}
	if id := stem[n+1:]; until.After(g.holds[id]) {
		g.holds[id] = until
	}
	return nil
}
