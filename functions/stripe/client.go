package stripe

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
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
	perPage    = 100              // the largest page that Stripe allows
	tries      = 5                // of one page while Stripe answers 429, the first included
	longestTry = time.Minute      // of one request
	longestAll = 10 * time.Minute // of all tries of one page
	maxBody    = 8 << 20          // bytes of one answer; a full page has about 60 KB
)

type client struct {
	transactions balancetransaction.Client
	backend      stripego.Backend
	key          string
	retryWait    time.Duration
	mode         string
}

func newClient(cfg Config) *client {
	backend := stripego.GetBackendWithConfig(stripego.APIBackend, &stripego.BackendConfig{
		URL:               new(cfg.URL),
		HTTPClient:        &http.Client{Transport: upstream.WholeJSON(cfg.transport, maxBody), Timeout: longestTry},
		MaxNetworkRetries: stripego.Int64(2),
		EnableTelemetry:   new(false),
		// The library also returns what it would log. The frame logs it once.
		LeveledLogger: &stripego.LeveledLogger{Level: stripego.LevelNull},
	})
	return &client{balancetransaction.Client{B: backend, Key: cfg.APIKey}, backend, cfg.APIKey, cfg.RetryWait, cfg.mode()}
}

// page is one page of the balance transactions of a month, newest first.
type page struct {
	transactions []*stripego.BalanceTransaction
	feeDetails   []json.RawMessage // of each transaction, as sent
	more         bool
}

// page reads the page that follows the transaction with the id after: the first page if it is "".
func (c *client) page(ctx context.Context, month partition.Partition, after string) (page, error) {
	return retry(ctx, c, func() (page, error) { return c.request(ctx, month, after) })
}

// account returns whose transactions they are: the mode of the key, and the account's id if the key may read it. A
// restricted key needs no right to do so.
func (c *client) account(ctx context.Context) (map[string]string, error) {
	facts := map[string]string{"mode": c.mode}
	id, err := retry(ctx, c, func() (string, error) {
		var account stripego.Account
		params := &stripego.AccountParams{Params: stripego.Params{Context: ctx}}
		err := c.backend.Call(http.MethodGet, "/v1/account", c.key, params, &account)
		if refused, ok := errors.AsType[*stripego.Error](err); ok && refused.HTTPStatusCode == http.StatusForbidden {
			return "", nil
		}
		return account.ID, err
	})
	if id != "" {
		facts["account_id"] = id
	}
	return facts, err
}

// retry calls request again while Stripe answers 429, which the library does not.
func retry[T any](ctx context.Context, c *client, request func() (T, error)) (T, error) {
	opts := upstream.Options{Name: "Stripe", Tries: tries, FirstWait: cmp.Or(c.retryWait, 2*time.Second),
		LongestAll: longestAll}
	return upstream.Retry(ctx, opts, func() (answer T, err error) {
		if answer, err = request(); err == nil || rateLimited(err) {
			return answer, c.explain(err)
		}
		return answer, backoff.Permanent(c.explain(err))
	})
}

// request reads one page. It uses the library's iterator for that page only: on its own the iterator ends
// without an error when a request fails, and panics if an empty page says that another follows.
func (c *client) request(ctx context.Context, month partition.Partition, after string) (page, error) {
	params := &stripego.BalanceTransactionListParams{CreatedRange: &stripego.RangeQueryParams{
		GreaterThanOrEqual: month.Start().Unix(),
		LesserThan:         month.End().Unix(),
	}}
	params.Context = ctx
	params.Single = true
	params.Limit = stripego.Int64(perPage)
	if after != "" {
		params.StartingAfter = new(after)
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
	if slices.Contains(list.Data, nil) {
		return page{}, errors.New("the list holds null in place of a transaction")
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

// explain adds the hint to a refusal of Stripe. An error without a hint may pass.
func (c *client) explain(err error) error {
	if err == nil {
		return nil
	}
	var refused *stripego.Error
	if !errors.As(err, &refused) {
		if call, ok := errors.AsType[*url.Error](err); ok {
			err = call.Err // the address adds nothing to the message
		}
		return fmt.Errorf("Stripe: %w", err)
	}
	words := cloudlog.NewRedactor(c.key).String(refused.Msg) // before they are cut, or a part of the key might remain
	said := fmt.Sprintf("HTTP %d: %.300s", refused.HTTPStatusCode, words)
	switch status := refused.HTTPStatusCode; {
	case status == http.StatusUnauthorized:
		return source.Errorf(
			"store a restricted key (rk_…) of the account in STRIPE_API_KEY (in Stripe: Developers, API keys); the present one may have been rolled or have expired",
			"Stripe rejects the key (%s)", said)
	case status == http.StatusForbidden:
		return source.Errorf(
			"give the restricted key in STRIPE_API_KEY read access to balance transactions (in Stripe: Developers, API keys, the key, Balance transactions)",
			"Stripe does not let that key read balance transactions (%s)", said)
	case status == http.StatusTooManyRequests:
		return fmt.Errorf("Stripe's rate limit is used up (%s)", said)
	case status >= http.StatusInternalServerError || status == http.StatusConflict:
		return fmt.Errorf("Stripe is not available (%s)", said)
	}
	return source.Errorf(
		"compare the request in functions/stripe/client.go with Stripe's reference; check that STRIPE_URL is https://api.stripe.com",
		"Stripe refused the request (%s)", said)
}
