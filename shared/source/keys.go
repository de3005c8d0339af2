package source

import (
	"bytes"
	"context"
	"fmt"
	"hash/maphash"
	"strconv"

	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/stage"
)

// maxNamed bounds the keys that a message names.
const maxNamed = 10

// names counts keys and keeps the first ones.
type names struct {
	first []string
	n     int
}

func (n *names) add(key string) {
	if n.n++; n.n <= maxNamed {
		n.first = append(n.first, key)
	}
}

func (n *names) more() int { return n.n - len(n.first) }

// keySet holds the keys of the rows that one run wrote of a table's partition. Hashes of 64 bits stand for them, which
// take some 16 MB for a million rows. Of a million keys, two have the same hash once in forty million runs.
type keySet struct {
	table   *pipeline.Table
	columns []string // the key, then those that never fall
	found   [][]byte // of the row that was looked at last
	hash    maphash.Hash
	seen    hashSet
	values  []map[uint64]int64 // by column that never falls
	// repeats holds the keys that came again, with the hash of that row, which was not written.
	repeats map[uint64]uint64
	dropped int
}

// newKeySet returns nil for a table without a key.
func newKeySet(table *pipeline.Table) *keySet {
	if len(table.Key) == 0 {
		return nil
	}
	k := &keySet{table: table, repeats: map[uint64]uint64{}}
	k.columns = append(append(k.columns, table.Key...), table.Monotonic...)
	k.found = make([][]byte, len(k.columns))
	for range table.Monotonic {
		k.values = append(k.values, map[uint64]int64{})
	}
	return k
}

// look reads a row and returns the hash of its key.
func (k *keySet) look(row []byte) (uint64, error) {
	if err := schema.Find(row, k.columns, k.found); err != nil {
		return 0, err
	}
	k.hash.Reset()
	for _, value := range k.found[:len(k.table.Key)] {
		_, _ = k.hash.Write(value) // never fails
		_ = k.hash.WriteByte(',')
	}
	return max(k.hash.Sum64(), 1), nil // a hashSet holds no 0
}

// name returns the key of the row that was looked at last, for people.
func (k *keySet) name() string {
	const longest = 60
	var b []byte
	for i, value := range k.found[:len(k.table.Key)] {
		if i > 0 {
			b = append(b, '/')
		}
		b = append(b, bytes.Trim(value, `"`)...)
	}
	return fmt.Sprintf("%.*s", longest, b)
}

// value returns a column that never falls, of the row that was looked at last.
func (k *keySet) value(column int) (int64, bool) {
	n, err := strconv.ParseInt(string(k.found[len(k.table.Key)+column]), 10, 64)
	return n, err == nil
}

// add reports whether a row's key is new, so that the row must be written.
func (k *keySet) add(row []byte) (fresh bool, err error) {
	key, err := k.look(row)
	if err != nil {
		return false, err
	}
	if !k.seen.add(key) {
		hash := maphash.Bytes(k.hash.Seed(), row)
		if before, ok := k.repeats[key]; ok && before != hash {
			return false, k.changed()
		}
		k.repeats[key] = hash
		k.dropped++
		return false, nil
	}
	for i := range k.values {
		if n, ok := k.value(i); ok {
			k.values[i][key] = n
		}
	}
	return true, nil
}

// changed reports that one key has two rows. A list that changes while it is read may show a row on two pages.
func (k *keySet) changed() error {
	return fmt.Errorf("raw.%s: key %s came twice, with different rows: the list changed while it was read", k.table.Name, k.name())
}

// check fails if a row that was not written differs from the row of its key that was.
func (k *keySet) check(ctx context.Context, folder stage.Folder, file stage.File) error {
	if len(k.repeats) == 0 {
		return nil
	}
	for row, err := range file.ReadRows(ctx, folder.Bucket) {
		if err != nil {
			return err
		}
		key, err := k.look(row)
		if err != nil {
			return err
		}
		if hash, ok := k.repeats[key]; ok && hash != maphash.Bytes(k.hash.Seed(), row) {
			return k.changed()
		}
	}
	return nil
}

// comparison says how the keys of a run differ from those of an earlier load.
type comparison struct {
	left  names
	falls []fall // by column that never falls
}

// fall describes a column that never falls, over the keys that both loads have.
type fall struct {
	column   string
	keys     names // whose value fell
	both     int   // number of keys
	from, to int64 // sums
}

// compare compares the keys with those of an earlier load. It calls leaves with each row whose key is missing.
func (k *keySet) compare(ctx context.Context, earlier *Earlier, leaves func(row []byte) error) (c comparison, err error) {
	for _, column := range k.table.Monotonic {
		c.falls = append(c.falls, fall{column: column})
	}
	for row, err := range earlier.Rows(ctx) {
		if err != nil {
			return c, err
		}
		key, err := k.look(row)
		if err != nil {
			return c, err
		}
		if k.seen.add(key) { // it is missing, and leaves once
			c.left.add(k.name())
			if err := leaves(row); err != nil {
				return c, err
			}
			continue
		}
		for i := range c.falls {
			before, ok := k.value(i)
			now, both := k.values[i][key]
			if ok && both {
				c.falls[i].add(before, now, k.name)
			}
		}
	}
	return c, nil
}

func (f *fall) add(before, now int64, name func() string) {
	f.both++
	f.from, f.to = f.from+before, f.to+now
	if now < before {
		f.keys.add(name())
	}
}
