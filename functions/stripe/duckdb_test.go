package stripe

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/source/sourcetest"
)

// A warehouse loads every staged column, and the rows add up to the creator's money.
func TestAWarehouseHoldsEveryTransaction(t *testing.T) {
	_, src := setUp(t, 100)
	rig := sourcetest.RunIntoDuckDB(t, src, asOf)
	rig.Load(t, "")
	rig.Load(t, "") // and again, which replaces
	october := partition.MustParse("2026-10")
	sums := map[string]int64{}
	for _, tx := range creator.New(7).Transactions(october.Start(), october.End()) {
		sums["rows"]++
		sums["net_"+tx.Currency] += tx.Net()
		sums["fees"] += int64(len(tx.FeeDetails))
		if tx.ExchangeRate != 0 {
			sums["exchanged"]++
		}
	}
	want := map[string]any{}
	for key, sum := range sums {
		want[key] = sum
	}
	got := rig.Query(t, `SELECT COUNT(*) AS rows, CAST(SUM(net) FILTER (currency = 'usd') AS BIGINT) AS net_usd,
		CAST(SUM(net) FILTER (currency = 'jpy') AS BIGINT) AS net_jpy, COUNT(exchange_rate) AS exchanged,
		CAST(SUM(JSON_ARRAY_LENGTH(fee_details)) AS BIGINT) AS fees
		FROM raw.stripe_balance_transactions WHERE month = DATE '2026-10-01'`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
