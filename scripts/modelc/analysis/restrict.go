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
		name := take(take(n.Function()).Name())
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
		input, ok := take(n.InputScan()).(googlesql.ResolvedScanNode)
		if ok && !take(input.IsOrdered()) {
			r.find(take(n.Limit()), "LIMIT without ORDER BY takes any rows: the result must be the same at each run")
		}
	}
}
