package operate

import (
	"context"
	"fmt"
	"math/big"
	"strings"

	"github.com/dustin/go-humanize"

	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
)

// query reads rows from the warehouse, columns by name.
type query func(ctx context.Context, sql string, params map[string]any, limit int) ([]map[string]any, error)

// writeNumbers writes a few of the creator's numbers, each from the newest partition that its models have.
func writeNumbers(ctx context.Context, out *term.Output, rows []term.Row, read query) error {
	for _, section := range []struct {
		models []string // that must have the partition
		sql    string
		write  func(out *term.Output, p partition.Partition, rows []map[string]any)
	}{
		{[]string{"creator_overview"}, overviewSQL, writeOverview},
		{[]string{"story_stats", "story_days"}, topSQL, writeTop},
		{[]string{"revenue"}, revenueSQL, writeRevenue},
		{[]string{"boost_effect"}, boostSQL, writeBoost},
	} {
		p := newestWith(rows, section.models)
		if p.IsZero() {
			continue
		}
		found, err := read(ctx, section.sql, map[string]any{"p": p.Start()}, 100)
		if err != nil {
			return fmt.Errorf("read %s for %s: %w", section.models[0], p, err)
		}
		section.write(out, p, found)
	}
	return nil
}

// newestWith returns the newest partition that all of the models have.
func newestWith(rows []term.Row, models []string) partition.Partition {
	for _, r := range rows { // newest first
		has := true
		for _, m := range models {
			has = has && (r.Models[m] == term.Ran || r.Models[m] == term.Unchanged)
		}
		if has {
			return r.Partition
		}
	}
	return partition.Partition{}
}

const overviewSQL = `SELECT * FROM mart.creator_overview WHERE day = CAST($p AS DATE)`

func writeOverview(out *term.Output, p partition.Partition, rows []map[string]any) {
	for _, r := range rows {
		out.Say("On %s: %s views, %s reads of %s stories; %s followers, %s subscribers",
			p, whole(r["viewers"]), whole(r["readers"]), whole(r["stories"]), whole(r["followers"]), whole(r["subscribers"]))
		for _, days := range []string{"7", "28"} {
			out.Say("  last %2s days: %s views%s, %s reads%s, %s USD earned%s, %s subscribers", days,
				whole(r["viewers_"+days+"d"]), change(r["viewers_"+days+"d_change"]),
				whole(r["readers_"+days+"d"]), change(r["readers_"+days+"d_change"]),
				money(r["earnings_"+days+"d"]), change(r["earnings_"+days+"d_change"]), signed(r["subscribers_"+days+"d_gain"]))
		}
	}
}

const topSQL = `
SELECT any_value(s.title) AS title, CAST(sum(d.viewers) AS BIGINT) AS viewers, CAST(sum(d.readers) AS BIGINT) AS readers,
  any_value(s.boosted) AS boosted
FROM mart.story_days d JOIN mart.story_stats s ON s.post_id = d.post_id AND s.day = CAST($p AS DATE)
WHERE d.day > CAST($p AS DATE) - 28 AND d.day <= CAST($p AS DATE)
GROUP BY d.post_id ORDER BY 2 DESC, d.post_id LIMIT 3`

// writeTop names the day with which the 28 days end: it can be another one than the overview's, which waits for more.
func writeTop(out *term.Output, p partition.Partition, rows []map[string]any) {
	if len(rows) == 0 {
		return // no story was published yet
	}
	out.Say("Most viewed in the 28 days to %s:", p)
	for _, r := range rows {
		boosted := ""
		if r["boosted"] == true {
			boosted = ", boosted"
		}
		out.Say("  %7s views, %6s reads  %v%s", whole(r["viewers"]), whole(r["readers"]), r["title"], boosted)
	}
}

const revenueSQL = `SELECT * FROM mart.revenue WHERE month = CAST($p AS DATE) ORDER BY currency, stream`

func writeRevenue(out *term.Output, p partition.Partition, rows []map[string]any) {
	if len(rows) == 0 {
		out.Say("Revenue of %s: none", p)
		return
	}
	out.Say("Revenue of %s, net of fees and refunds:", p)
	for _, r := range rows {
		out.Say("  %10s %v from %v", money(r["net"]), r["currency"], r["stream"])
	}
}

const boostSQL = `SELECT * FROM mart.boost_effect WHERE month = CAST($p AS DATE) ORDER BY boost`

func writeBoost(out *term.Output, p partition.Partition, rows []map[string]any) {
	names := map[any]string{"BOOSTED": "boosted", "NOT_BOOSTED": "not boosted"}
	var parts []string
	for _, r := range rows {
		if name, ok := names[r["boost"]]; ok {
			parts = append(parts, fmt.Sprintf("%.1f %s", r["viewers_per_story_day"], name))
		}
	}
	if parts != nil {
		out.Say("Views of a story a day in %s: %s", p, strings.Join(parts, ", "))
	}
}

// whole returns a whole number with commas, and "–" for null.
func whole(v any) string {
	n, ok := v.(int64)
	if !ok {
		return "–"
	}
	return humanize.Comma(n)
}

func signed(v any) string {
	if n, ok := v.(int64); ok && n > 0 {
		return "+" + whole(v)
	}
	return whole(v)
}

// change returns a fraction as a percentage in brackets, and nothing for null.
func change(v any) string {
	f, ok := v.(float64)
	if !ok {
		return ""
	}
	return fmt.Sprintf(" (%+.0f%%)", 100*f)
}

// money returns a NUMERIC's text with commas and two decimals, or none if it is whole; "–" for null.
func money(v any) string {
	text, _ := v.(string)
	amount, ok := new(big.Rat).SetString(text)
	if !ok {
		return "–"
	}
	sign := ""
	if amount.Sign() < 0 {
		sign = "-"
	}
	units, cents, _ := strings.Cut(amount.Abs(amount).FloatString(2), ".")
	n, _ := new(big.Int).SetString(units, 10) // digits only
	if units = sign + humanize.BigComma(n); cents == "00" {
		return units
	}
	return units + "." + cents
}
