package viewaudit

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// rawName returns the name under which an unknown table would be loaded, which no other table has.
func (p *planner) rawName(t *Table) string {
	if name := p.rawNames[t.Name]; name != "" {
		return name
	}
	dataset, short, _ := strings.Cut(t.Name, ".")
	if i := strings.LastIndex(dataset, ":"); i >= 0 {
		short = dataset[:i] + "_" + short
	}
	short = "raw." + snake(short)
	taken := func(name string) bool {
		return slices.Contains(slices.Collect(maps.Values(p.rawNames)), name) ||
			slices.ContainsFunc(p.settings.project.Tables, func(o *Table) bool { return o.Name == name })
	}
	name := short
	for i := 2; taken(name); i++ {
		name = fmt.Sprintf("%s_%d", short, i)
	}
	p.rawNames[t.Name] = name
	return name
}

var (
	viewPrefix  = regexp.MustCompile(`^(v|vw|view|vista)_`)
	viewSuffix  = regexp.MustCompile(`_(v|vw|view)$`)
	camelCase   = regexp.MustCompile(`([a-z0-9])([A-Z])`)
	otherChars  = regexp.MustCompile(`[^a-z0-9_]+`)
	underscores = regexp.MustCompile(`__+`)
)

// snake returns a name in lower snake case.
func snake(name string) string {
	name = otherChars.ReplaceAllString(strings.ToLower(camelCase.ReplaceAllString(name, "${1}_$2")), "_")
	name = strings.Trim(underscores.ReplaceAllString(name, "_"), "_")
	if name == "" || name[0] < 'a' {
		name = "x_" + name
	}
	return strings.TrimRight(name[:min(len(name), 100)], "_")
}

// name returns a new name for a view's model.
func (p *planner) name(v *View) string {
	dataset, view, _ := strings.Cut(v.Name, ".")
	if v.MadeFrom != nil {
		view = strings.TrimSuffix(view, "_wide")
	}
	short := viewSuffix.ReplaceAllString(viewPrefix.ReplaceAllString(snake(view), ""), "")
	long := snake(dataset + "_" + short)
	name := short
	for i := 2; p.names[name]; i++ {
		name = long
		if dataset == noDataset || p.names[name] {
			name = fmt.Sprintf("%s_%d", short, i)
		}
	}
	p.names[name] = true
	return name
}
