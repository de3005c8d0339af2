package source

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"cloud.google.com/go/storage"

	"example.com/rollcall/shared/cloudlog"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/stage"
)

// Codes of the refusals that the frame makes. A source's own have others.
const (
	CodeVolume    = "volume"    // far fewer rows than before
	CodeKeys      = "keys"      // keys are missing that never leave
	CodeMonotonic = "monotonic" // values fell that never fall
	CodeAccount   = "account"   // another account's data
	CodeForgotten = "forgotten" // rows that must be kept are no longer staged
)

// emptyFrom is the number of earlier rows from which no rows at all are refused.
const emptyFrom = 3

// A value that never falls may still be corrected. Beyond these bounds the source sends something else.
const (
	maxFall  = 0.1 // of a column's sum, and of the keys
	fallFrom = 10  // sum, and number of keys, from which maxFall counts
)

// judge compares what was written of a table's partition with an earlier load, and refuses what a person must decide. It
// carries over the rows of keys that left, if the table keeps them.
func (o *Output) judge(key slot, w *written) error {
	table := o.runner.section.Tables[key.table]
	earlier, err := o.Earlier(key.table, key.partition)
	if err != nil {
		return err
	}
	log := cloudlog.From(o.ctx).With("table", rawTable(key.table).String(), "rows_of", key.partition.String())
	if table.KeysThatLeave == pipeline.Keep && (earlier == nil || !earlier.Own) {
		if err := o.judgeForgotten(key); err != nil {
			return err
		}
	}
	if earlier == nil {
		log.Info("no earlier load to compare with")
		return nil
	}
	// Where keys never leave, a row is an event of its partition. Another partition has other events.
	foreign := !earlier.Own && table.Reads == pipeline.Window && table.KeysThatLeave == pipeline.Refuse
	o.judgeVolume(key, w.Rows(), earlier, foreign)
	if w.keys == nil || foreign {
		return nil
	}
	keep := earlier.Own && table.KeysThatLeave == pipeline.Keep
	c, err := w.keys.compare(o.ctx, earlier, func(row []byte) error {
		if keep {
			return w.Carry(row)
		}
		return nil
	})
	switch {
	case errors.Is(err, storage.ErrObjectNotExist) && keep:
		o.refuseForgotten(key)
		return nil
	case errors.Is(err, storage.ErrObjectNotExist):
		log.Warn("keys are not compared: the earlier rows are no longer staged", "earlier_load", earlier.Folder.LoadID)
		return nil
	case err != nil:
		return err
	}
	if c.left.n > 0 {
		log.Info("keys left the source", "keys", c.left.first, "more", c.left.more(), "since", earlier.when(), "carried_over", keep)
	}
	if c.left.n > 0 && table.KeysThatLeave == pipeline.Refuse {
		o.refuse(key, stage.Refusal{Code: CodeKeys, Keys: c.left.first, More: c.left.more()},
			"lacks %d of the keys that it had %s", c.left.n, earlier.when())
	}
	for _, f := range c.falls {
		if f.keys.n == 0 {
			continue
		}
		log.Warn("values fell that never fall", "column", f.column, "keys", f.keys.first, "more", f.keys.more(),
			"of", f.both, "from", f.from, "to", f.to)
		if f.tooFar() {
			o.refuse(key, stage.Refusal{Code: CodeMonotonic, Keys: f.keys.first, More: f.keys.more(), From: f.from, To: f.to},
				"has lower %s than %s for %d of %d keys, %d instead of %d in all", f.column, earlier.when(), f.keys.n, f.both,
				f.to, f.from)
		}
	}
	return nil
}

// judgeForgotten refuses to replace rows whose load is no longer staged. Those of keys that left would be lost.
func (o *Output) judgeForgotten(key slot) error {
	has, err := o.runner.deps.Warehouse.HasRows(o.ctx, rawTable(key.table), key.partition)
	if has {
		o.refuseForgotten(key)
	}
	return err
}

func (o *Output) refuseForgotten(key slot) {
	o.refuse(key, stage.Refusal{Code: CodeForgotten}, "is in the warehouse, but no longer staged, so rows of keys that "+
		"left the source since would be lost")
}

// judgeVolume refuses far fewer rows than an earlier load has. Of a foreign partition, only that it had many is known to
// mean something.
func (o *Output) judgeVolume(key slot, rows int64, earlier *Earlier, foreign bool) {
	volume := o.runner.section.Tables[key.table].Volume
	before := earlier.Sent()
	refusal := stage.Refusal{Code: CodeVolume, From: before, To: rows}
	switch {
	case rows == 0 && (before >= volume.From || before >= emptyFrom && !foreign):
		o.refuse(key, refusal, "fell from %d rows %s to none", before, earlier.when())
	case before >= volume.From && !foreign && float64(rows) < volume.MinRatio*float64(before):
		o.refuse(key, refusal, "fell from %d rows %s to %d, below the limit of %.4g%%", before, earlier.when(), rows,
			100*volume.MinRatio)
	}
}

func (f fall) tooFar() bool {
	return f.from >= fallFrom && float64(f.to) < (1-maxFall)*float64(f.from) ||
		f.both >= fallFrom && float64(f.keys.n) > maxFall*float64(f.both)
}

// judgeAccount refuses data of another account than the newest earlier load has. It returns what is known of the account.
func (o *Output) judgeAccount() (map[string]string, error) {
	known, err := o.earlier.account(o.ctx)
	if err != nil {
		return nil, err
	}
	other := false
	for _, fact := range slices.Sorted(maps.Keys(o.account)) {
		if was, now := known[fact], o.account[fact]; was != "" && now != was {
			other = true
			o.refusals = append(o.refusals, stage.Refusal{Code: CodeAccount, Reason: fmt.Sprintf(
				"%s sends data of another account: %s is %.80s and was %.80s", o.runner.Name, fact, now, was)})
		}
	}
	if other {
		return o.account, nil
	}
	// Not every load reports every fact.
	account := maps.Clone(known)
	if account == nil {
		account = map[string]string{}
	}
	maps.Copy(account, o.account)
	return account, nil
}

// refuse refuses a table's partition. The reason is completed by its name and by the keys of the refusal.
func (o *Output) refuse(key slot, refusal stage.Refusal, format string, args ...any) {
	refusal.Table, refusal.Partition = rawTable(key.table).String(), key.partition
	refusal.Reason = fmt.Sprintf("%s %s ", refusal.Table, key.partition) + fmt.Sprintf(format, args...)
	if len(refusal.Keys) > 0 {
		refusal.Reason += ": " + stage.NameKeys(refusal.Keys, refusal.More)
	}
	o.refusals = append(o.refusals, refusal)
}

// refused returns a *RefusedError if anything was refused.
func (o *Output) refused() error {
	if len(o.refusals) == 0 {
		return nil
	}
	retry := !slices.ContainsFunc(o.refusals, func(r stage.Refusal) bool { return !r.Retry })
	return &RefusedError{Refusals: o.refusals, Hint: o.runner.acceptHint(o.folder.Partition), Retry: retry}
}
