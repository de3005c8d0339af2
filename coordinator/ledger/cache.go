package ledger

import (
	"sync/atomic"

	lru "github.com/hashicorp/golang-lru/v2"
)

const (
	// maxCached bounds the records of runs that a Ledger keeps in memory.
	maxCached = 8192
	// maxCachedInputs bounds the inputs of all these records together. Each takes about 200 bytes. A record has one for each
	// partition that its run has read: a few, or by the mapping all hundreds.
	maxCachedInputs = 200_000
)

// runCache keeps the records of runs that were used last, by name; records never change. It is safe for concurrent use.
type runCache struct {
	records *lru.Cache[string, Run]
	inputs  atomic.Int64
}

func newRunCache() *runCache {
	c := &runCache{}
	var err error
	c.records, err = lru.NewWithEvict(maxCached, func(_ string, run Run) { c.inputs.Add(-int64(len(run.Inputs))) })
	if err != nil {
		panic(err) // the size is positive
	}
	return c
}

func (c *runCache) get(name string) (Run, bool) { return c.records.Get(name) }

func (c *runCache) add(name string, run Run) {
	if known, _ := c.records.ContainsOrAdd(name, run); known {
		return
	}
	for c.inputs.Add(int64(len(run.Inputs))); c.inputs.Load() > maxCachedInputs; {
		if _, _, ok := c.records.RemoveOldest(); !ok {
			return
		}
	}
}
