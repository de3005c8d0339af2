package viewaudit

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/shared/partition"
)

// A condition that compares the date with the time of the query allows the partitions of some ages.
func TestConditionsAllowPartitionsByAge(t *testing.T) {
	unknown := allowance{oldest: everything}
	for cond, want := range map[string]allowance{
		"day >= DATE_SUB(CURRENT_DATE(), INTERVAL 28 DAY)":                      {newest: true, oldest: 28},
		"day > CURRENT_DATE('Europe/Rome') - 29":                                {newest: true, oldest: 28},
		"DATE_DIFF(CURRENT_DATE(), day, DAY) <= 28":                             {newest: true, oldest: 28},
		"day >= DATE_SUB(DATE(CURRENT_TIMESTAMP()), INTERVAL 4 WEEK)":           {newest: true, oldest: 28},
		"day >= DATE_ADD(CURRENT_DATE(), INTERVAL -1 QUARTER)":                  {newest: true, oldest: 92},
		"day >= DATE_SUB(CURRENT_DATE(), INTERVAL 1 MONTH)":                     {newest: true, oldest: 31},
		"day = CURRENT_DATE() - 1":                                              {newest: true, oldest: 1},
		"CURRENT_DATE() > day":                                                  {newest: true, all: true, oldest: everything},
		"day < CURRENT_DATE() - 3":                                              {oldest: everything},
		"day = CURRENT_DATE()":                                                  {},
		"DATE_TRUNC(day, MONTH) = DATE_TRUNC(CURRENT_DATE(), MONTH)":            {oldest: 30},
		"DATE_TRUNC(day, MONTH) = DATE_TRUNC(CURRENT_DATE() - 1, MONTH)":        {newest: true, oldest: 31},
		"day >= DATE_TRUNC(CURRENT_DATE(), ISOWEEK)":                            {oldest: 6},
		"DATE_TRUNC(day, WEEK) = DATE_TRUNC(CURRENT_DATE() - 1, WEEK)":          {newest: true, oldest: 7},
		"day >= DATE_TRUNC(CURRENT_DATE() - 1, QUARTER)":                        {newest: true, oldest: 92},
		"day >= DATE_TRUNC(CURRENT_DATE() - 1, YEAR)":                           {newest: true, oldest: everything},
		"day >= DATE_SUB(CURRENT_DATE(), INTERVAL 400 DAY)":                     {newest: true, oldest: everything},
		"EXTRACT(YEAR FROM day) = EXTRACT(YEAR FROM CURRENT_DATE())":            unknown,
		"day >= DATE_TRUNC(CURRENT_DATE(), WEEK(MONDAY))":                       unknown,
		"TIMESTAMP(day) > TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 48 HOUR)": unknown,
	} {
		t.Run(cond, func(t *testing.T) {
			result, findings := resolveAll(t, nil, "d.v", "SELECT day FROM raw.sales WHERE "+cond)
			if findings != "" {
				t.Fatal(findings)
			}
			r := result.Views[0].Relation
			got := allowedBy(r.Block.Conds[0], r.Columns[0].Expr, partition.Daily)
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(allowance{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
