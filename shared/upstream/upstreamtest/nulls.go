package upstreamtest

import (
	"bytes"
	"encoding/json"
	"iter"
)

// Nulls yields a JSON document once for each value in it, with null in the place of that value. A decoder must refuse each
// of them, or read it as if the value were missing.
func Nulls(document []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		dec := json.NewDecoder(bytes.NewReader(document))
		dec.UseNumber()
		var root any
		if err := dec.Decode(&root); err != nil || !yield([]byte("null")) {
			return
		}
		withNulls(root, func() bool {
			data, err := json.Marshal(root)
			return err == nil && yield(data)
		})
	}
}

// withNulls sets each value below value to null, calls changed, and sets it back, until changed returns false.
func withNulls(value any, changed func() bool) bool {
	switch v := value.(type) {
	case []any:
		for i, was := range v {
			v[i] = nil
			if !changed() {
				return false
			}
			if v[i] = was; !withNulls(was, changed) {
				return false
			}
		}
	case map[string]any:
		for name, was := range v {
			v[name] = nil
			if !changed() {
				return false
			}
			if v[name] = was; !withNulls(was, changed) {
				return false
			}
		}
	}
	return true
}
