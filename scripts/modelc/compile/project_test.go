package compile

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/rollcall/shared/manifest"
)

// tillSales matches where raw.till_sales is read.
var tillSales = regexp.MustCompile(`FROM\s+(-- é\s+)?\(SELECT \* FROM\s+raw\s*\.\s*(/\* all\nsales \*/)?till_sales`)

// A table may be written with its project, in any quoting. The project is left out of what is sent, and the places in
// errors stay those of the file.
func TestProjectsOfTablesAreLeftOut(t *testing.T) {
	for name, table := range map[string]string{
		"one identifier":     "`my-shop.raw.till_sales`",
		"an old project":     "`shop.com:my-shop.raw.till_sales`",
		"only the project":   "`my-shop`.raw.till_sales",
		"every part":         "`my-shop`.`raw`.`till_sales`",
		"project, dataset":   "`my-shop.raw`.till_sales",
		"without quotes":     "my-shop.raw.till_sales",
		"a plain project":    "shop.raw.till_sales",
		"without a project":  "`raw.till_sales`",
		"with blanks inside": "`my-shop` . raw . till_sales",
		"on several lines":   "`my-shop`\n.raw\n  . `till_sales`",
		"with comments":      "shop. -- é\n raw./* all\nsales */till_sales",
		"not in ASCII":       "`é.raw`.till_sales",
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(hashedModel, "FROM raw.till_sales, raw.books_costs", "FROM "+table+", raw.books_costs", 1)
			text = strings.Replace(text, "WHERE day", "WHERE till_sales.day", 1)
			m, err := Project(project(t, map[string]string{"m.sql": text}))
			if err != nil {
				t.Fatal(err)
			}
			for dialect, sql := range m.Models[0].SQL {
				if strings.Contains(sql.Stage, "shop") || !tillSales.MatchString(sql.Stage) {
					t.Errorf("%s:\n%s", dialect, sql.Stage)
				}
			}
			plain, err := Project(project(t, map[string]string{"m.sql": strings.Replace(text, table, "raw.till_sales", 1)}))
			if err != nil {
				t.Fatal(err)
			}
			if a, b := m.Models[0].SQL[manifest.BigQuery].Hash, plain.Models[0].SQL[manifest.BigQuery].Hash; a != b {
				t.Error("the hash depends on the project")
			}
			wrong := strings.Replace(text, "raw.books_costs\n", "raw.books_costs, raw.nothing\n", 1)
			_, err = Project(project(t, map[string]string{"m.sql": wrong}))
			at, _, _ := strings.Cut(wrong, "raw.nothing")
			line := at[strings.LastIndex(at, "\n")+1:]
			if want := fmt.Sprintf("m.sql:%d:%d", strings.Count(at, "\n")+1, utf8.RuneCountInString(line)+1) + ": Table not found: raw.nothing"; err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want %s", err, want)
			}
		})
	}
}
