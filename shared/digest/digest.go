// Package digest computes digests of a table's rows, by which two loads can be compared without reading them again.
//
// The digest of a multiset of rows is the sum modulo 2^256 of each row's SHA-256, together with the number of
// rows. It can be computed in a stream and does not depend on the order of the rows. The digests of parts add
// up to the digest of the whole. The construction is AdHash of Bellare and Micciancio ("A New Paradigm for
// Collision-Free Hashing", 1997). At 256 bits it protects against accidents, but not against forgery.
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

// Digest accumulates rows. The zero Digest holds no rows.
type Digest struct {
	sum  Sum
	rows int64
}

// Add adds one row in its canonical encoding.
func (d *Digest) Add(row []byte) {
	d.addSum(sha256.Sum256(row))
	d.rows++
}

// Merge adds all rows of o.
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

// Rows returns the number of rows.
func (d Digest) Rows() int64 { return d.rows }

// Sum returns the sum of the rows' hashes.
func (d Digest) Sum() Sum { return d.sum }

// String formats s as 64 lower-case hexadecimal digits.
func (s Sum) String() string { return hex.EncodeToString(s[:]) }

// Short returns the first 12 digits of String, for names that a person reads.
func (s Sum) Short() string { return s.String()[:12] }

// MarshalText formats s as String does.
func (s Sum) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText parses text as ParseSum does.
func (s *Sum) UnmarshalText(text []byte) (err error) {
	*s, err = ParseSum(string(text))
	return err
}

// ParseSum parses the format of String.
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
