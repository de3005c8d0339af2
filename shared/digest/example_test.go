package digest_test

import (
	"fmt"

	"example.com/rollcall/shared/digest"
)

// The order of the rows does not matter, and the digests of parts add up.
func ExampleDigest_Merge() {
	var all, first, second digest.Digest
	all.Add([]byte(`{"id":1}`))
	all.Add([]byte(`{"id":2}`))
	first.Add([]byte(`{"id":2}`))
	second.Add([]byte(`{"id":1}`))
	first.Merge(second)
	fmt.Println(first.Rows(), first.Sum() == all.Sum(), all.Sum().Short())
	// Output: 2 true a1faf75a2631
}
