package googlesql_test

import (
	"errors"
	"strings"
	"testing"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/scripts/internal/googlesql"
)

func TestNodesHaveTheirPlacesAndValues(t *testing.T) {
	const sql = "CREATE VIEW d.v AS SELECT 'é' AS a FROM `p.d`.t AS x WHERE n NOT BETWEEN 1 AND 20"
	root, err := googlesql.Parse(sql)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	root.Walk(func(n *googlesql.Node) {
		if n.Value != "" {
			got = append(got, n.Kind+" "+n.Value+" "+sql[n.Start:n.End])
		}
		for _, c := range n.Children {
			if c.Parent != n {
				t.Errorf("%s has another parent", c.Kind)
			}
		}
	})
	want := "Identifier d d, Identifier v v, StringLiteral é 'é', Identifier a a, Identifier p.d `p.d`, Identifier t t, " +
		"Identifier x x, BetweenExpression NOT n NOT BETWEEN 1 AND 20, Identifier n n, IntLiteral 1 1, IntLiteral 20 20"
	if joined := strings.Join(got, ", "); joined != want {
		t.Errorf("got  %s\nwant %s", joined, want)
	}
	if path := root.Child("PathExpression").Path(); strings.Join(path, "|") != "d|v" || root.Child("Nothing") != nil {
		t.Errorf("path %v", path)
	}
}

func TestSyntaxErrorsHaveAPlace(t *testing.T) {
	_, err := googlesql.Parse("SELECT 1\nFROM")
	bad, ok := errors.AsType[*googlesql.Error](err)
	if !ok || bad.Pos != (diag.Pos{Line: 2, Col: 5}) {
		t.Errorf("%v", err)
	}
}
