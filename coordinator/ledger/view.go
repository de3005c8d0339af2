package ledger

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"example.com/rollcall/shared/partition"
)

// View holds what has been listed of the ledger: everything that the names of some partitions show. In the
// zero View nothing is listed.
type View struct {
	pages map[partition.Partition]*page
	logs  map[Log]int // number of the newest record
	own   string      // id of the hold that Held ignores
}

type page struct {
	arrivals map[string][]Arrival // by table, oldest first
	resets   map[string]int       // by model; those of all models under ""
	epochs   map[string]int       // by model, the highest that its runs have counted
	holds    map[string]time.Time // when they end, by id
	released map[string]bool      // ids of holds
}

// Listed reports whether p has been listed. A View knows nothing of other partitions.
func (v *View) Listed(p partition.Partition) bool { return v.pages[p] != nil }

// Arrivals returns the versions of a table's partition, oldest first.
func (v *View) Arrivals(table string, p partition.Partition) []Arrival {
	if g := v.pages[p]; g != nil {
		return g.arrivals[table]
	}
	return nil
}

// Newest returns the newest version of a table's partition, which is its state.
func (v *View) Newest(table string, p partition.Partition) (Arrival, bool) {
	list := v.Arrivals(table, p)
	if len(list) == 0 {
		return Arrival{}, false
	}
	return list[len(list)-1], true
}

// LoadedSince reports whether every one of some tables has an arrival for a partition by a load with this id or a later
// one. The ids begin with the time.
func (v *View) LoadedSince(tables []string, p partition.Partition, id string) bool {
	return !slices.ContainsFunc(tables, func(table string) bool {
		return !slices.ContainsFunc(v.Arrivals(table, p), func(a Arrival) bool { return a.LoadID >= id })
	})
}

// Tables returns the names of the tables that have an arrival in p, sorted.
func (v *View) Tables(p partition.Partition) []string {
	if g := v.pages[p]; g != nil {
		return slices.Sorted(maps.Keys(g.arrivals))
	}
	return nil
}

// Epoch returns how often a model was reset at p, alone or with all models.
func (v *View) Epoch(p partition.Partition, model string) int {
	if g := v.pages[p]; g != nil {
		return max(g.resets[""]+g.resets[model], g.epochs[model])
	}
	return 0
}

// Seq returns the number of the newest record of a log, or 0 if there is none.
func (v *View) Seq(log Log) int { return v.logs[log] }

// AddRun adds the arrivals and the epoch that a run's record was made from, and reports whether v lacked
// any of them. A listing reads names in order while others write, so it can show a run but not yet the
// arrival or the reset that started the run. A decision must not be older than the run that it follows.
// Resets only become more, so the larger of two epochs is the newer.
func (v *View) AddRun(run Run) (changed bool) {
	for _, a := range run.Inputs {
		if v.Listed(a.Partition) && v.addArrival(a) {
			changed = true
		}
	}
	if g := v.pages[run.Partition]; g != nil && run.Epoch > v.Epoch(run.Partition, run.Model) {
		g.epochs[run.Model], changed = run.Epoch, true
	}
	return changed
}

// open marks p as listed and returns its page.
func (v *View) open(p partition.Partition) *page {
	if v.pages == nil {
		v.pages = map[partition.Partition]*page{}
	}
	g := v.pages[p]
	if g == nil {
		g = &page{arrivals: map[string][]Arrival{}, resets: map[string]int{}, epochs: map[string]int{},
			holds: map[string]time.Time{}, released: map[string]bool{}}
		v.pages[p] = g
	}
	return g
}

func (v *View) setSeq(log Log, seq int) {
	if v.logs == nil {
		v.logs = map[Log]int{}
	}
	v.logs[log] = max(v.logs[log], seq)
}

func (v *View) addArrival(a Arrival) (added bool) {
	g := v.open(a.Partition)
	list := g.arrivals[a.Table]
	i, found := slices.BinarySearchFunc(list, a, func(x, y Arrival) int { return strings.Compare(x.name(), y.name()) })
	if !found {
		g.arrivals[a.Table] = slices.Insert(list, i, a)
	}
	return !found
}

// add adds one name of a listing. It ignores folders that this package does not write, so that a later
// version may write more. A malformed name in a folder that it does write is an error.
func (v *View) add(name string) error {
	parts := strings.Split(name, "/")
	if parts[0]+"/" != partitions || len(parts) < 4 {
		return nil
	}
	p, err := partition.Parse(parts[1])
	if err != nil {
		return misnamed(name, err)
	}
	base := parts[len(parts)-1]
	switch kind := parts[2]; {
	case kind == "arrivals" && len(parts) == 5:
		a, err := parseArrival(p, parts[3], base)
		if err != nil {
			return misnamed(name, err)
		}
		v.addArrival(a)
	case kind == "epoch" && len(parts) <= 5:
		seq, err := parseSeq(base)
		if err != nil {
			return misnamed(name, err)
		}
		model := strings.Join(parts[3:len(parts)-1], "")
		g := v.open(p)
		g.resets[model] = max(g.resets[model], seq)
	case kind == "holds" && len(parts) == 4:
		if err := v.open(p).addHold(base); err != nil {
			return misnamed(name, err)
		}
	case (kind == "runs" || kind == "overdue") && len(parts) == 5:
		seq, err := parseSeq(base)
		if err != nil {
			return misnamed(name, err)
		}
		v.open(p)
		v.setSeq(Log(strings.TrimSuffix(name, base)), seq)
	}
	return nil
}

func misnamed(name string, err error) error {
	return fmt.Errorf("ledger: object %.400q has a name that Rollcall does not write; move it out of the bucket: %w",
		name, err)
}
