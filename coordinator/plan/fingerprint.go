package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"example.com/rollcall/coordinator/ledger"
)

// Fingerprint is what a run of a model's partition is made from: SHA-256, in hexadecimal, over the JSON array of the
// model's name, the hash of its SQL, the partition, its epoch, and each input's table, partition and digest in order. Two
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

// torn reports whether a run may have read another version than the one it counted: one that had been loaded by the time
// the stage job ended, but whose arrival was recorded later. That matters when the input then returned to the digest that
// the run counted, for then the fingerprint alone would call the run good.
func torn(run *ledger.Run, v *ledger.View) bool {
	for _, in := range run.Inputs {
		for _, a := range v.Arrivals(in.Table, in.Partition) {
			if a.Digest != in.Digest && a.LoadedAt.After(in.LoadedAt) && !a.LoadedAt.After(run.StagedAt) {
				return true
			}
		}
	}
	return false
}
