package schema

import (
	"bytes"
	"fmt"
)

// Find finds columns in a line that Append wrote. It sets values[i] to the JSON of the column names[i], or to nil if the
// column is null. It reads the line only up to the last of them, and the values are parts of it.
func Find(line []byte, names []string, values [][]byte) error {
	clear(values)
	rest, ok := bytes.CutPrefix(line, []byte("{"))
	for missing := len(names); ok && missing > 0 && !bytes.HasPrefix(rest, []byte("}")); {
		var name, value []byte
		name, value, rest, ok = member(rest)
		for i := range names {
			if ok && string(name) == names[i] {
				values[i] = value
				missing--
			}
		}
	}
	if !ok {
		return fmt.Errorf("schema: not a staged row: %.40q", line)
	}
	return nil
}

// member splits the first column from the rest of a row. It reports whether there is one.
func member(row []byte) (name, value, rest []byte, ok bool) {
	n := textEnd(row)
	if n == 0 || n == len(row) || row[n] != ':' {
		return nil, nil, nil, false
	}
	name, rest = row[1:n-1], row[n+1:]
	if n = valueEnd(rest); n == 0 {
		return nil, nil, nil, false
	}
	value, rest = rest[:n], rest[n:]
	return name, value, bytes.TrimPrefix(rest, []byte(",")), true
}

// textEnd returns the length of the quoted text at the start of s; 0 if there is none.
func textEnd(s []byte) int {
	if len(s) == 0 || s[0] != '"' {
		return 0
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

// valueEnd returns the length of the value at the start of s, which a comma or a bracket follows; 0 if there is none.
func valueEnd(s []byte) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			n := textEnd(s[i:])
			if n == 0 {
				return 0
			}
			i += n - 1
		case '{', '[':
			depth++
		case ',', '}', ']':
			if depth == 0 {
				return i
			}
			if s[i] != ',' {
				depth--
			}
		}
	}
	return 0
}
