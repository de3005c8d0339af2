package compare

import (
	"fmt"
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/viewaudit/algebra"
)

// alike reports whether two queries have so much in common that a person should look at both: the tables that they read,
// and half of the columns of the one that has more. The differences are then told.
func alike(this, other *algebra.Relation) (differences []string, ok bool) {
	if !slices.Equal(tables(this), tables(other)) || len(tables(this)) == 0 {
		return nil, false
	}
	mine, theirs := columns(this), columns(other)
	shared := 0
	var changed, onlyMine, onlyTheirs []string
	for _, c := range this.Columns {
		switch text, both := theirs[c.Name]; {
		case !both:
			onlyMine = append(onlyMine, c.Name)
		case text == mine[c.Name]:
			shared++
		default:
			changed = append(changed, fmt.Sprintf("%s is %s here, %s there", c.Name, mine[c.Name], text))
		}
	}
	for _, c := range other.Columns {
		if _, both := mine[c.Name]; !both {
			onlyTheirs = append(onlyTheirs, c.Name)
		}
	}
	if 2*shared < max(len(this.Columns), len(other.Columns)) {
		return nil, false
	}
	differences = append(differences, setDifference("groups by", keys(this), keys(other))...)
	differences = append(differences, setDifference("asks for", conditions(this), conditions(other))...)
	differences = append(differences, changed...)
	if len(onlyMine) > 0 {
		differences = append(differences, "only this gives "+strings.Join(onlyMine, ", "))
	}
	if len(onlyTheirs) > 0 {
		differences = append(differences, "only the other gives "+strings.Join(onlyTheirs, ", "))
	}
	if len(onlyMine) > 0 && len(onlyTheirs) > 0 && len(differences) == 2 {
		differences = append([]string{"they may well have the same rows: one view that gives the columns of both would do"}, differences...)
	}
	if len(differences) == 0 {
		differences = []string{"the difference is in how the tables are joined or nested"}
	}
	return differences, true
}

func setDifference(what string, mine, theirs []string) (list []string) {
	for _, side := range []struct {
		who       string
		has, hasn []string
	}{{"only this", mine, theirs}, {"only the other", theirs, mine}} {
		var texts []string
		for _, text := range side.has {
			if !slices.Contains(side.hasn, text) && !slices.Contains(texts, text) {
				texts = append(texts, text)
			}
		}
		if len(texts) > 0 {
			list = append(list, fmt.Sprintf("%s %s %s", side.who, what, strings.Join(texts, ", ")))
		}
	}
	return list
}

// tables are the names of the tables read, sorted, each once.
func tables(r *algebra.Relation) []string {
	var names []string
	for _, t := range r.Tables() {
		names = append(names, t.Table)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func columns(r *algebra.Relation) map[string]string {
	texts := map[string]string{}
	for _, c := range r.Columns {
		texts[c.Name] = algebra.SQL(c.Expr, nil)
	}
	return texts
}

func sources(r *algebra.Relation) (list []*algebra.Source) {
	seen := map[*algebra.Source]bool{}
	r.Block.All(func(s *algebra.Source) {
		if !seen[s] {
			seen[s] = true
			list = append(list, s)
		}
	})
	return list
}

func keys(r *algebra.Relation) (texts []string) {
	for _, s := range sources(r) {
		if s.Kind != algebra.Group {
			continue
		}
		for _, k := range s.Keys {
			texts = append(texts, algebra.SQL(k, nil))
		}
	}
	return texts
}

// conditions are the filters at every level.
func conditions(r *algebra.Relation) (texts []string) {
	add := func(b *algebra.Block) {
		for _, c := range b.Conds {
			texts = append(texts, algebra.SQL(c, nil))
		}
	}
	add(r.Block)
	for _, s := range sources(r) {
		for _, in := range s.Inputs {
			add(in)
		}
	}
	slices.Sort(texts)
	return texts
}
