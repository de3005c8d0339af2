package algebra

import (
	"fmt"
	"slices"
	"strings"
)

// A Namer gives sources names, so that expressions of one relation can be compared with those of another: two texts are
// equal only when what they stand for is the same under the names.
type Namer struct {
	names  map[*Source]string
	inputs map[*Source][]int // of an All, the order of its blocks
	orders map[*Block][]*Source
	depth  int // of the subquery that is written
}

// NewNamer names the sources of a block in the order of what they are; those that are alike in the order of the given
// permutation, nil for that in which they stand.
func NewNamer(b *Block, order []*Source) *Namer {
	n := newNamer()
	if order == nil {
		order = n.sorted(b)
	}
	for i, s := range order {
		n.name(s, fmt.Sprintf("%d", i))
	}
	return n
}

func newNamer() *Namer {
	return &Namer{names: map[*Source]string{}, inputs: map[*Source][]int{}, orders: map[*Block][]*Source{}}
}

// sorted are the sources of a block by what they are.
func (n *Namer) sorted(b *Block) []*Source {
	if order, ok := n.orders[b]; ok {
		return order
	}
	order := slices.Clone(b.Sources)
	shape := n.shapes(b)
	slices.SortStableFunc(order, func(a, c *Source) int { return strings.Compare(shape[a], shape[c]) })
	n.orders[b] = order
	return order
}

// shapes tell what each source of a block is, its neighbours having no names yet but their own kinds.
func (n *Namer) shapes(b *Block) map[*Source]string {
	for _, s := range b.Sources {
		n.name(s, string(s.Kind)+" "+s.Table)
	}
	shape := map[*Source]string{}
	for _, s := range b.Sources {
		shape[s] = n.Source(s)
	}
	return shape
}

// name names a source, and all within it after it.
func (n *Namer) name(s *Source, name string) {
	n.names[s] = name
	var texts []string
	for i, in := range s.Inputs {
		for j, inner := range n.sorted(in) {
			n.name(inner, fmt.Sprintf("%s.%d", name, j))
		}
		if s.Kind == All {
			texts = append(texts, n.Block(in)+fmt.Sprintf(" %04d", i))
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

// Block is the text of a block whose sources have names.
func (n *Namer) Block(b *Block) string {
	var parts []string
	for _, s := range b.Sources {
		parts = append(parts, n.Named(s))
	}
	slices.Sort(parts)
	return "{" + strings.Join(parts, "; ") + " where " + n.set(b.Conds) + "}"
}

// Named is the text of a source with its name.
func (n *Namer) Named(s *Source) string { return n.names[s] + "=" + n.Source(s) }

// Source is the text of what a source is, without its name.
func (n *Namer) Source(s *Source) string {
	var inputs []string
	for i := range s.Inputs {
		if order := n.inputs[s]; order != nil {
			i = order[i]
		}
		inputs = append(inputs, n.Block(s.Inputs[i]))
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

// set is a list of expressions in any order, each once.
func (n *Namer) set(list []*Expr) string {
	texts := make([]string, len(list))
	for i, e := range list {
		texts[i] = n.Expr(e)
	}
	slices.Sort(texts)
	return "[" + strings.Join(slices.Compact(texts), ", ") + "]"
}

func (n *Namer) list(list []*Expr) string {
	texts := make([]string, len(list))
	for i, e := range list {
		texts[i] = n.Expr(e)
	}
	return "(" + strings.Join(texts, ", ") + ")"
}

// Expr is the text of an expression over sources that have names.
func (n *Namer) Expr(e *Expr) string {
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
			n.name(s, fmt.Sprintf("%d:%d", n.depth, i)) // unlike those of the queries around it
		}
		return fmt.Sprintf("%s %s%s", e.Name, n.Block(e.Block), n.list(e.Args))
	}
	if once, ok := commutes[e.Name]; ok && e.Op == "call" {
		if once {
			return e.Name + n.set(e.Args)
		}
		texts := make([]string, len(e.Args))
		for i, a := range e.Args {
			texts[i] = n.Expr(a)
		}
		slices.Sort(texts)
		return e.Name + "(" + strings.Join(texts, ", ") + ")"
	}
	if e.Op == "call" && strings.HasSuffix(e.Name, "$in") && len(e.Args) > 1 {
		return e.Name + "(" + n.Expr(e.Args[0]) + ", " + n.set(e.Args[1:]) + ")"
	}
	return fmt.Sprintf("%s:%q%s", e.Op, e.Name, n.list(e.Args))
}

func (n *Namer) ref(e *Expr) string {
	if len(e.Args) == 0 {
		return fmt.Sprintf("#%s.%q", n.names[e.Source], e.Name)
	}
	texts := make([]string, len(e.Args))
	for i := range e.Args {
		from := i
		if order := n.inputs[e.Source]; order != nil {
			from = order[i]
		}
		texts[i] = n.Expr(e.Args[from])
	}
	return fmt.Sprintf("#%s.%q<%s>", n.names[e.Source], e.Name, strings.Join(texts, " | "))
}

// maxOrders bounds the orders that are tried of sources that are alike.
const maxOrders = 720

// Orders are the orders in which a block's sources may be named: those that are alike in each order, as long as these are
// few.
func Orders(b *Block) [][]*Source {
	n := newNamer()
	order, shape := n.sorted(b), n.shapes(b)
	orders := [][]*Source{nil}
	for len(order) > 0 {
		alike := 1
		for alike < len(order) && shape[order[alike]] == shape[order[0]] {
			alike++
		}
		ways := permutations(order[:alike])
		if len(orders)*len(ways) > maxOrders {
			ways = [][]*Source{order[:alike]}
		}
		var longer [][]*Source
		for _, o := range orders {
			for _, w := range ways {
				longer = append(longer, append(slices.Clone(o), w...))
			}
		}
		orders, order = longer, order[alike:]
	}
	return orders
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
