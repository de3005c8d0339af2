package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"example.com/rollcall/coordinator/ledger"
)

// Fingerprint is what a run of a model's partition is made from: SHA-256, in hexadecimal, over the JSON array of the
// model's name, the hash of its SQL, the partition, the model's epoch there, and each input's table, partition and digest in order. Two
// runs with one fingerprint would publish the same, so the second need not be.
func (r Roll) Fingerprint() string {
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

// torn reports whether a run on the roll's fingerprint may have read other versions of its inputs than those: whether any
// other stood while its stage job ran. That happens when an input is restated and returns to what it was, and the events
// come late; the fingerprint alone would then call the run good.
func (r Roll) torn(staged ledger.Window, v *ledger.View) bool {
	if staged.To.IsZero() {
		return false // it never read anything
	}
	for _, in := range r.Present {
		standing := in.Digest // at each moment, by the arrivals so far
		for _, a := range v.Arrivals(in.Table, in.Partition) {
			switch {
			case !a.LoadedAt.After(staged.From):
				standing = a.Digest
			case !a.LoadedAt.After(staged.To) && a.Digest != in.Digest:
				return true
			}
		}
		if standing != in.Digest {
			return true
		}
	}
	return false
}
