package creator

import (
	"fmt"
	"slices"
	"time"
)

// Fee is part of a transaction's fee, in the minor unit of its currency.
type Fee struct {
	Amount      int64
	Description string
	Type        string // stripe_fee
}

// Transaction is a change of the creator's balance on Stripe.
type Transaction struct {
	ID           string
	Created      time.Time
	AvailableOn  time.Time // pending before, available after
	Currency     string    // of settlement: usd, or jpy, which has no minor unit
	Amount       int64     // gross, in the minor unit; negative: money out
	Fee          int64
	ExchangeRate float64 // from the charged currency; 0: none was applied
	Category     string  // Stripe's reporting category: charge, refund, dispute, fee, payout
	Type         string  // Stripe's finer type
	Description  string
	Source       string // id of the charge, refund, … behind it; empty: none
	FeeDetails   []Fee
}

// Net returns the amount minus the fee.
func (t Transaction) Net() int64 { return t.Amount - t.Fee }

// Pending reports whether the money was not yet available at an instant.
func (t Transaction) Pending(asOf time.Time) bool { return asOf.Before(t.AvailableOn) }

// The days after a charge on which a refund or a dispute comes.
const (
	refundWithin = 14
	disputeFrom  = 15
	disputeUntil = 40
)

// Transactions returns the transactions created in [from, to), newest first.
func (c *Creator) Transactions(from, to time.Time) []Transaction {
	var list []Transaction
	for d := max(dayOf(from), 0); d <= dayOf(to); d++ {
		for _, t := range append(c.earned(d), c.payouts(d)...) {
			if !t.Created.Before(from) && t.Created.Before(to) {
				list = append(list, t)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Transaction) int { return b.Created.Compare(a.Created) })
	return list
}

// earned returns the day's transactions without payouts.
func (c *Creator) earned(d int) []Transaction {
	var list []Transaction
	for _, ch := range c.charges(d) {
		list = append(list, ch.Transaction)
	}
	for back := 1; back <= disputeUntil && back <= d; back++ {
		for _, ch := range c.charges(d - back) {
			switch back {
			case ch.refundedAfter:
				list = append(list, ch.refund(d))
			case ch.disputedAfter:
				list = append(list, ch.dispute(d))
			}
		}
	}
	if start(d).Day() == 1 && d > 0 {
		if fee := c.monthlyFee(d); fee.Amount != 0 {
			list = append(list, fee)
		}
	}
	return list
}

type charge struct {
	Transaction
	refundedAfter, disputedAfter int // days; 0: never
}

// charges returns the day's charges. It keeps them, because refunds, disputes, fees and payouts follow from
// them for weeks.
func (c *Creator) charges(d int) []charge {
	c.chargesMu.Lock()
	defer c.chargesMu.Unlock()
	list, ok := c.chargesOn[d]
	if !ok {
		list = c.newCharges(d)
		c.chargesOn[d] = list
	}
	return list
}

func (c *Creator) newCharges(d int) []charge {
	dice := c.throw(ofCharges, 0, d)
	n := dice.round(1500 * audience(d) / 1000 * dice.between(600, 1400) / 1000)
	switch first := c.first.payment; {
	case d < first:
		return nil
	case d == first && first > 0:
		n = 1
	}
	list := make([]charge, n)
	for k := range list {
		dice := c.throw(ofCharge, k, d)
		at := start(d).Add(time.Duration(86400*int64(k)/n+dice.below(86400/n)) * time.Second)
		list[k] = newCharge(&dice, at)
	}
	return list
}

func newCharge(dice *dice, at time.Time) charge {
	id := fmt.Sprintf("%014x", dice.next()&(1<<56-1))
	t := Transaction{
		ID: "txn_" + id, Source: "ch_" + id, Created: at, AvailableOn: midnight(at, 2), Currency: "usd",
		Category: "charge", Type: "charge", Description: "Subscription creation",
	}
	switch plan := dice.below(100); {
	case plan < 65:
		t.Amount, t.Description = 500, "Subscription update"
	case plan < 80:
		t.Amount = 5000
	case plan < 92: // charged in yen and settled in yen
		t.Amount, t.Currency, t.AvailableOn = 800, "jpy", midnight(at, 4)
	default: // charged in euros and settled in dollars
		rate := dice.between(10500, 11800)
		t.Amount, t.ExchangeRate = 500*rate/10000, float64(rate)/10000
	}
	t.Fee = t.Amount*29/1000 + 30
	if t.Currency == "jpy" {
		t.Fee = t.Amount * 36 / 1000
	}
	t.FeeDetails = []Fee{{t.Fee, "Stripe processing fees", "stripe_fee"}}
	ch := charge{Transaction: t}
	switch fate := dice.below(1000); {
	case fate < 45:
		ch.refundedAfter = int(dice.between(1, refundWithin))
	case fate < 55:
		ch.disputedAfter = int(dice.between(disputeFrom, disputeUntil))
	}
	return ch
}

// reversal returns a transaction that takes the charge's amount back on a day, a second after the charge's time of day.
func (ch charge) reversal(d int) Transaction {
	at := start(d).Add(ch.Created.Sub(midnight(ch.Created, 0)) + time.Second)
	return Transaction{
		Created: at, AvailableOn: at, Currency: ch.Currency, Amount: -ch.Amount, ExchangeRate: ch.ExchangeRate,
	}
}

func (ch charge) refund(d int) Transaction {
	t := ch.reversal(d)
	t.ID, t.Source = ch.ID+"r", "re_"+ch.Source[3:]
	t.Category, t.Type, t.Description = "refund", "refund", "REFUND FOR CHARGE"
	return t
}

func (ch charge) dispute(d int) Transaction {
	t := ch.reversal(d)
	t.ID, t.Source = ch.ID+"d", "dp_"+ch.Source[3:]
	t.Category, t.Type, t.Description = "dispute", "adjustment", "Chargeback withdrawal for "+ch.Source
	t.Fee = 1500
	t.FeeDetails = []Fee{{t.Fee, "Dispute fee", "stripe_fee"}}
	return t
}

// monthlyFee returns the fee of a month's first day for the charges of the month before.
func (c *Creator) monthlyFee(d int) Transaction {
	count := 0
	for back := 1; back <= start(d-1).Day() && back <= d; back++ {
		count += len(c.charges(d - back))
	}
	at := start(d).Add(3 * time.Hour)
	return Transaction{
		ID: fmt.Sprintf("txn_fee%06d", d), Created: at, AvailableOn: at, Currency: "usd", Amount: -7 * int64(count),
		Category: "fee", Type: "stripe_fee", Description: "Radar, " + start(d-1).Format("2006-01"),
	}
}

// payouts returns the payouts of a Monday: for each currency, what became available in the seven days before.
// If refunds exceed the rest, Stripe takes the difference from the creator's bank, which is a negative payout.
func (c *Creator) payouts(d int) []Transaction {
	monday := start(d)
	if monday.Weekday() != time.Monday {
		return nil
	}
	sums := map[string]int64{}
	for e := max(d-7-4, 0); e < d; e++ { // money is available after four days at most
		for _, t := range c.earned(e) {
			if t.AvailableOn.Before(monday) && !t.AvailableOn.Before(monday.Add(-7*day)) {
				sums[t.Currency] += t.Net()
			}
		}
	}
	var list []Transaction
	for i, currency := range []string{"jpy", "usd"} {
		if sums[currency] == 0 {
			continue
		}
		at := monday.Add(time.Hour + time.Duration(i)*time.Minute)
		id := fmt.Sprintf("%s%06d", currency, d)
		list = append(list, Transaction{
			ID: "txn_po" + id, Source: "po_" + id, Created: at, AvailableOn: midnight(at, 2), Currency: currency,
			Amount: -sums[currency], Category: "payout", Type: "payout", Description: "STRIPE PAYOUT",
		})
	}
	return list
}

// midnight returns the start of t's day, a number of days later.
func midnight(t time.Time, days int) time.Time { return t.Truncate(day).Add(time.Duration(days) * day) }
