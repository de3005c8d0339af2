package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"time"
	"unicode/utf8"

	"example.com/rollcall/shared/partition"
)

// Row holds one row by column name. A missing key is a null. A key that the schema does not have is an error.
//
// The values are: string for STRING; int, int64 for INT64; float64 for FLOAT64; string (plain decimal) or int64
// for NUMERIC; bool; time.Time for TIMESTAMP; partition.Partition or time.Time for DATE; json.RawMessage, or
// anything that encoding/json marshals, for JSON. A REPEATED column takes a slice []T of its type's string,
// int64, float64 or bool. A nil pointer or nil is a null; any other pointer stands for the value that it points
// to.
type Row map[string]any

// MaxLine bounds the line of one row in bytes. A line of every warehouse may be as long; BigQuery takes a hundred times
// more. https://cloud.google.com/bigquery/quotas#load_jobs
const MaxLine = 1_000_000

// Append appends row to dst as one canonical line of JSON with its newline. Columns are in the schema's order,
// nulls are omitted, timestamps have microseconds, and JSON values are compact with sorted keys. Equal rows
// give equal bytes, so the line serves both the digest and the load. What a warehouse would refuse fails here: a date
// outside of the years 1 to 9999, or a line of more than MaxLine bytes. The error names the column.
func (s Schema) Append(dst []byte, row Row) ([]byte, error) {
	start, used := len(dst), 0
	dst = append(dst, '{')
	for i := range s {
		f := &s[i]
		value, ok := row[f.Name]
		if ok {
			used++
			value = deref(value)
		}
		if value == nil {
			if f.Mode == Required {
				return dst[:start], fmt.Errorf("column %s: null or missing, but the column is REQUIRED", f.Name)
			}
			continue
		}
		if len(dst) > start+1 {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		dst = append(dst, f.Name...)
		dst = append(dst, '"', ':')
		var err error
		if f.Mode == Repeated {
			dst, err = appendRepeated(dst, f.Type, value)
		} else {
			dst, err = appendValue(dst, f.Type, value)
		}
		if err == nil && len(dst)+len("}\n") > start+MaxLine {
			err = fmt.Errorf("with it, the row has more than %d bytes", MaxLine)
		}
		if err != nil {
			return dst[:start], fmt.Errorf("column %s: %w", f.Name, err)
		}
	}
	if used != len(row) {
		for name := range row {
			if _, ok := s.Field(name); !ok {
				return dst[:start], fmt.Errorf("column %s: not in the schema", name)
			}
		}
	}
	return append(dst, '}', '\n'), nil
}

func deref(v any) any {
	switch p := v.(type) {
	case *string:
		return value(p)
	case *int64:
		return value(p)
	case *int:
		return value(p)
	case *float64:
		return value(p)
	case *bool:
		return value(p)
	case *time.Time:
		return value(p)
	}
	return v
}

func value[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

func appendRepeated(dst []byte, t Type, value any) ([]byte, error) {
	switch list := value.(type) {
	case []string:
		return appendList(dst, t, list)
	case []int64:
		return appendList(dst, t, list)
	case []float64:
		return appendList(dst, t, list)
	case []bool:
		return appendList(dst, t, list)
	}
	return dst, fmt.Errorf("a REPEATED %s cannot hold a %T", t, value)
}

func appendList[T any](dst []byte, t Type, list []T) (_ []byte, err error) {
	dst = append(dst, '[')
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = appendValue(dst, t, v); err != nil {
			return dst, fmt.Errorf("element %d: %w", i, err)
		}
	}
	return append(dst, ']'), nil
}

func appendValue(dst []byte, t Type, value any) ([]byte, error) {
	switch t {
	case String:
		if v, ok := value.(string); ok {
			return appendString(dst, v)
		}
	case Int64:
		switch v := value.(type) {
		case int64:
			return strconv.AppendInt(dst, v, 10), nil
		case int:
			return strconv.AppendInt(dst, int64(v), 10), nil
		}
	case Float64:
		if v, ok := value.(float64); ok {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return dst, fmt.Errorf("%v is not a finite number", v)
			}
			return strconv.AppendFloat(dst, v+0, 'g', -1, 64), nil // +0 turns -0 into 0
		}
	case Numeric:
		switch v := value.(type) {
		case int64:
			return fmt.Appendf(dst, `"%d"`, v), nil
		case string:
			return appendNumeric(dst, v)
		}
	case Bool:
		if v, ok := value.(bool); ok {
			return strconv.AppendBool(dst, v), nil
		}
	case Date:
		switch v := value.(type) {
		case partition.Partition:
			return appendTime(dst, v.Start(), `"2006-01-02"`)
		case time.Time:
			return appendTime(dst, v, `"2006-01-02"`)
		}
	case Timestamp:
		if v, ok := value.(time.Time); ok {
			return appendTime(dst, v, `"2006-01-02T15:04:05.000000Z"`)
		}
	case JSON:
		return appendJSON(dst, value)
	}
	return dst, fmt.Errorf("a %s cannot hold a %T", t, value)
}

// appendTime writes an instant in UTC. BigQuery's dates and timestamps have the years 1 to 9999.
func appendTime(dst []byte, t time.Time, layout string) ([]byte, error) {
	t = t.UTC()
	if t.Year() < 1 || t.Year() > 9999 {
		return dst, fmt.Errorf("the year %d is not one of 1 to 9999", t.Year())
	}
	return t.AppendFormat(dst, layout), nil
}

func appendString(dst []byte, s string) ([]byte, error) {
	if !utf8.ValidString(s) {
		return dst, errors.New("text is not UTF-8")
	}
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' {
			quoted, err := json.Marshal(s)
			return append(dst, quoted...), err
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"'), nil
}

var decimal = regexp.MustCompile(`^[+-]?[0-9]{1,29}(\.[0-9]{1,20})?$`)

// appendNumeric writes a decimal in canonical form: without leading zeros, trailing zeros after the point, or
// an exponent. It fails for more than nine decimal places, the scale of NUMERIC, and never rounds.
func appendNumeric(dst []byte, s string) ([]byte, error) {
	if !decimal.MatchString(s) {
		return dst, fmt.Errorf("%.64q is not a plain decimal number", s)
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return dst, fmt.Errorf("%q is not a plain decimal number", s)
	}
	text := r.FloatString(9)
	back, _ := new(big.Rat).SetString(text)
	if back.Cmp(r) != 0 {
		return dst, fmt.Errorf("%s has more than the nine decimal places of a NUMERIC", s)
	}
	text = string(bytes.TrimRight([]byte(text), "0"))
	text = string(bytes.TrimSuffix([]byte(text), []byte(".")))
	if text == "-0" {
		text = "0"
	}
	return fmt.Appendf(dst, "%q", text), nil
}

// appendJSON writes a value compactly, with sorted object keys. Numbers keep all their digits.
func appendJSON(dst []byte, value any) ([]byte, error) {
	raw, ok := value.(json.RawMessage)
	if !ok {
		var err error
		if raw, err = json.Marshal(value); err != nil {
			return dst, err
		}
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return dst, fmt.Errorf("not JSON: %w", err)
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(tree); err != nil {
		return dst, err
	}
	return append(dst, bytes.TrimSpace(buf.Bytes())...), nil
}
