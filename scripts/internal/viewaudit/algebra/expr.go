package algebra

import (
	"fmt"
	"strings"

	"github.com/goccy/go-googlesql"
)

// chance are the functions that give another value each time.
var chance = map[string]bool{"rand": true, "generate_uuid": true}

// expr is an expression over the columns that are defined.
func (b *builder) expr(n googlesql.ResolvedExprNode) *Expr {
	e := b.expression(n)
	if e.Type == "" {
		typed := *e // a column may be known under another type elsewhere: never changed in place
		typed.Type = b.typeOf(take(n.Type()))
		return &typed
	}
	return e
}

func (b *builder) expression(n googlesql.ResolvedExprNode) *Expr {
	switch n := n.(type) {
	case *googlesql.ResolvedColumnRef:
		return b.column(take(n.Column()))
	case *googlesql.ResolvedLiteral:
		return &Expr{Op: "literal", Name: take(take(n.Value()).GetSQL2(googlesql.ProductModeProductExternal))}
	case *googlesql.ResolvedParameter:
		return &Expr{Op: "parameter", Name: take(n.Name())}
	case *googlesql.ResolvedFunctionCall:
		e := &Expr{Op: "call", Name: b.function(n), Args: b.exprs(take(n.ArgumentList()))}
		b.whole(n, len(e.Args))
		return normal(e)
	case *googlesql.ResolvedAggregateFunctionCall:
		return b.aggregateCall(n)
	case *googlesql.ResolvedCast:
		return b.cast(n)
	case *googlesql.ResolvedSubqueryExpr:
		return b.subquery(n)
	case *googlesql.ResolvedGetStructField:
		return &Expr{Op: "field", Name: fmt.Sprint(take(n.FieldIdx())), Args: []*Expr{b.expr(take(n.Expr()))}}
	case *googlesql.ResolvedGetJsonField:
		return &Expr{Op: "json", Name: take(n.FieldName()), Args: []*Expr{b.expr(take(n.Expr()))}}
	case *googlesql.ResolvedMakeStruct:
		return &Expr{Op: "struct", Name: b.typeOf(take(n.Type())), Args: b.exprs(take(n.FieldList()))}
	}
	unsupported("%s", words(take(n.NodeKindString())))
	return nil
}

func (b *builder) exprs(list []googlesql.ResolvedExprNode) []*Expr {
	exprs := make([]*Expr, len(list))
	for i, n := range list {
		exprs[i] = b.expr(n)
	}
	return exprs
}

// whole breaks off when a node has more below it than the given number of parts that were taken in.
func (b *builder) whole(n googlesql.ResolvedNode, parts int) {
	count := 0
	for _, c := range take(n.GetChildNodes()) {
		if c != nil {
			count++
		}
	}
	if count != parts {
		unsupported("a rare form of %s", words(take(n.NodeKindString())))
	}
}

// function is a call's name, with SAFE. before it where it stands there.
func (b *builder) function(n googlesql.ResolvedFunctionCallBaseNode) string {
	name := nameOf(n)
	if chance[name] {
		unsupported("%s", strings.ToUpper(name))
	}
	rare, ok := n.(interface {
		CollationListSize() (int32, error)
		GenericArgumentListSize() (int32, error)
		HintListSize() (int32, error)
	})
	if !ok || take(rare.CollationListSize())+take(rare.GenericArgumentListSize())+take(rare.HintListSize()) > 0 {
		unsupported("a rare form of %s", strings.ToUpper(name))
	}
	if take(n.ErrorMode()) == googlesql.ResolvedFunctionCallBaseEnums_ErrorModeSafeErrorMode {
		return "safe." + name
	}
	return name
}

func (b *builder) aggregateCall(n *googlesql.ResolvedAggregateFunctionCall) *Expr {
	e := &Expr{Op: "aggregate", Name: b.function(n), Args: b.exprs(take(n.ArgumentList()))}
	parts := len(e.Args)
	if take(n.Distinct()) {
		e.Name += " distinct"
	}
	e.Name += nulls(take(n.NullHandlingModifier()))
	if h := take(n.HavingModifier()); h != nil {
		kind := "having " + take(h.Kind()).String()
		e.Args = append(e.Args, &Expr{Op: "part", Name: kind, Args: []*Expr{b.expr(take(h.HavingExpr()))}})
		parts++
	}
	if order := take(n.OrderByItemList()); len(order) > 0 {
		e.Args = append(e.Args, &Expr{Op: "part", Name: "order", Args: b.orderBy(order)})
		parts += len(order)
	}
	if limit := take(n.Limit()); limit != nil {
		e.Args = append(e.Args, &Expr{Op: "part", Name: "limit", Args: []*Expr{b.expr(limit)}})
		parts++
	}
	b.whole(n, parts)
	return e
}

func nulls(m googlesql.ResolvedNonScalarFunctionCallBaseEnums_NullHandlingModifier) string {
	switch m {
	case googlesql.ResolvedNonScalarFunctionCallBaseEnums_NullHandlingModifierIgnoreNulls:
		return " ignore nulls"
	case googlesql.ResolvedNonScalarFunctionCallBaseEnums_NullHandlingModifierRespectNulls:
		return " respect nulls"
	}
	return ""
}

func (b *builder) orderBy(list []*googlesql.ResolvedOrderByItem) []*Expr {
	var items []*Expr
	for _, item := range list {
		b.whole(item, 1)
		e := &Expr{Op: "by", Name: "asc", Args: []*Expr{b.expr(take(item.ColumnRef()))}}
		if take(item.IsDescending()) {
			e.Name = "desc"
		}
		switch take(item.NullOrder()) {
		case googlesql.ResolvedOrderByItemEnums_NullOrderModeNullsFirst:
			e.Name += " nulls first"
		case googlesql.ResolvedOrderByItemEnums_NullOrderModeNullsLast:
			e.Name += " nulls last"
		}
		items = append(items, e)
	}
	return items
}

// over is a function over a window: the call, PARTITION BY, ORDER BY, and the bounds of its frame.
func (b *builder) over(group *googlesql.ResolvedAnalyticFunctionGroup, n googlesql.ResolvedExprNode) *Expr {
	call, ok := n.(*googlesql.ResolvedAnalyticFunctionCall)
	if !ok {
		unsupported("%s over a window", words(take(n.NodeKindString())))
	}
	function := &Expr{Op: "call", Name: b.function(call), Args: b.exprs(take(call.ArgumentList()))}
	parts := len(function.Args)
	if take(call.Distinct()) {
		function.Name += " distinct"
	}
	function.Name += nulls(take(call.NullHandlingModifier()))
	partition, order := &Expr{Op: "set", Name: "partition"}, &Expr{Op: "part", Name: "order"}
	if p := take(group.PartitionBy()); p != nil {
		if len(take(p.CollationList())) > 0 {
			unsupported("a collation")
		}
		for _, c := range take(p.PartitionByList()) {
			partition.Args = append(partition.Args, b.expr(c))
		}
	}
	if o := take(group.OrderBy()); o != nil {
		order.Args = b.orderBy(take(o.OrderByItemList()))
	}
	e := &Expr{Op: "over", Type: b.typeOf(take(n.Type())), Args: []*Expr{function, partition, order}}
	if frame := take(call.WindowFrame()); frame != nil {
		parts++
		e.Name = take(frame.FrameUnit()).String()
		for _, bound := range []*googlesql.ResolvedWindowFrameExpr{take(frame.StartExpr()), take(frame.EndExpr())} {
			part := &Expr{Op: "part", Name: take(bound.BoundaryType()).String()}
			if x := take(bound.Expression()); x != nil {
				part.Args = []*Expr{b.expr(x)}
			}
			e.Args = append(e.Args, part)
		}
	}
	b.whole(call, parts)
	return e
}

func (b *builder) cast(n *googlesql.ResolvedCast) *Expr {
	e := &Expr{Op: "cast", Name: b.typeOf(take(n.Type())), Args: []*Expr{b.expr(take(n.Expr()))}}
	b.whole(n, 1) // no FORMAT, no time zone
	if p := take(n.TypeParameters()); p != nil && !take(p.IsEmpty()) {
		unsupported("CAST to a type with parameters")
	}
	if take(n.ReturnNullOnError()) {
		e.Name = "safe " + e.Name
	}
	return e
}

func (b *builder) subquery(n *googlesql.ResolvedSubqueryExpr) *Expr {
	scan := take(n.Subquery())
	if c := take(n.InCollation()); (c != nil && !take(c.Empty())) || len(take(n.HintList())) > 0 {
		unsupported("a subquery with a collation or a hint")
	}
	kind := take(n.SubqueryType())
	order := b.order
	e := &Expr{Op: "subquery", Name: kind.String(), Block: b.scan(scan)}
	if kind == googlesql.ResolvedSubqueryExprEnums_SubqueryTypeArray && b.order != nil {
		e.Args = append(e.Args, &Expr{Op: "part", Name: "order", Args: b.order})
	}
	b.order = order
	if kind != googlesql.ResolvedSubqueryExprEnums_SubqueryTypeExists {
		for _, c := range columnsOf(scan) {
			e.Args = append(e.Args, &Expr{Op: "part", Name: "gives", Args: []*Expr{b.column(c)}})
		}
	}
	if in := take(n.InExpr()); in != nil {
		e.Args = append(e.Args, &Expr{Op: "part", Name: "in", Args: []*Expr{b.expr(in)}})
	}
	return e
}

// typeOf is a type's name in GoogleSQL.
func (b *builder) typeOf(t googlesql.Googlesql_TypeNode) string {
	name := take(t.DebugString(false))
	return strings.ReplaceAll(name, "DOUBLE", "FLOAT64")
}
