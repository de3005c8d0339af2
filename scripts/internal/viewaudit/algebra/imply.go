package algebra

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

// facts holds conditions that are TRUE for a row.
type facts struct {
	texts map[string]bool
	conds []*Expr
	namer *namer
}

// imply reports whether a condition, whose sources are named by n, is TRUE whenever the facts are.
func (f facts) imply(c *Expr, n *namer) bool {
	if f.texts[n.expr(c)] {
		return true
	}
	if c.Op != "call" {
		return false
	}
	if c.Name == "$or" {
		return slices.ContainsFunc(c.Args, func(a *Expr) bool { return f.imply(a, n) })
	}
	if c.Name == "$and" { // within an OR
		return !slices.ContainsFunc(c.Args, func(a *Expr) bool { return !f.imply(a, n) })
	}
	if x, ok := notNull(c); ok {
		return f.known(n.expr(x))
	}
	wanted, ok := boundOf(c, n)
	if !ok {
		return false
	}
	return slices.ContainsFunc(f.conds, func(fact *Expr) bool {
		have, ok := boundOf(fact, f.namer)
		return ok && have.of == wanted.of && have.within(wanted)
	})
}

// notNull returns the expression that a condition requires to be not NULL.
func notNull(c *Expr) (*Expr, bool) {
	if c.Name == "$not" && c.Args[0].Op == "call" && c.Args[0].Name == "$is_null" {
		return c.Args[0].Args[0], true
	}
	return nil, false
}

// known reports whether the facts compare an expression with something, which is never TRUE for NULL.
func (f facts) known(text string) bool {
	return slices.ContainsFunc(f.conds, func(c *Expr) bool {
		if c.Op != "call" {
			return false
		}
		switch c.Name {
		case "$less", "$less_or_equal", "$equal", "$not_equal", "$like":
			return slices.ContainsFunc(c.Args, func(a *Expr) bool { return f.namer.expr(a) == text })
		case "$in":
			return f.namer.expr(c.Args[0]) == text
		}
		return false
	})
}

// bound is a condition on an expression: it is one of some values, or lies below or above a value.
type bound struct {
	of     string // the expression
	values []value
	low    *value // nil: none
	high   *value
	openLo bool // low itself is excluded
	openHi bool
}

func boundOf(c *Expr, n *namer) (bound, bool) {
	if c.Op != "call" || len(c.Args) < 2 {
		return bound{}, false
	}
	switch c.Name {
	case "$in":
		b := bound{of: n.expr(c.Args[0])}
		for _, a := range c.Args[1:] {
			v, ok := valueOf(a, n)
			if !ok {
				return bound{}, false
			}
			b.values = append(b.values, v)
		}
		return b, true
	case "$equal", "$less", "$less_or_equal":
		left, right := c.Args[0], c.Args[1]
		v, fixed := valueOf(right, n)
		if w, ok := valueOf(left, n); ok && !fixed {
			b := bound{of: n.expr(right), low: &w, openLo: c.Name == "$less"}
			if c.Name == "$equal" {
				b = bound{of: b.of, values: []value{w}}
			}
			return b, true
		} else if ok || !fixed {
			return bound{}, false
		}
		b := bound{of: n.expr(left), high: &v, openHi: c.Name == "$less"}
		if c.Name == "$equal" {
			b = bound{of: b.of, values: []value{v}}
		}
		return b, true
	}
	return bound{}, false
}

// within reports whether o allows everything that b allows.
func (b bound) within(o bound) bool {
	if b.values != nil {
		return !slices.ContainsFunc(b.values, func(v value) bool { return !o.allows(v) })
	}
	switch {
	case o.values != nil:
		return false
	case o.low != nil:
		order, ok := 0, b.low != nil
		if ok {
			order, ok = b.low.compare(*o.low)
		}
		return ok && (order > 0 || (order == 0 && (b.openLo || !o.openLo)))
	default:
		order, ok := 0, b.high != nil
		if ok {
			order, ok = b.high.compare(*o.high)
		}
		return ok && (order < 0 || (order == 0 && (b.openHi || !o.openHi)))
	}
}

func (b bound) allows(v value) bool {
	if b.values != nil {
		return slices.ContainsFunc(b.values, func(w value) bool { order, ok := v.compare(w); return ok && order == 0 })
	}
	if b.low != nil {
		order, ok := v.compare(*b.low)
		return ok && (order > 0 || order == 0 && !b.openLo)
	}
	order, ok := v.compare(*b.high)
	return ok && (order < 0 || order == 0 && !b.openHi)
}

// value is a constant, or a number of days from a date that is fixed while a query runs, such as
// CURRENT_DATE.
type value struct {
	kind   string // values of different kinds have no order
	number *big.Rat
	text   string
}

func (v value) compare(o value) (order int, ok bool) {
	if v.kind != o.kind {
		return 0, false
	}
	if v.number != nil {
		return v.number.Cmp(o.number), true
	}
	return strings.Compare(v.text, o.text), true
}

func valueOf(e *Expr, n *namer) (value, bool) {
	switch e.Op {
	case "literal":
		return literal(e)
	case "parameter":
		return value{kind: "date @" + e.Name, number: new(big.Rat)}, e.Type == "DATE"
	case "call":
		return days(e, n)
	}
	return value{}, false
}

func literal(e *Expr) (value, bool) {
	text := e.Name
	if i := strings.IndexAny(text, `"'`); i >= 0 {
		unquoted, err := strconv.Unquote(text[i:])
		if err != nil {
			return value{}, false
		}
		text = unquoted
	}
	switch e.Type {
	case "INT64", "NUMERIC":
		number, ok := new(big.Rat).SetString(text)
		return value{kind: e.Type, number: number}, ok
	case "DATE":
		day, err := time.Parse(time.DateOnly, text)
		return value{kind: "date", number: new(big.Rat).SetInt64(day.Unix() / 86400)}, err == nil
	case "STRING":
		return value{kind: e.Type, text: text}, strings.ContainsAny(e.Name, `"'`)
	case "BOOL":
		return value{kind: e.Type, text: text}, text == "true" || text == "false"
	}
	return value{}, false
}

// days returns the value of CURRENT_DATE(), or of a date some days before or after it.
func days(e *Expr, n *namer) (value, bool) {
	if e.Name == "current_date" {
		return value{kind: "date " + n.expr(e), number: new(big.Rat)}, true
	}
	sign := map[string]int64{"date_sub": -1, "date_add": 1}[e.Name]
	if sign == 0 || len(e.Args) != 3 ||
		!strings.Contains(e.Args[2].Name, "DAY") || strings.Contains(e.Args[2].Name, "DAYOF") {
		return value{}, false
	}
	base, ok := valueOf(e.Args[0], n)
	count, isNumber := literal(e.Args[1])
	if !ok || !isNumber || base.number == nil || !strings.HasPrefix(base.kind, "date") || count.kind != "INT64" {
		return value{}, false
	}
	base.number = new(big.Rat).Add(base.number, new(big.Rat).Mul(count.number, new(big.Rat).SetInt64(sign)))
	return base, true
}
