// Package stripe loads the balance transactions of one Stripe account, by month.
//
// Balance transactions include charges, refunds, disputes, fees and payouts, each in its settlement currency. A
// transaction belongs to the UTC month in which it was created. It later changes from pending to available, so
// each run reads the last two months again and replaces them. Amounts stay as Stripe sends them: whole minor
// units of a currency.
package stripe

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	stripego "github.com/stripe/stripe-go/v76"

	"example.com/rollcall/shared/cloudlog"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/source"
)

const table = "stripe_balance_transactions"

// maxPages bounds one month: ten million transactions.
const maxPages = 100_000

//go:embed schema/*.json
var schemas embed.FS

// New returns the source with these settings. The error names everything that is wrong with them.
func New(cfg Config) (*source.Source, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("stripe: %w", err)
	}
	c := newClient(cfg)
	return &source.Source{
		Name:    "stripe",
		Schemas: schema.MustReadAll(schemas),
		Extract: c.extract,
		Secrets: []string{cfg.APIKey},
	}, nil
}

// extract reads every month of the window.
func (c *client) extract(ctx context.Context, req source.Request, out *source.Output) error {
	cloudlog.From(ctx).Info("reading balance transactions", "mode", c.mode, "months", len(req.Window))
	for _, month := range req.Window {
		if err := c.month(ctx, month, out); err != nil {
			return fmt.Errorf("balance transactions of %s: %w", month, err)
		}
	}
	account, err := c.account(ctx)
	if err != nil {
		return fmt.Errorf("account: %w", err)
	}
	out.Account(account)
	return nil
}

func (c *client) month(ctx context.Context, month partition.Partition, out *source.Output) error {
	last := &stripego.BalanceTransaction{Created: month.End().Unix()}
	row := schema.Row{}
	for n := 1; n <= maxPages; n++ {
		p, err := c.page(ctx, month, last.ID)
		if err != nil {
			return fmt.Errorf("page %d: %w", n, err)
		}
		for i, t := range p.transactions {
			if err := follows(last, t, month); err != nil {
				return fmt.Errorf("page %d: %w", n, err)
			}
			if err := fill(row, t, p.feeDetails[i]); err != nil {
				return fmt.Errorf("page %d: transaction %s: %w", n, t.ID, err)
			}
			if err := out.Write(table, month, row); err != nil {
				return fmt.Errorf("transaction %s: %w", t.ID, err)
			}
			last = t
		}
		switch {
		case !p.more && len(p.transactions) == perPage:
			// A list rarely ends on a full page, so one more request tells whether it does.
		case !p.more:
			return nil
		case len(p.transactions) == 0:
			return fmt.Errorf("page %d is empty, but Stripe says that another follows", n)
		}
	}
	return fmt.Errorf("more than %d pages", maxPages)
}

// follows checks that a transaction lies within the month, and that it is not newer than the one before it. A
// list that goes back would be read forever.
func follows(last, t *stripego.BalanceTransaction, month partition.Partition) error {
	switch created := time.Unix(t.Created, 0).UTC(); {
	case t.ID == "":
		return errors.New("a transaction has no id")
	case t.ID == last.ID:
		return fmt.Errorf("transaction %s came twice: Stripe ignores the cursor", t.ID)
	case created.Before(month.Start()) || !created.Before(month.End()):
		return fmt.Errorf("transaction %s was created at %s, outside of the requested month", t.ID,
			created.Format(time.RFC3339))
	case t.Created > last.Created:
		return fmt.Errorf("transaction %s is newer than %s before it, but the list must begin with the newest", t.ID, last.ID)
	}
	return nil
}

// fill sets row to the transaction's values. One row serves all transactions, to save memory.
func fill(row schema.Row, t *stripego.BalanceTransaction, feeDetails json.RawMessage) error {
	if t.Currency == "" || t.Type == "" || t.Status == "" || t.ReportingCategory == "" || t.AvailableOn == 0 {
		return errors.New("currency, type, status, reporting_category or available_on is missing")
	}
	if t.Net != t.Amount-t.Fee {
		return fmt.Errorf("net %d is not amount %d minus fee %d", t.Net, t.Amount, t.Fee)
	}
	if len(feeDetails) == 0 || string(feeDetails) == "null" {
		feeDetails = json.RawMessage("[]")
	}
	row["id"] = t.ID
	row["created"] = time.Unix(t.Created, 0)
	row["available_on"] = time.Unix(t.AvailableOn, 0)
	row["currency"] = string(t.Currency)
	row["amount"] = t.Amount
	row["fee"] = t.Fee
	row["net"] = t.Net
	row["exchange_rate"] = orNull(t.ExchangeRate) // the library reads null as 0, and no rate is 0
	row["reporting_category"] = string(t.ReportingCategory)
	row["type"] = string(t.Type)
	row["status"] = string(t.Status)
	row["description"] = orNull(t.Description)
	row["source_id"] = nil
	if t.Source != nil {
		row["source_id"] = orNull(t.Source.ID)
	}
	row["fee_details"] = feeDetails
	return nil
}

// orNull returns nil for the zero value.
func orNull[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}
