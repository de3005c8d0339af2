package stripe

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/cenkalti/backoff/v5"
	stripego "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/balancetransaction"

	"example.com/rollcall/shared/cloudlog"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/upstream"
)

const (
	perPage  = 100              // the most that Stripe gives of a list at once
	tries    = 5                // of one page while Stripe answers 429, the first among them
	longest  = time.Minute      // of one try of one request
	maxBody  = 8 << 20          // bytes of one answer; a full page has about 60 KB
	patience = 10 * time.Minute // of all tries of one page
)

type client struct {
	transactions balancetransaction.Client
	retryWait    time.Duration
	mode         string
}

func newClient(cfg Config) *client {
	backend := stripego.GetBackendWithConfig(stripego.APIBackend, &stripego.BackendConfig{
		URL:               stripego.String(cfg.URL),
		HTTPClient:        &http.Client{Transport: upstream.WholeJSON(cfg.transport, maxBody), Timeout: longest},
		MaxNetworkRetries: stripego.Int64(2),
		EnableTelemetry:   stripego.Bool(false),
		// What the library would log is returned as an error as well, and logged once, by the frame.
		LeveledLogger: &stripego.LeveledLogger{Level: stripego.LevelNull},
	})
	return &client{balancetransaction.Client{B: backend, Key: cfg.APIKey}, cfg.RetryWait, cfg.mode()}
}

// page is one page of the balance transactions of a month, newest first.
type page struct {
	transactions []*stripego.BalanceTransaction
	feeDetails   []json.RawMessage // of each transaction, as sent
	more         bool
}

// page reads the page that follows the transaction named after; the first one for "". It waits and asks again while
// Stripe answers 429, which the library leaves to its caller.
func (c *client) page(ctx context.Context, month partition.Partition, after string) (page, error) {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.Multiplier, wait.MaxInterval = cmp.Or(c.retryWait, 2*time.Second), 2, 32*time.Second
	return backoff.Retry(ctx, func() (page, error) {
		p, err := c.ask(ctx, month, after)
		if err != nil && !rateLimited(err) {
			return page{}, backoff.Permanent(explain(err))
		}
		if err != nil {
			return page{}, explain(err)
		}
		return p, nil
	}, backoff.WithBackOff(wait), backoff.WithMaxTries(tries), backoff.WithMaxElapsedTime(patience),
		backoff.WithNotify(func(err error, after time.Duration) {
			cloudlog.From(ctx).Warn("asking again", "source", "Stripe", "after", after.String(), "error", err)
		}))
}

// ask sends one request. The library's iterator is used for one page only: left to walk on by itself, it ends quietly at
// an error, and panics where an empty page says that another follows.
func (c *client) ask(ctx context.Context, month partition.Partition, after string) (page, error) {
	params := &stripego.BalanceTransactionListParams{CreatedRange: &stripego.RangeQueryParams{
		GreaterThanOrEqual: month.Start().Unix(),
		LesserThan:         month.End().Unix(),
	}}
	params.Context = ctx
	params.Single = true
	params.Limit = stripego.Int64(perPage)
	if after != "" {
		params.StartingAfter = stripego.String(after)
	}
	it := c.transactions.List(params)
	if err := it.Err(); err != nil {
		return page{}, err
	}
	list := it.BalanceTransactionList()
	var raw struct {
		Object string `json:"object"`
		Data   []struct {
			FeeDetails json.RawMessage `json:"fee_details"`
		} `json:"data"`
	}
	if err := json.Unmarshal(list.LastResponse.RawJSON, &raw); err != nil {
		return page{}, fmt.Errorf("the answer's fee_details: %w", err)
	}
	if raw.Object != "list" {
		return page{}, errors.New("the answer is not a list")
	}
	p := page{transactions: list.Data, more: list.HasMore, feeDetails: make([]json.RawMessage, len(raw.Data))}
	for i, t := range raw.Data {
		p.feeDetails[i] = t.FeeDetails
	}
	return p, nil
}

func rateLimited(err error) bool {
	var refused *stripego.Error
	var odd *upstream.NotJSONError
	return errors.As(err, &refused) && refused.HTTPStatusCode == http.StatusTooManyRequests ||
		errors.As(err, &odd) && odd.Status == http.StatusTooManyRequests
}

// explain gives a refusal of Stripe's its hint. What it leaves without one may pass.
func explain(err error) error {
	var refused *stripego.Error
	if !errors.As(err, &refused) {
		var call *url.Error
		if errors.As(err, &call) {
			err = call.Err // the address says nothing that the caller does not
		}
		return fmt.Errorf("Stripe: %w", err)
	}
	said := fmt.Sprintf("HTTP %d: %.300s", refused.HTTPStatusCode, refused.Msg)
	switch status := refused.HTTPStatusCode; {
	case status == http.StatusUnauthorized:
		return source.Errorf("put a restricted key (rk_…) of the account into STRIPE_API_KEY (in Stripe: Developers, API keys); the present one may be rolled or expired",
			"Stripe does not know the key (%s)", said)
	case status == http.StatusForbidden:
		return source.Errorf("give the restricted key in STRIPE_API_KEY read access to balance transactions (in Stripe: Developers, API keys, the key, Balance transactions)",
			"Stripe forbids that key to read balance transactions (%s)", said)
	case status == http.StatusTooManyRequests:
		return fmt.Errorf("Stripe's rate limit is used up (%s)", said)
	case status >= http.StatusInternalServerError || status == http.StatusConflict:
		return fmt.Errorf("Stripe is in trouble (%s)", said)
	}
	return source.Errorf("compare the request in functions/stripe/client.go with Stripe's reference; check that STRIPE_URL is https://api.stripe.com",
		"Stripe refused the request (%s)", said)
}
