package viewaudit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"example.com/rollcall/shared/partition"
)

// headerWidth is the width of the lines in a header.
const headerWidth = 112

// Text returns the text of the model's file.
func (m *Model) Text() string {
	var b strings.Builder
	b.WriteString("/*\n")
	origin := m.View.Title()
	if m.View.MadeFrom != nil {
		origin = m.View.MadeFrom[0] + ", with the columns of others"
	}
	if m.View.MadeFrom != nil || len(m.Replaces) != 1 {
		origin += "; holds the rows of " + strings.Join(m.Replaces, ", ")
	}
	b.WriteString(comment("Made from the view " + origin + "."))
	for _, t := range m.Unknown {
		b.WriteString(comment(fmt.Sprintf("Unknown: %s is not a table of this project; this model reads it as %s. "+
			"Load it with a new source, or name the table that has its rows.", t.Name, t.As)))
	}
	for _, finding := range m.Findings {
		b.WriteString(comment("Does not compile yet: " + finding))
	}
	fmt.Fprintf(&b, "description:%s\n", scalar(m.description(), 2))
	fmt.Fprintf(&b, "grain: %s\n", cmp.Or(m.Grain, partition.Daily))
	if m.Incremental() {
		b.WriteString("materialized: incremental\nincremental_strategy: insert_overwrite\n")
		fmt.Fprintf(&b, "partition_by: %s\n", m.PartitionBy)
	} else {
		b.WriteString("materialized: table\n")
	}
	if len(m.UniqueKey) > 0 {
		fmt.Fprintf(&b, "unique_key: [%s]\n", strings.Join(m.UniqueKey, ", "))
	}
	if len(m.listed()) > 0 {
		b.WriteString("inputs:\n")
	}
	for _, in := range m.listed() {
		fmt.Fprintf(&b, "  %s: %s\n", in.Table, mappingText(in))
	}
	b.WriteString("columns:\n")
	for _, c := range m.Columns {
		fmt.Fprintf(&b, "  - name: %s\n    description:%s\n", c.Name, scalar(c.Description, 6))
		if c.NotNull {
			b.WriteString("    tests: [not_null]\n")
		}
	}
	b.WriteString("*/\n" + strings.TrimSpace(m.SQL) + "\n")
	return b.String()
}

// description returns the view's description, or one made from its key and name.
func (m *Model) description() string {
	if m.View.Description != "" {
		return m.View.Description
	}
	view := "view " + m.View.Title()
	if m.View.MadeFrom != nil {
		view = "views " + m.View.Title()
	}
	isGuess := func(n Note) bool { return strings.HasPrefix(n.Text, "unique_key is a guess") }
	if len(m.UniqueKey) > 0 && !slices.ContainsFunc(m.Notes, isGuess) {
		return fmt.Sprintf("One row per %s, as in the %s.", and(m.UniqueKey), view)
	}
	return fmt.Sprintf("The rows of the %s.", view)
}

func and(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// scalar returns a YAML scalar after its key: on the same line if it is short, otherwise folded and indented.
func scalar(s string, indent int) string {
	s = safe(s)
	short, err := yaml.Marshal(s)
	line := strings.TrimSpace(string(short))
	if err == nil && !strings.Contains(line, "\n") && len(line) < headerWidth-30 {
		return " " + line
	}
	return " >\n" + wrap(s, strings.Repeat(" ", indent))
}

// safe returns a text in one line that does not end the comment around it.
func safe(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "*/", "* /")
}

func comment(s string) string { return wrap(safe(s), "# ") + "\n" }

// wrap breaks a text into lines with the given indent.
func wrap(s, indent string) string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(s) {
		if line != "" && len(indent)+len(line)+1+len(word) > headerWidth {
			lines = append(lines, indent+line)
			line = ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return strings.Join(append(lines, indent+line), "\n")
}
