package ledger

import (
	"fmt"
	"sync"
	"testing"
)

// However large its records are, a cache holds a bounded number of inputs, and the record that was added last.
func TestTheCacheIsBoundedByItsInputs(t *testing.T) {
	for _, inputs := range []int{0, 3, 700, maxCachedInputs / 2, maxCachedInputs} {
		t.Run(fmt.Sprintf("%d inputs each", inputs), func(t *testing.T) {
			c := newRunCache()
			run := Run{Inputs: make([]Arrival, inputs)}
			var group sync.WaitGroup
			for half := range 2 {
				group.Go(func() {
					for i := range maxCached {
						c.add(fmt.Sprintf("%d-%d", half, i), run)
						c.add(fmt.Sprintf("%d-%d", half, i), run) // read again meanwhile
					}
				})
			}
			group.Wait()
			c.add("last", run)
			if _, ok := c.get("last"); !ok {
				t.Error("the last record is not there")
			}
			held := c.records.Len() * inputs
			if int(c.inputs.Load()) != held || held > maxCachedInputs || c.records.Len() > maxCached {
				t.Errorf("%d records with %d inputs, counted as %d", c.records.Len(), held, c.inputs.Load())
			}
			if few := min(maxCached, maxCachedInputs/max(inputs, 1)); c.records.Len() < few/2 {
				t.Errorf("only %d records, and there is room for %d", c.records.Len(), few)
			}
		})
	}
}
