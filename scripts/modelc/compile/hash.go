package compile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"example.com/rollcall/scripts/modelc/header"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
)

// meaning holds everything that affects what a run publishes, and nothing else: no comments, layout or
// descriptions. A change of any value makes every partition of the model run again.
type meaning struct {
	SQL          []string
	Columns      []column
	Grain        partition.Grain
	Materialized manifest.Materialization
	Strategy     manifest.Strategy
	PartitionBy  string
	UniqueKey    []string
	ClusterBy    []string
	Inputs       []manifest.Input
	Tests        [][]string
}

type column struct {
	Name string
	Type schema.Type
	Mode schema.Mode
}

// hash returns the SHA-256, in hexadecimal, of the model's meaning.
func hash(s *source, m *manifest.Model, reserved func(string) bool) (string, error) {
	what := meaning{
		Grain: m.Grain, Materialized: m.Materialized, Strategy: m.Strategy,
		PartitionBy: m.PartitionBy, UniqueKey: m.UniqueKey, ClusterBy: m.ClusterBy, Inputs: m.Inputs,
	}
	for _, t := range s.tokens {
		text := t.Text
		if reserved(text) { // other words keep their case: the fields of a JSON value are case-sensitive
			text = strings.ToLower(text)
		}
		what.SQL = append(what.SQL, text)
	}
	for _, c := range m.Columns {
		what.Columns = append(what.Columns, column{c.Name, c.Type, c.Mode})
	}
	for _, c := range s.header.Columns {
		for _, t := range c.Tests {
			what.Tests = append(what.Tests, test(c.Name, t))
		}
	}
	for _, t := range s.header.Tests {
		what.Tests = append(what.Tests, test("", t))
	}
	data, err := json.Marshal(what)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

func test(column string, t header.Test) []string {
	parts := []string{
		column, string(t.Kind), t.To, t.Field, t.Expression, strings.Join(t.Columns, ","), strings.Join(t.Values, ","),
	}
	if t.Severity == manifest.Warn { // the default, written or not, is the same
		parts = append(parts, string(t.Severity))
	}
	return parts
}
