package ledger

import (
	"context"
	"crypto/rand"
	"slices"
	"time"

	"example.com/rollcall/shared/digest"
	"example.com/rollcall/shared/partition"
)

// Gone is one record of what the warehouse has lost, by the newest look at it. A look that finds what the record before
// says writes none.
type Gone struct {
	Version int `json:"version"`
	// At is when the warehouse was asked. What has arrived since is there.
	At     time.Time   `json:"at"`
	Tables []GoneTable `json:"tables"` // by name; none: nothing is gone any more
	Writer string      `json:"writer"`
	Token  string      `json:"token"`
}

// GoneTable is a table that lacks rows which had arrived.
type GoneTable struct {
	Table string `json:"table"`
	// Created is when the table was created again: rows that arrived before are gone. Zero: the table does not exist.
	Created time.Time `json:"created,omitzero"`
	// From and Through are the oldest and the newest partition whose rows are gone.
	From    partition.Partition `json:"from"`
	Through partition.Partition `json:"through"`
	// Restored holds partitions that arrived before Created and have rows all the same: a person has restored them.
	Restored []partition.Partition `json:"restored,omitempty"`
}

// Equal reports whether two tables are the same, with the same rows gone.
func (t GoneTable) Equal(o GoneTable) bool {
	return t.Table == o.Table && t.Created.Equal(o.Created) && t.From == o.From && t.Through == o.Through &&
		slices.Equal(t.Restored, o.Restored)
}

// Covers reports whether the rows of an arrival are gone.
func (g *Gone) Covers(a Arrival) bool {
	if g == nil || !a.LoadedAt.Before(g.At) {
		return false
	}
	t := g.Table(a.Table)
	return t != nil && (t.Created.IsZero() || a.LostBy(t.Created) && !slices.Contains(t.Restored, a.Partition))
}

// Table returns what is gone of a table; nil: nothing.
func (g *Gone) Table(name string) *GoneTable {
	if g == nil {
		return nil
	}
	for i := range g.Tables {
		if g.Tables[i].Table == name {
			return &g.Tables[i]
		}
	}
	return nil
}

// Forget removes the arrivals of which gone is true from v.
func (v *View) Forget(gone func(Arrival) bool) {
	for _, g := range v.pages {
		for table, list := range g.arrivals {
			g.arrivals[table] = slices.DeleteFunc(list, gone)
		}
	}
}

// LostBy reports whether a table that was created at this time cannot have the rows of the arrival, unless a person has
// restored them. An arrival without rows has nothing to lose.
func (a Arrival) LostBy(created time.Time) bool {
	return created.After(a.LoadedAt) && a.Digest != digest.Sum{}
}

// goneLog holds the records of what the warehouse has lost.
const goneLog = Log("warehouse/gone/")

// ReadGone reads the newest record of what is gone and its number; nil and 0: there is none.
func (l *Ledger) ReadGone(ctx context.Context) (*Gone, int, error) {
	v := &View{}
	if err := l.ListLog(ctx, v, goneLog); err != nil {
		return nil, 0, err
	}
	seq := v.Seq(goneLog)
	if seq == 0 {
		return nil, 0, nil
	}
	var g Gone
	return &g, seq, l.read(ctx, goneLog.name(seq), &g, &g.Version)
}

// AppendGone writes a record with number seq, signed as by Append. It fails with ErrTaken if there is one already.
func (l *Ledger) AppendGone(ctx context.Context, seq int, g Gone) error {
	g.Version, g.Writer, g.Token = Version, l.writer, rand.Text()
	return l.create(ctx, goneLog.name(seq), g.Token, g)
}
