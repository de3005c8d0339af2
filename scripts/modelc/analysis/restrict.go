package analysis

import (
	"strings"

	"github.com/goccy/go-googlesql"
)

// unsteady are the functions whose value depends on when, or by whom, the query is run.
var unsteady = map[string]bool{
	"current_date": true, "current_datetime": true, "current_time": true, "current_timestamp": true,
	"generate_uuid": true, "rand": true, "session_user": true,
}

// ordered are the aggregates whose value depends on the order of the rows.
var ordered = map[string]bool{"array_agg": true, "array_concat_agg": true, "string_agg": true}

// restrict notes what the query may not do because its result would not follow from its inputs and its partition.
func (r *resolver) restrict(n googlesql.ResolvedNode) {
	switch n := n.(type) {
	case *googlesql.ResolvedAggregateFunctionCall:
		name := take(take(n.Function()).Name())
		switch {
		case ordered[name] && take(n.OrderByItemListSize()) == 0:
			r.find(n, "%s without ORDER BY takes the rows in any order: the result must not depend on it", strings.ToUpper(name))
		case name == "any_value" && take(n.HavingModifier()) == nil:
			r.find(n, "ANY_VALUE takes any row's value; use MIN, MAX, or HAVING MAX in it: the result must be the same at each run")
		}
	case *googlesql.ResolvedFunctionCall:
		if name := take(take(n.Function()).Name()); unsteady[name] {
			r.find(n, "%s depends on when and by whom the query is run: a partition's result must not; use @partition_date",
				strings.ToUpper(name))
		}
	case *googlesql.ResolvedTableScan:
		if take(n.ForSystemTimeExpr()) != nil {
			r.find(n, "FOR SYSTEM_TIME AS OF depends on when the query is run: a partition's result must not")
		}
	case *googlesql.ResolvedSampleScan:
		r.find(n, "TABLESAMPLE takes any rows: the result must be the same at each run")
	case *googlesql.ResolvedLimitOffsetScan:
		input, ok := take(n.InputScan()).(googlesql.ResolvedScanNode)
		if ok && !take(input.IsOrdered()) {
			r.find(n, "LIMIT without ORDER BY takes any rows: the result must be the same at each run")
		}
	}
}
