package ledger

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"example.com/rollcall/shared/partition"
)

// Overdue is one record of the log of a source's partition that did not come in time: what has been said of it and done about
// it so far. Whoever is about to say or do more writes first that they are (Doing), so that of several one does it; and then
// that it is done. Once LeaseEnd has passed in between, anybody may do it, so that it is done at least once.
type Overdue struct {
	Version   int                 `json:"version"`
	Source    string              `json:"source"`
	Partition partition.Partition `json:"partition"`

	Missing     []string  `json:"missing,omitempty"`     // tables that were missing when it was last reported; none: it had arrived
	Lost        []string  `json:"lost,omitempty"`        // of those, what nothing can bring back
	GaveUp      bool      `json:"gave_up,omitempty"`     // it was reported that the source is not asked for it any more
	Requests    int       `json:"requests,omitempty"`    // how often the source was asked for it again
	RequestedAt time.Time `json:"requested_at,omitzero"` // the last time

	Claimed  string    `json:"doing,omitempty"` // report | request, not counted above yet
	LeaseEnd time.Time `json:"lease_end,omitzero"`

	At     time.Time `json:"at"`
	Writer string    `json:"writer"`
	Token  string    `json:"token"`
}

// OverdueLog is the log of a source's partition.
func OverdueLog(source string, p partition.Partition) Log {
	return Log(folder(p) + "overdue/" + source + "/")
}

// ReadOverdue reads the newest record of a source's partition that v lists; nil when there is none.
func (l *Ledger) ReadOverdue(ctx context.Context, v *View, source string, p partition.Partition) (*Overdue, error) {
	log := OverdueLog(source, p)
	seq := v.Seq(log)
	if seq == 0 {
		return nil, nil
	}
	name := log.name(seq)
	data, err := l.store.Read(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("ledger: read %s: %w", name, err)
	}
	var w Overdue
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, fmt.Errorf("ledger: %s is not an overdue record: %w", name, err)
	}
	if w.Version != Version {
		return nil, fmt.Errorf("ledger: %s has version %d, not %d, the only one known here; deploy the newer coordinator", name, w.Version, Version)
	}
	return &w, nil
}

// AppendOverdue writes w as record number seq of its log, signed as Append does. It is ErrTaken when another record stands there.
func (l *Ledger) AppendOverdue(ctx context.Context, seq int, w Overdue) error {
	w.Version, w.Writer, w.Token = Version, l.writer, rand.Text()
	name := OverdueLog(w.Source, w.Partition).name(seq)
	if err := l.create(ctx, name, w.Token, w); err != nil {
		return fmt.Errorf("ledger: append %s: %w", name, err)
	}
	return nil
}
