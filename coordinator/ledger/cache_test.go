package ledger

import (
	"fmt"
	"testing"
)

func TestTheCacheIsBoundedAndKeepsWhatIsUsed(t *testing.T) {
	c := newCache(10)
	c.put("used", Run{Attempt: 7})
	for i := range 1000 {
		c.put(fmt.Sprint(i), Run{})
		if run, ok := c.get("used"); !ok || run.Attempt != 7 {
			t.Fatalf("after %d others: %+v, %v", i+1, run, ok)
		}
		if n := len(c.young) + len(c.old); n > 20 {
			t.Fatalf("%d records are kept", n)
		}
	}
	if _, ok := c.get("3"); ok {
		t.Error("a record that was not used since is still kept")
	}
}
