package source

import (
	"testing"

	"pgregory.net/rapid"
)

func TestAHashSetHoldsWhatWasAdded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var set hashSet
		model := map[uint64]bool{}
		few := rapid.Uint64Range(1, 50)
		collide := rapid.Custom(func(t *rapid.T) uint64 { return few.Draw(t, "place")<<40 + few.Draw(t, "part")<<56 })
		for range rapid.IntRange(0, 400).Draw(t, "n") {
			hash := rapid.OneOf(few, collide, rapid.Uint64Min(1)).Draw(t, "hash")
			if set.add(hash) == model[hash] {
				t.Fatalf("%x: added before: %v", hash, model[hash])
			}
			model[hash] = true
		}
	})
}

func TestAHashSetTakesAtMost16BytesEach(t *testing.T) {
	var set hashSet
	hash, worst := uint64(1), 0.0
	for n := 1; n <= 1<<20; n++ {
		hash = hash*6364136223846793005 + 1442695040888963407
		set.add(max(hash, 1))
		if n&(n-1) == 0 && n > 1<<14 || n%100_000 == 0 {
			bytes := 0
			for _, part := range set.parts {
				bytes += 8 * len(part.places)
			}
			worst = max(worst, float64(bytes)/float64(n))
		}
	}
	if worst > 16.2 {
		t.Errorf("%.1f bytes for each hash", worst)
	}
}
