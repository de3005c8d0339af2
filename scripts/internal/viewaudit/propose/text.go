package propose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"example.com/rollcall/shared/partition"
)

// width is where lines of the header break.
const width = 112

// Text is the model's file.
func (m *Model) Text() string {
	var b strings.Builder
	b.WriteString("/*\n")
	if m.View.Made != nil {
		b.WriteString(comment("Made from the view " + m.View.Made[0] + ", with the columns of others; holds the rows of " +
			strings.Join(m.Replaces, ", ") + "."))
	} else if len(m.Replaces) == 1 {
		b.WriteString(comment("Made from the view " + m.Replaces[0] + "."))
	} else {
		b.WriteString(comment("Made from the view " + m.View.Title() + "; holds the rows of " + strings.Join(m.Replaces, ", ") + "."))
	}
	for _, t := range m.Unknown {
		b.WriteString(comment(fmt.Sprintf("Unknown: %s is no table of this project, and stands here as %s. Load it by a source of "+
			"its own, or name the table that has its rows.", t.Name, raw(t))))
	}
	for _, fault := range m.Faults {
		b.WriteString(comment("Does not compile yet: " + fault))
	}
	fmt.Fprintf(&b, "description:%s\n", text(m.description(), 2))
	fmt.Fprintf(&b, "grain: %s\n", cmp.Or(m.Grain, partition.Daily))
	if m.Incremental() {
		fmt.Fprintf(&b, "materialized: incremental\nincremental_strategy: insert_overwrite\npartition_by: %s\n", m.PartitionBy)
	} else {
		b.WriteString("materialized: table\n")
	}
	if len(m.UniqueKey) > 0 {
		fmt.Fprintf(&b, "unique_key: [%s]\n", strings.Join(m.UniqueKey, ", "))
	}
	if len(m.Inputs) > 0 {
		b.WriteString("inputs:\n")
	}
	for _, in := range m.Inputs {
		mappings := strings.Join(in.Mappings, ", ")
		if len(in.Mappings) > 1 {
			mappings = "[" + mappings + "]"
		}
		fmt.Fprintf(&b, "  %s: %s\n", in.Table, mappings)
	}
	b.WriteString("columns:\n")
	for _, c := range m.Columns {
		fmt.Fprintf(&b, "  - name: %s\n    description:%s\n", c.Name, text(c.Description, 6))
		if c.NotNull {
			b.WriteString("    tests: [not_null]\n")
		}
	}
	b.WriteString("*/\n" + strings.TrimSpace(m.SQL) + "\n")
	return b.String()
}

// description is what the view says of itself, or else what can be said of it.
func (m *Model) description() string {
	if m.View.Description != "" {
		return m.View.Description
	}
	if len(m.UniqueKey) > 0 && !slices.ContainsFunc(m.Notes, func(n Note) bool { return strings.HasPrefix(n.Text, "unique_key is a guess") }) {
		if m.View.Made != nil {
			return fmt.Sprintf("One row per %s, as the views %s had it.", and(m.UniqueKey), m.View.Title())
		}
		return fmt.Sprintf("One row per %s, as the view %s had it.", and(m.UniqueKey), m.View.Title())
	}
	if m.View.Made != nil {
		return fmt.Sprintf("The rows of the views %s.", m.View.Title())
	}
	return fmt.Sprintf("The rows of the view %s.", m.View.Title())
}

func and(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// text is a YAML scalar after its key: on the same line if it is short, or else folded, its lines indented.
func text(s string, indent int) string {
	s = safe(s)
	short, err := yaml.Marshal(s)
	if line := strings.TrimSpace(string(short)); err == nil && !strings.Contains(line, "\n") && len(line) < width-30 {
		return " " + line
	}
	return " >\n" + wrap(s, strings.Repeat(" ", indent))
}

// safe is a text in one line that does not end the comment that it stands in.
func safe(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "*/", "* /")
}

func comment(s string) string { return wrap(safe(s), "# ") + "\n" }

// wrap breaks a text into lines that each begin with the given indent.
func wrap(s, indent string) string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && len(indent)+len(line)+1+len(word) > width {
			lines = append(lines, indent+line)
			line = ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return strings.Join(append(lines, indent+line), "\n")
}
