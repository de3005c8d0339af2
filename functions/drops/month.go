package drops

import (
	"regexp"
	"strings"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/source"
)

const tellMonth = "name the file or its folder after the month, as in drops/medium/2026-10/stories.json, or give the object the metadata " +
	"month=2026-10, and drop it again"

var (
	// days are dates of a day: when a file was downloaded, most likely, which says nothing of the month it tells of.
	days = regexp.MustCompile(`(?:^|[^0-9])(20[0-9]{2}[-_.][01][0-9][-_.][0-3][0-9]|20[0-9]{2}[01][0-9][0-3][0-9])(?:[^0-9]|$)`)
	// months are a year and a month, with something between, or six digits that stand alone.
	months = regexp.MustCompile(`(?:^|[^0-9])(20[0-9]{2})[-_.](0[1-9]|1[0-2])(?:[^0-9]|$)|(?:^|[^0-9A-Za-z])(20[0-9]{2})(0[1-9]|1[0-2])(?:[^0-9A-Za-z]|$)`)
)

// monthOf is the month that a file's metadata or name tells, for a file that does not tell it itself. What the metadata
// says goes before the name; a name that tells two months, or only a day, tells none.
func monthOf(object, metadata string) (partition.Partition, error) {
	if metadata != "" {
		p, err := partition.Parse(strings.TrimSpace(metadata))
		if err != nil || p.Grain() != partition.Monthly {
			return p, source.Errorf(tellMonth, "the object's metadata month is %.40q, and no month like 2026-10", metadata)
		}
		return p, nil
	}
	var found partition.Partition
	for _, m := range findAll(months, findAndCut(days, strings.TrimPrefix(object, prefix))) {
		p := partition.MustParse(m[1] + m[3] + "-" + m[2] + m[4]) // the expression matches months only
		if !found.IsZero() && p != found {
			return p, source.Errorf(tellMonth, "the name tells two months, %s and %s", found, p)
		}
		found = p
	}
	if found.IsZero() {
		return found, source.Errorf(tellMonth, "neither the file, nor its name, nor its metadata tells which month it is of")
	}
	return found, nil
}

// findAll is every match of re, those that share the character between them among them.
func findAll(re *regexp.Regexp, s string) (all [][]string) {
	for {
		at := re.FindStringSubmatchIndex(s)
		if at == nil {
			return all
		}
		all = append(all, re.FindStringSubmatch(s))
		s = s[max(at[1]-1, at[0]+1):]
	}
}

// findAndCut is s with every first group of re blanked out.
func findAndCut(re *regexp.Regexp, s string) string {
	for {
		at := re.FindStringSubmatchIndex(s)
		if at == nil {
			return s
		}
		s = s[:at[2]] + "day" + s[at[3]:]
	}
}
