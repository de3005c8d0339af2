package ledger

import "sync"

// cache remembers records, which never change, and how far the logs of whole tables have been listed. It holds at most
// twice size records: when the young generation is full it becomes the old one, and the old one is forgotten.
type cache struct {
	mu         sync.Mutex
	size       int
	young, old map[string]Run
	tails      map[Log]int // one for each model that is a whole table
}

func newCache(size int) *cache {
	return &cache{size: size, young: map[string]Run{}, tails: map[Log]int{}}
}

func (c *cache) get(name string) (Run, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if run, ok := c.young[name]; ok {
		return run, true
	}
	run, ok := c.old[name]
	if ok {
		c.keep(name, run)
	}
	return run, ok
}

func (c *cache) put(name string, run Run) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keep(name, run)
}

func (c *cache) keep(name string, run Run) {
	if len(c.young) >= c.size {
		c.young, c.old = map[string]Run{}, c.young
	}
	c.young[name] = run
}

func (c *cache) tail(log Log) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tails[log]
}

func (c *cache) setTail(log Log, seq int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tails[log] = max(c.tails[log], seq)
}
