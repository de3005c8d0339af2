package standing

import (
	"slices"

	"example.com/rollcall/coordinator/plan"
)

// index answers questions about a Reading's decisions without going through all of them. It is made when it is first needed, and
// anew when decisions have been added.
type index struct {
	size      int                           // of the decisions that it is of
	decisions map[plan.TablePartition]int   // by what the model makes
	blocks    map[plan.TablePartition][]int // places in the manifest of the models that wait for something at the bottom
}

func (r *Reading) indexed() *index {
	if r.index.decisions != nil && r.index.size == len(r.Decisions) {
		return &r.index
	}
	r.index = index{len(r.Decisions), map[plan.TablePartition]int{}, map[plan.TablePartition][]int{}}
	for n, d := range r.Decisions {
		r.index.decisions[makes(d)] = n
	}
	for _, d := range r.Decisions {
		place := slices.Index(r.Manifest.Models, d.Model)
		for _, w := range r.roots(d) {
			if i, found := slices.BinarySearch(r.index.blocks[w], place); !found {
				r.index.blocks[w] = slices.Insert(r.index.blocks[w], i, place)
			}
		}
	}
	return &r.index
}

// makes is the table's partition that a decision is about.
func makes(d plan.Decision) plan.TablePartition {
	return plan.TablePartition{Table: d.Model.TableName(), Partition: d.Partition}
}

func (r *Reading) decision(w plan.TablePartition) (plan.Decision, bool) {
	n, ok := r.indexed().decisions[w]
	if !ok {
		return plan.Decision{}, false
	}
	return r.Decisions[n], true
}

// roots is what a target waits for at the bottom: raw tables that have not arrived, and models that have failed or are held
// or still to run.
func (r *Reading) roots(d plan.Decision) (list []plan.TablePartition) {
	known := r.indexed().decisions
	seen := map[plan.TablePartition]bool{}
	var visit func(d plan.Decision)
	visit = func(d plan.Decision) {
		for _, w := range d.Missing {
			if seen[w] {
				continue
			}
			seen[w] = true
			if n, ok := known[w]; ok && len(r.Decisions[n].Missing) > 0 {
				visit(r.Decisions[n])
				continue
			}
			list = append(list, w)
		}
	}
	visit(d)
	return list
}

// blocked are the models that wait for any of some things at the bottom, in dependency order.
func (r *Reading) blocked(what ...plan.TablePartition) (names []string) {
	var places []int
	for _, w := range what {
		places = append(places, r.indexed().blocks[w]...)
	}
	slices.Sort(places)
	for _, place := range slices.Compact(places) {
		names = append(names, r.Manifest.Models[place].Name)
	}
	return names
}
