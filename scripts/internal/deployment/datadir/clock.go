package datadir

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/sethvargo/go-envconfig"

	"example.com/rollcall/coordinator/ledger"
)

// NowVariable is the environment variable that sets the clock of the commands over a data folder, in RFC 3339.
const NowVariable = "ROLLCALL_NOW"

// maxAhead is how far the newest arrival of a folder may lie after the clock. An earlier command that began at the same
// ROLLCALL_NOW has recorded arrivals a little later than that.
const maxAhead = time.Hour

// Clock returns the clock of a command over a data folder, which need not exist yet: time.Now, or a clock that
// starts at ROLLCALL_NOW and runs on from there. It never starts before the newest arrival of the folder.
//
// It fails when ROLLCALL_NOW is malformed, and when the newest arrival lies later than the clock by more than an hour:
// what is loaded now would then count as older than what the folder holds.
func Clock(ctx context.Context, dir string, env envconfig.Lookuper) (func() time.Time, error) {
	now, fix := time.Now, "set the clock of this machine or "+NowVariable+", or name another folder with --data"
	if text, ok := env.Lookup(NowVariable); ok {
		start, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return nil, fmt.Errorf("%s=%q is not a time like 2026-11-25T09:00:00Z", NowVariable, text)
		}
		begun := time.Now()
		now = func() time.Time { return start.Add(time.Since(begun)).UTC() }
		fix = "set " + NowVariable + " to a later time, or name another folder with --data"
	}
	newest, err := newestArrival(ctx, dir)
	if err != nil {
		return nil, err
	}
	ahead := newest.Sub(now())
	if ahead > maxAhead {
		return nil, fmt.Errorf("data folder %s: its newest arrival is of %s, later than the clock, which says %s; fix: %s",
			dir, newest.Format(time.RFC3339), now().UTC().Format(time.RFC3339), fix)
	}
	if ahead <= 0 {
		return now, nil
	}
	return func() time.Time { return now().Add(ahead + time.Millisecond) }, nil
}

// newestArrival returns when the newest arrival in the ledger of a folder was loaded; zero when there is none.
func newestArrival(ctx context.Context, dir string) (newest time.Time, err error) {
	names, err := store{filepath.Join(Dir{dir}.Objects(), ledgerBucket)}.List(ctx, "partitions/", "", "")
	if err != nil {
		return newest, fmt.Errorf("data folder %s: %w", dir, err)
	}
	for _, name := range names {
		if at, ok := ledger.LoadedAt(name); ok && at.After(newest) {
			newest = at
		}
	}
	return newest, nil
}
