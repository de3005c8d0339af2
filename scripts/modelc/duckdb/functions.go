package duckdb

import (
	"fmt"
	"maps"
	"strings"
)

// A function says how the calls of one GoogleSQL function are written.
type function struct {
	min, max  int    // how many arguments it may have; max < 0: any number
	modifiers string // words that may stand among the arguments
	name      string // DuckDB's name, where it is another and nothing else differs
	// rewrite gives the call, where more than the name differs; nil: the arguments stay as written.
	rewrite func(c *call) string
	wrap    string // what is to be around the call and any OVER behind it, %s in its place; empty: nothing
	literal []int  // arguments that may stay literals without a type
}

// A call is one function call.
type call struct {
	*rewriter
	n         *node
	name      string // in upper case
	args      []*node
	modifiers map[string]bool // the words among the arguments: DISTINCT, IGNORE, RESPECT, NULLS
	orderBy   *node           // nil: none
	limit     *node
	wrap      string // see function; rewrite may change it
}

// functions are all functions that are rewritten, by name.
func functions() map[string]function {
	all := map[string]function{}
	for _, list := range []map[string]function{
		conditionals(), numbers(), texts(), dates(), timestamps(), aggregates(), windows(), arraysAndJSON(),
	} {
		maps.Copy(all, list)
	}
	return all
}

// call is the text of a function call, and of what is to be around it and its OVER.
func (r *rewriter) call(n *node) (core, wrap string) {
	c := &call{rewriter: r, n: n, name: n.children[0].name(), modifiers: map[string]bool{}, wrap: "%s"}
	f, ok := r.functions[c.name]
	if !ok {
		return r.refuse(n, "function "+c.name, unknownReason), "%s"
	}
	for _, child := range n.children[1:] {
		switch child.kind {
		case "OrderBy":
			c.orderBy = child
		case "LimitOffset":
			c.limit = child
		case "HavingModifier", "WhereClause", "GroupBy", "Having", "ClampedBetweenModifier", "WithReportModifier", "NamedArgument", "Lambda", "Hint":
			return r.refuse(child, c.name, "with a "+wording(child)+" "+unknownReason), "%s"
		default:
			c.args = append(c.args, child)
		}
	}
	if len(c.args) < f.min || f.max >= 0 && len(c.args) > f.max {
		return r.refuse(n, c.name, fmt.Sprintf("with %d arguments %s", len(c.args), unknownReason)), "%s"
	}
	for _, word := range r.marks(n) {
		c.modifiers[word] = true
	}
	if refused := c.checkModifiers(f.modifiers); refused {
		return "NULL", "%s"
	}
	if f.wrap != "" {
		c.wrap = f.wrap
	}
	if f.rewrite != nil {
		return f.rewrite(c), c.wrap
	}
	name := f.name
	if name == "" {
		name = r.source(n.children[0])
	}
	return c.asWritten(name, f.modifiers, f.literal), c.wrap
}

func (c *call) checkModifiers(allowed string) (refused bool) {
	words := strings.Fields(allowed)
	for word := range c.modifiers {
		if !contains(words, word) {
			c.refuse(c.n, c.name, "with "+word+" "+unknownReason)
			refused = true
		}
	}
	for word, n := range map[string]*node{"ORDER": c.orderBy, "LIMIT": c.limit} {
		if n != nil && !contains(words, word) {
			c.refuse(n, c.name, "with "+word+" "+unknownReason)
			refused = true
		}
	}
	return refused
}

// asWritten is the call under DuckDB's name, all else as it was written.
func (c *call) asWritten(name, modifiers string, literal []int) string {
	return c.splice(c.n, modifiers, func(child *node) string {
		if child == c.n.children[0] {
			return name
		}
		for _, i := range literal {
			if i < len(c.args) && c.args[i] == child {
				return c.bareText(child)
			}
		}
		return c.text(child)
	})
}

// arg is the i-th argument's text.
func (c *call) arg(i int) string { return c.text(c.args[i]) }

// list is the arguments' texts, separated by commas.
func (c *call) list(text func(*node) string) string {
	texts := make([]string, len(c.args))
	for i, a := range c.args {
		texts[i] = text(a)
	}
	return strings.Join(texts, ", ")
}

// typeIs tells whether the i-th argument has one of the types; if not, the call is refused.
func (c *call) typeIs(i int, types ...string) bool {
	have := c.typeOf(c.args[i])
	if contains(types, have) {
		return true
	}
	c.refuse(c.n, c.name, "of "+have+" "+unknownReason)
	return false
}

// analytic is a call with OVER.
func (r *rewriter) analytic(n *node) string {
	if n.children[0].kind != "FunctionCall" {
		return r.refuse(n, wording(n), unknownReason)
	}
	wrap := "%s"
	text := r.splice(n, "OVER", func(c *node) string {
		if c.kind != "FunctionCall" {
			return r.text(c)
		}
		var core string
		core, wrap = r.call(c)
		return core
	})
	return fmt.Sprintf(wrap, text)
}
