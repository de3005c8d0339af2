// Package digest sums up a table's rows so that two loads can be told apart, or known to be the same, without reading
// either again.
//
// The digest of a multiset of rows is the sum modulo 2^256 of each row's SHA-256, together with the number of rows. It
// streams, it does not depend on the order of the rows, and digests of parts add up to the digest of the whole. The
// construction is AdHash of Bellare and Micciancio ("A New Paradigm for Collision-Free Hashing", 1997); at 256 bits it
// guards against accidents, which is all that is asked of it, not against a forger.
package digest

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/bits"
)

// Size is the number of bytes in a Sum.
const Size = sha256.Size

// Sum is the sum modulo 2^256 of row hashes, big endian.
type Sum [Size]byte

// Digest is the running digest of rows seen so far. The zero Digest is that of no rows.
type Digest struct {
	sum  Sum
	rows int64
}

// Add counts one row, in its canonical encoding.
func (d *Digest) Add(row []byte) {
	d.addSum(sha256.Sum256(row))
	d.rows++
}

// Merge counts all the rows of o.
func (d *Digest) Merge(o Digest) {
	d.addSum(o.sum)
	d.rows += o.rows
}

func (d *Digest) addSum(s Sum) {
	var carry uint64
	for i := Size - 8; i >= 0; i -= 8 {
		var sum uint64
		sum, carry = bits.Add64(binary.BigEndian.Uint64(d.sum[i:]), binary.BigEndian.Uint64(s[i:]), carry)
		binary.BigEndian.PutUint64(d.sum[i:], sum)
	}
}

// Rows is the number of rows counted.
func (d Digest) Rows() int64 { return d.rows }

// Sum is the sum of the rows' hashes.
func (d Digest) Sum() Sum { return d.sum }

// String is the sum as 64 lower-case hexadecimal digits; the number of rows is kept beside it, not in it.
func (s Sum) String() string { return hex.EncodeToString(s[:]) }

// Short is the first 12 digits of String, enough to tell versions apart in a name that a person reads.
func (s Sum) Short() string { return s.String()[:12] }

// MarshalText is String.
func (s Sum) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText is ParseSum.
func (s *Sum) UnmarshalText(text []byte) (err error) {
	*s, err = ParseSum(string(text))
	return err
}

// ParseSum reads the form that String writes.
func ParseSum(text string) (Sum, error) {
	var s Sum
	if len(text) != 2*Size {
		return s, fmt.Errorf("digest has %d characters, not the %d hexadecimal digits of a SHA-256 sum", len(text), 2*Size)
	}
	if _, err := hex.Decode(s[:], []byte(text)); err != nil {
		return Sum{}, fmt.Errorf("digest: %w", err)
	}
	return s, nil
}
