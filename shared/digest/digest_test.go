package digest_test

import (
	"crypto/sha256"
	"math/big"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"example.com/rollcall/shared/digest"
)

func rows() *rapid.Generator[[][]byte] {
	return rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 8), 0, 40)
}

func of(rows [][]byte) (d digest.Digest) {
	for _, r := range rows {
		d.Add(r)
	}
	return d
}

// The sum is checked against math/big, which knows nothing of this package's carries.
func TestDigestIsTheSumOfHashesModulo2To256(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rows().Draw(t, "rows")
		want := new(big.Int)
		for _, r := range list {
			h := sha256.Sum256(r)
			want.Add(want, new(big.Int).SetBytes(h[:]))
		}
		want.Mod(want, new(big.Int).Lsh(big.NewInt(1), 256))
		sum := of(list).Sum()
		if got := new(big.Int).SetBytes(sum[:]); got.Cmp(want) != 0 {
			t.Fatalf("sum = %x, want %x", got, want)
		}
	})
}

func TestDigestDoesNotDependOnOrderOrParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rows().Draw(t, "rows")
		whole := of(list)
		cut := rapid.IntRange(0, len(list)).Draw(t, "cut")
		parts := of(list[cut:])
		parts.Merge(of(list[:cut]))
		if parts != whole {
			t.Fatalf("parts give %v, the whole %v", parts, whole)
		}
		rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		if of(list) != whole {
			t.Fatal("the order of rows changed the digest")
		}
	})
}

// With an exclusive or, two equal rows would cancel each other. With a sum they do not.
func TestARepeatedRowCountsTwice(t *testing.T) {
	once, twice, none := of([][]byte{[]byte("a")}), of([][]byte{[]byte("a"), []byte("a")}), of(nil)
	if once.Sum() == twice.Sum() || twice.Sum() == none.Sum() {
		t.Errorf("once %v, twice %v, none %v", once.Sum(), twice.Sum(), none.Sum())
	}
}

func TestSumReadsBack(t *testing.T) {
	sum := of([][]byte{[]byte("a")}).Sum()
	back, err := digest.ParseSum(sum.String())
	if err != nil || back != sum || len(sum.Short()) != 12 {
		t.Errorf("ParseSum(%s) = %s, %v", sum, back, err)
	}
	for _, bad := range []string{"", "ab", sum.String()[1:], sum.String() + "0", "zz" + sum.String()[2:]} {
		if _, err := digest.ParseSum(bad); err == nil {
			t.Errorf("ParseSum(%q) gave no error", bad)
		}
	}
}

func BenchmarkAdd(b *testing.B) {
	row := make([]byte, 400)
	b.SetBytes(int64(len(row)))
	var d digest.Digest
	for b.Loop() {
		d.Add(row)
	}
}
