package algebra

import (
	"fmt"
	"slices"
	"strings"
)

// namer gives names to sources, so that expressions of two relations can be compared: two texts are equal
// only when they stand for the same thing under the names.
type namer struct {
	names  map[*Source]string
	inputs map[*Source][]int // of an All, the order of its blocks
	orders map[*Block][]*Source
	depth  int // of the current subquery
}

// nameSources names the sources of a block in the given order; nil is the order of their texts.
func nameSources(b *Block, order []*Source) *namer {
	n := newNamer()
	if order == nil {
		order = n.sorted(b)
	}
	for i, s := range order {
		n.name(s, fmt.Sprintf("%d", i))
	}
	return n
}

func newNamer() *namer {
	return &namer{names: map[*Source]string{}, inputs: map[*Source][]int{}, orders: map[*Block][]*Source{}}
}

// sorted returns the sources of a block in the order of their texts.
func (n *namer) sorted(b *Block) []*Source {
	if order, ok := n.orders[b]; ok {
		return order
	}
	order := slices.Clone(b.Sources)
	shape := n.shapes(b)
	slices.SortStableFunc(order, func(a, c *Source) int { return strings.Compare(shape[a], shape[c]) })
	n.orders[b] = order
	return order
}

// shapes returns the text of each source of a block, with kinds and tables as the names of the others.
func (n *namer) shapes(b *Block) map[*Source]string {
	for _, s := range b.Sources {
		n.name(s, string(s.Kind)+" "+s.Table)
	}
	shape := map[*Source]string{}
	for _, s := range b.Sources {
		shape[s] = n.source(s)
	}
	return shape
}

// name names a source, and everything inside it after it.
func (n *namer) name(s *Source, name string) {
	n.names[s] = name
	var texts []string
	for i, in := range s.Inputs {
		for j, inner := range n.sorted(in) {
			n.name(inner, fmt.Sprintf("%s.%d", name, j))
		}
		if s.Kind == All {
			texts = append(texts, n.block(in)+fmt.Sprintf(" %04d", i))
		} else if len(s.Inputs) > 1 {
			for j, inner := range n.sorted(in) {
				n.name(inner, fmt.Sprintf("%s.%d.%d", name, i, j))
			}
		}
	}
	if s.Kind != All {
		return
	}
	order := make([]int, len(texts))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(texts[a], texts[b]) })
	n.inputs[s] = order
	for place, i := range order {
		for j, inner := range n.sorted(s.Inputs[i]) {
			n.name(inner, fmt.Sprintf("%s.%d.%d", name, place, j))
		}
	}
}

// block returns the text of a block whose sources have names.
func (n *namer) block(b *Block) string {
	var parts []string
	for _, s := range b.Sources {
		parts = append(parts, n.named(s))
	}
	slices.Sort(parts)
	return "{" + strings.Join(parts, "; ") + " where " + n.set(b.Conds) + "}"
}

// named returns the text of a source with its name.
func (n *namer) named(s *Source) string { return n.names[s] + "=" + n.source(s) }

// source returns the text of a source without its name.
func (n *namer) source(s *Source) string {
	var inputs []string
	for i := range s.Inputs {
		if order := n.inputs[s]; order != nil {
			i = order[i]
		}
		inputs = append(inputs, n.block(s.Inputs[i]))
	}
	keys := n.set(s.Keys)
	if s.Kind == Limit {
		keys = n.list(s.Keys)
	}
	var outputs []string
	for _, list := range s.Outputs {
		outputs = append(outputs, n.list(list))
	}
	return fmt.Sprintf("%s %q%s(%s) by %s %s", s.Kind, s.Table, s.Detail, strings.Join(inputs, ", "), keys,
		strings.Join(outputs, ""))
}

// set returns a list of expressions whose order and repetitions do not matter.
func (n *namer) set(list []*Expr) string {
	texts := n.texts(list)
	slices.Sort(texts)
	return "[" + strings.Join(slices.Compact(texts), ", ") + "]"
}

func (n *namer) list(list []*Expr) string { return "(" + strings.Join(n.texts(list), ", ") + ")" }

func (n *namer) texts(list []*Expr) []string {
	texts := make([]string, len(list))
	for i, e := range list {
		texts[i] = n.expr(e)
	}
	return texts
}

// expr returns the text of an expression over sources that have names.
func (n *namer) expr(e *Expr) string {
	switch e.Op {
	case "ref":
		return n.ref(e)
	case "literal":
		return e.Type + " " + e.Name
	case "parameter":
		return "@" + e.Name
	case "set":
		return e.Name + n.set(e.Args)
	case "subquery":
		n.depth++
		defer func() { n.depth-- }()
		for i, s := range n.sorted(e.Block) {
			n.name(s, fmt.Sprintf("%d:%d", n.depth, i)) // distinct from those of the queries around it
		}
		return fmt.Sprintf("%s %s%s", e.Name, n.block(e.Block), n.list(e.Args))
	}
	if once, ok := commutes[e.Name]; ok && e.Op == "call" {
		if once {
			return e.Name + n.set(e.Args)
		}
		texts := n.texts(e.Args)
		slices.Sort(texts)
		return e.Name + "(" + strings.Join(texts, ", ") + ")"
	}
	if e.Op == "call" && strings.HasSuffix(e.Name, "$in") && len(e.Args) > 1 {
		return e.Name + "(" + n.expr(e.Args[0]) + ", " + n.set(e.Args[1:]) + ")"
	}
	return fmt.Sprintf("%s:%q%s", e.Op, e.Name, n.list(e.Args))
}

func (n *namer) ref(e *Expr) string {
	if len(e.Args) == 0 {
		return fmt.Sprintf("#%s.%q", n.names[e.Source], e.Name)
	}
	texts := make([]string, len(e.Args))
	for i := range e.Args {
		from := i
		if order := n.inputs[e.Source]; order != nil {
			from = order[i]
		}
		texts[i] = n.expr(e.Args[from])
	}
	return fmt.Sprintf("#%s.%q<%s>", n.names[e.Source], e.Name, strings.Join(texts, " | "))
}

// maxOrders limits the orders that are tried of sources with equal texts.
const maxOrders = 720

// orders returns the orders in which a block's sources may be named: sources with equal texts in every order,
// as long as there are few.
func orders(b *Block) [][]*Source {
	n := newNamer()
	order, shape := n.sorted(b), n.shapes(b)
	found := [][]*Source{nil}
	for len(order) > 0 {
		alike := 1
		for alike < len(order) && shape[order[alike]] == shape[order[0]] {
			alike++
		}
		ways := permutations(order[:alike])
		if len(found)*len(ways) > maxOrders {
			ways = [][]*Source{order[:alike]}
		}
		var longer [][]*Source
		for _, o := range found {
			for _, w := range ways {
				longer = append(longer, append(slices.Clone(o), w...))
			}
		}
		found, order = longer, order[alike:]
	}
	return found
}

func permutations(list []*Source) [][]*Source {
	if len(list) < 2 || len(list) > 6 {
		return [][]*Source{list}
	}
	var all [][]*Source
	for i := range list {
		rest := slices.Concat(list[:i], list[i+1:])
		for _, p := range permutations(rest) {
			all = append(all, append([]*Source{list[i]}, p...))
		}
	}
	return all
}
