package algebra

import (
	"fmt"
	"strings"

	goccy "github.com/goccy/go-googlesql"

	"example.com/rollcall/scripts/internal/googlesql"
)

// chance lists the functions that return another value on each call.
var chance = map[string]bool{
	"rand": true, "generate_uuid": true, "new_uuid": true, "aead.encrypt": true,
	"keys.new_keyset": true, "keys.rotate_keyset": true, "keys.new_wrapped_keyset": true, "keys.rotate_wrapped_keyset": true,
}

// expr returns an expression over the columns that are defined.
func (b *builder) expr(n goccy.ResolvedExprNode) *Expr {
	e := b.expression(n)
	if e.Type == "" {
		typed := *e // a copy, because the column may have another type elsewhere
		typed.Type = typeOf(n)
		return &typed
	}
	return e
}

func (b *builder) expression(n goccy.ResolvedExprNode) *Expr {
	switch n := n.(type) {
	case *goccy.ResolvedColumnRef:
		return b.column(must(n.Column()))
	case *goccy.ResolvedLiteral:
		return &Expr{Op: "literal", Name: must(must(n.Value()).GetSQL2(goccy.ProductModeProductExternal))}
	case *goccy.ResolvedParameter:
		return &Expr{Op: "parameter", Name: must(n.Name())}
	case *goccy.ResolvedFunctionCall:
		e := &Expr{Op: "call", Name: b.function(n), Args: b.exprs(must(n.ArgumentList()))}
		b.whole(n, len(e.Args))
		return normal(e)
	case *goccy.ResolvedAggregateFunctionCall:
		return b.aggregateCall(n)
	case *goccy.ResolvedCast:
		return b.cast(n)
	case *goccy.ResolvedSubqueryExpr:
		return b.subquery(n)
	case *goccy.ResolvedGetStructField:
		return &Expr{Op: "field", Name: fmt.Sprint(must(n.FieldIdx())), Args: []*Expr{b.expr(must(n.Expr()))}}
	case *goccy.ResolvedGetJsonField:
		return &Expr{Op: "json", Name: must(n.FieldName()), Args: []*Expr{b.expr(must(n.Expr()))}}
	case *goccy.ResolvedMakeStruct:
		return &Expr{Op: "struct", Name: typeOf(n), Args: b.exprs(must(n.FieldList()))}
	}
	unsupported("%s", words(must(n.NodeKindString())))
	return nil
}

func (b *builder) exprs(list []goccy.ResolvedExprNode) []*Expr {
	exprs := make([]*Expr, len(list))
	for i, n := range list {
		exprs[i] = b.expr(n)
	}
	return exprs
}

// whole fails when a node has more children than the given number, which are those that were used.
func (b *builder) whole(n goccy.ResolvedNode, parts int) {
	count := 0
	for _, c := range must(n.GetChildNodes()) {
		if c != nil {
			count++
		}
	}
	if count != parts {
		unsupported("a rare form of %s", words(must(n.NodeKindString())))
	}
}

// function returns the name of a called function, with safe. before it if the call has SAFE.
func (b *builder) function(n goccy.ResolvedFunctionCallBaseNode) string {
	name := googlesql.FunctionName(n)
	if chance[name] {
		unsupported("%s", strings.ToUpper(name))
	}
	rare, ok := n.(interface {
		CollationListSize() (int32, error)
		GenericArgumentListSize() (int32, error)
		HintListSize() (int32, error)
	})
	if !ok || must(rare.CollationListSize())+must(rare.GenericArgumentListSize())+must(rare.HintListSize()) > 0 {
		unsupported("a rare form of %s", strings.ToUpper(name))
	}
	if must(n.ErrorMode()) == goccy.ResolvedFunctionCallBaseEnums_ErrorModeSafeErrorMode {
		return "safe." + name
	}
	return name
}

func (b *builder) aggregateCall(n *goccy.ResolvedAggregateFunctionCall) *Expr {
	e := &Expr{Op: "aggregate", Name: b.function(n), Args: b.exprs(must(n.ArgumentList()))}
	parts := len(e.Args)
	if must(n.Distinct()) {
		e.Name += " distinct"
	}
	e.Name += nulls(must(n.NullHandlingModifier()))
	if h := must(n.HavingModifier()); h != nil {
		kind := "having " + must(h.Kind()).String()
		e.Args = append(e.Args, &Expr{Op: "part", Name: kind, Args: []*Expr{b.expr(must(h.HavingExpr()))}})
		parts++
	}
	if order := must(n.OrderByItemList()); len(order) > 0 {
		e.Args = append(e.Args, &Expr{Op: "part", Name: "order", Args: b.orderBy(order)})
		parts += len(order)
	}
	if limit := must(n.Limit()); limit != nil {
		e.Args = append(e.Args, &Expr{Op: "part", Name: "limit", Args: []*Expr{b.expr(limit)}})
		parts++
	}
	b.whole(n, parts)
	return e
}

func nulls(m goccy.ResolvedNonScalarFunctionCallBaseEnums_NullHandlingModifier) string {
	switch m {
	case goccy.ResolvedNonScalarFunctionCallBaseEnums_NullHandlingModifierIgnoreNulls:
		return " ignore nulls"
	case goccy.ResolvedNonScalarFunctionCallBaseEnums_NullHandlingModifierRespectNulls:
		return " respect nulls"
	}
	return ""
}

func (b *builder) orderBy(list []*goccy.ResolvedOrderByItem) []*Expr {
	var items []*Expr
	for _, item := range list {
		b.whole(item, 1)
		e := &Expr{Op: "by", Name: "asc", Args: []*Expr{b.expr(must(item.ColumnRef()))}}
		if must(item.IsDescending()) {
			e.Name = "desc"
		}
		switch must(item.NullOrder()) {
		case goccy.ResolvedOrderByItemEnums_NullOrderModeNullsFirst:
			e.Name += " nulls first"
		case goccy.ResolvedOrderByItemEnums_NullOrderModeNullsLast:
			e.Name += " nulls last"
		}
		items = append(items, e)
	}
	return items
}

// over returns a function over a window: the call, PARTITION BY, ORDER BY, and the bounds of its frame.
func (b *builder) over(group *goccy.ResolvedAnalyticFunctionGroup, n goccy.ResolvedExprNode) *Expr {
	call, ok := n.(*goccy.ResolvedAnalyticFunctionCall)
	if !ok {
		unsupported("%s over a window", words(must(n.NodeKindString())))
	}
	function := &Expr{Op: "call", Name: b.function(call), Args: b.exprs(must(call.ArgumentList()))}
	parts := len(function.Args)
	if must(call.Distinct()) {
		function.Name += " distinct"
	}
	function.Name += nulls(must(call.NullHandlingModifier()))
	partition, order := &Expr{Op: "set", Name: "partition"}, &Expr{Op: "part", Name: "order"}
	if p := must(group.PartitionBy()); p != nil {
		if len(must(p.CollationList())) > 0 {
			unsupported("a collation")
		}
		for _, c := range must(p.PartitionByList()) {
			partition.Args = append(partition.Args, b.expr(c))
		}
	}
	if o := must(group.OrderBy()); o != nil {
		order.Args = b.orderBy(must(o.OrderByItemList()))
	}
	e := &Expr{Op: "over", Type: typeOf(n), Args: []*Expr{function, partition, order}}
	if frame := must(call.WindowFrame()); frame != nil {
		parts++
		e.Name = must(frame.FrameUnit()).String()
		for _, bound := range []*goccy.ResolvedWindowFrameExpr{must(frame.StartExpr()), must(frame.EndExpr())} {
			part := &Expr{Op: "part", Name: must(bound.BoundaryType()).String()}
			if x := must(bound.Expression()); x != nil {
				part.Args = []*Expr{b.expr(x)}
			}
			e.Args = append(e.Args, part)
		}
	}
	b.whole(call, parts)
	return e
}

func (b *builder) cast(n *goccy.ResolvedCast) *Expr {
	e := &Expr{Op: "cast", Name: typeOf(n), Args: []*Expr{b.expr(must(n.Expr()))}}
	b.whole(n, 1) // no FORMAT, no time zone
	if p := must(n.TypeParameters()); p != nil && !must(p.IsEmpty()) {
		unsupported("CAST to a type with parameters")
	}
	if must(n.ReturnNullOnError()) {
		e.Name = "safe " + e.Name
	}
	return e
}

func (b *builder) subquery(n *goccy.ResolvedSubqueryExpr) *Expr {
	scan := must(n.Subquery())
	if c := must(n.InCollation()); (c != nil && !must(c.Empty())) || len(must(n.HintList())) > 0 {
		unsupported("a subquery with a collation or a hint")
	}
	kind := must(n.SubqueryType())
	order := b.order
	e := &Expr{Op: "subquery", Name: kind.String(), Block: b.scan(scan)}
	if kind == goccy.ResolvedSubqueryExprEnums_SubqueryTypeArray && b.order != nil {
		e.Args = append(e.Args, &Expr{Op: "part", Name: "order", Args: b.order})
	}
	b.order = order
	if kind != goccy.ResolvedSubqueryExprEnums_SubqueryTypeExists {
		for _, c := range columnsOf(scan) {
			e.Args = append(e.Args, &Expr{Op: "part", Name: "gives", Args: []*Expr{b.column(c)}})
		}
	}
	if in := must(n.InExpr()); in != nil {
		e.Args = append(e.Args, &Expr{Op: "part", Name: "in", Args: []*Expr{b.expr(in)}})
	}
	return e
}

// pullUp moves the conditions on the keys alone out of a group's block and returns them as conditions on the
// groups: they hold for all rows of a group or for none.
func (s *Source) pullUp() (pulled []*Expr) {
	in := s.Inputs[0]
	var kept []*Expr
	for _, c := range in.Conds {
		if up, ok := c.ofKeys(s); ok {
			pulled = append(pulled, up)
		} else {
			kept = append(kept, c)
		}
	}
	in.Conds = kept
	return pulled
}

// ofKeys turns an expression over a group's block into one over the group, if it consists of keys and names
// at least one. A key may group values that are equal and differ otherwise, as 0 and -0: a condition then
// depends on which one stands for the group.
func (e *Expr) ofKeys(s *Source) (up *Expr, ok bool) {
	named := false
	var lift func(e *Expr) *Expr
	lift = func(e *Expr) *Expr {
		for _, key := range s.Keys {
			if !groupsUnlike(key.Type) && Equal(key, e) {
				named = true
				return &Expr{Op: "ref", Source: s, Args: []*Expr{key}, Type: key.Type}
			}
		}
		if e.Op == "ref" || e.Block != nil {
			return nil
		}
		copied := *e
		copied.Args = make([]*Expr, len(e.Args))
		for i, a := range e.Args {
			if copied.Args[i] = lift(a); copied.Args[i] == nil {
				return nil
			}
		}
		return &copied
	}
	up = lift(e)
	return up, up != nil && named
}

// groupsUnlike reports whether values of a type can be equal and yet differ: 0 and -0, a month and 30 days.
func groupsUnlike(typ string) bool {
	return strings.Contains(typ, "FLOAT") || strings.Contains(typ, "INTERVAL")
}

// Equal reports whether two expressions of one block are the same.
func Equal(a, b *Expr) bool {
	if a == b {
		return true
	}
	if a.Op != b.Op || a.Name != b.Name || a.Type != b.Type || a.Source != b.Source || a.Block != nil || b.Block != nil ||
		len(a.Args) != len(b.Args) {
		return false
	}
	for i := range a.Args {
		if !Equal(a.Args[i], b.Args[i]) {
			return false
		}
	}
	return true
}

// normal returns a call in its normal form: of several forms with the same meaning, always the same one.
func normal(e *Expr) *Expr {
	switch e.Name {
	case "$greater", "$greater_or_equal":
		swapped := map[string]string{"$greater": "$less", "$greater_or_equal": "$less_or_equal"}
		return &Expr{Op: "call", Name: swapped[e.Name], Type: e.Type, Args: []*Expr{e.Args[1], e.Args[0]}}
	case "$between":
		x, low, high := e.Args[0], e.Args[1], e.Args[2]
		return call("$and", call("$less_or_equal", low, x), call("$less_or_equal", x, high))
	case "$in":
		if len(e.Args) == 2 {
			return call("$equal", e.Args...)
		}
	case "$not":
		if a := e.Args[0]; a.Op == "call" && len(a.Args) > 0 {
			switch a.Name {
			case "$equal":
				return call("$not_equal", a.Args...)
			case "$not_equal":
				return call("$equal", a.Args...)
			case "$not":
				return a.Args[0]
			}
		}
	case "$and", "$or":
		flat := call(e.Name)
		for _, a := range e.Args {
			if a.Op == "call" && a.Name == e.Name {
				flat.Args = append(flat.Args, a.Args...)
			} else {
				flat.Args = append(flat.Args, a)
			}
		}
		return flat
	}
	return e
}

func call(name string, args ...*Expr) *Expr {
	return &Expr{Op: "call", Name: name, Type: "BOOL", Args: args}
}

// commutes lists the calls whose arguments may come in any order; true: and a repeated argument changes
// nothing.
var commutes = map[string]bool{
	"$and": true, "$or": true, "$add": false, "$multiply": false, "$equal": false, "$not_equal": false,
	"$bitwise_and": false, "$bitwise_or": false, "$bitwise_xor": false,
}
