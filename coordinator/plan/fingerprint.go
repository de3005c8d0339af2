package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"example.com/rollcall/coordinator/ledger"
)

// fingerprint identifies what a run of the target would be made from: the SHA-256, in hexadecimal, of the
// JSON array of the model's name, the hash of its SQL, the partition, its epoch, and each present input's
// table, partition and digest in order. Two runs with one fingerprint would publish the same rows, so the
// second is not needed.
func (r Roll) fingerprint() string {
	inputs := make([][3]string, len(r.Present))
	for i, a := range r.Present {
		inputs[i] = [3]string{a.Table, a.Partition.String(), a.Digest.String()}
	}
	text, err := json.Marshal([]any{r.Model.Name, r.Model.SQLHash, r.Partition, r.Epoch, inputs})
	if err != nil {
		panic(err) // strings and numbers only
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// torn reports whether a run on this fingerprint may have read other versions of its inputs: whether
// another version was in place at any time while its stage job ran. That happens when an input is restated
// and then returns to what it was, and the events come late. The fingerprint alone would call such a run
// good.
func (r Roll) torn(staged ledger.Window, v *ledger.View) bool {
	if staged.To.IsZero() {
		return false // the stage job did not run
	}
	for _, in := range r.Present {
		current := in.Digest // at each moment, as the arrivals show
		for _, a := range v.Arrivals(in.Table, in.Partition) {
			switch {
			case !a.LoadedAt.After(staged.From):
				current = a.Digest
			case !a.LoadedAt.After(staged.To) && a.Digest != in.Digest:
				return true
			}
		}
		if current != in.Digest {
			return true
		}
	}
	return false
}

// repeatable returns when a run can repeat the newest one on this fingerprint without being torn as well. That is later
// than the end of the newest one only if the clocks disagree: its inputs are announced as loaded after it read them.
func (r Roll) repeatable(newest *ledger.Run) (at time.Time) {
	if newest.Partition != r.Partition || newest.Fingerprint != r.Fingerprint || newest.Staged.To.IsZero() {
		return at
	}
	const slack = time.Second // clocks are read in steps, and a little later
	for _, in := range newest.Inputs {
		ahead := in.LoadedAt.Sub(newest.Staged.To)
		if again := newest.At.Add(ahead + slack); ahead > 0 && again.After(at) {
			at = again
		}
	}
	return at
}
