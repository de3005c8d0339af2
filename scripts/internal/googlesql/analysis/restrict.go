package analysis

import (
	"strings"

	"github.com/goccy/go-googlesql"
)

const (
	when   = "when the query is run"
	who    = "who runs the query"
	chance = "chance"
)

// unsteady are the functions whose value depends on something else than their arguments.
var unsteady = map[string]string{
	"current_date": when, "current_datetime": when, "current_time": when, "current_timestamp": when,
	"session_user": who, "generate_uuid": chance, "rand": chance,
}

// ordered are the functions over many rows whose value depends on the order of the rows, but for those, like LAG, that
// GoogleSQL itself gives only with an ORDER BY.
var ordered = map[string]bool{"array_agg": true, "array_concat_agg": true, "row_number": true, "string_agg": true}

// restrict notes what the query may not do because its result would not follow from its inputs and its partition.
func (r *resolver) restrict(n googlesql.ResolvedNode) {
	switch n := n.(type) {
	case *googlesql.ResolvedAggregateFunctionCall:
		r.aggregate(n, take(n.OrderByItemListSize()) > 0, take(n.HavingModifier()) != nil)
	case *googlesql.ResolvedAnalyticFunctionGroup:
		for _, f := range take(n.AnalyticFunctionList()) {
			if call, ok := take(f.Expr()).(googlesql.ResolvedFunctionCallBaseNode); ok {
				r.aggregate(call, take(n.OrderBy()) != nil, false)
			}
		}
	case *googlesql.ResolvedFunctionCall:
		name := nameOf(n)
		if what, ok := unsteady[name]; ok {
			r.find(n, "%s depends on %s; a partition's result must follow from its inputs and @partition_date alone",
				strings.ToUpper(name), what)
		}
	case *googlesql.ResolvedTableScan:
		if take(n.ForSystemTimeExpr()) != nil {
			r.find(n, "FOR SYSTEM_TIME AS OF depends on when the query is run: a partition's result must not")
		}
	case *googlesql.ResolvedSampleScan:
		r.find(take(n.Size()), "TABLESAMPLE takes any rows: the result must be the same at each run")
	case *googlesql.ResolvedLimitOffsetScan:
		if !take(take(n.InputScan()).IsOrdered()) {
			r.find(take(n.Limit()), "LIMIT without ORDER BY takes any rows: the result must be the same at each run")
		}
	}
}

// aggregate is restrict for a call over many rows, as an aggregate or over a window.
func (r *resolver) aggregate(n googlesql.ResolvedFunctionCallBaseNode, inOrder, having bool) {
	name := nameOf(n)
	switch {
	case ordered[name] && !inOrder:
		r.find(n, "%s without ORDER BY takes the rows in any order: the result must not depend on it", strings.ToUpper(name))
	case name == "any_value" && !having:
		r.find(n, "ANY_VALUE takes any row's value; use MIN, MAX, or HAVING MAX in it: the result must be the same at each run")
	case (name == "sum" || name == "avg") && ofFloats(n):
		r.find(n, "%s of FLOAT64 depends on the order in which it adds; CAST the values to NUMERIC: the result must be the same "+
			"at each run", strings.ToUpper(name))
	}
}

func nameOf(n googlesql.ResolvedFunctionCallBaseNode) string { return take(take(n.Function()).Name()) }

// ofFloats reports whether a call's first argument is a FLOAT64.
func ofFloats(n googlesql.ResolvedFunctionCallBaseNode) bool {
	for _, child := range take(n.GetChildNodes()) {
		if arg, ok := child.(googlesql.ResolvedExprNode); ok {
			return take(take(arg.Type()).IsDouble())
		}
	}
	return false
}
