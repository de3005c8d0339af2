package stripe

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	stripego "github.com/stripe/stripe-go/v76"

	"example.com/rollcall/functions/stripe/stripetest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/upstream/upstreamtest"
)

const onePage = `{"object":"list","has_more":false,"url":"/v1/balance_transactions","data":[{"id":"txn_1","object":"balance_transaction",
	"amount":1000,"fee":59,"net":941,"currency":"usd","created":1793000000,"available_on":1793400000,"status":"available","type":"charge",
	"reporting_category":"charge","description":"a","exchange_rate":null,"source":"ch_1",
	"fee_details":[{"amount":59,"currency":"usd","type":"stripe_fee","description":null}]}]}`

// Whatever is null in an answer, it is refused or read, and never ends the program.
func TestNullsInAPage(t *testing.T) {
	const list = `{"object":"list","has_more":false,"data":[`
	for _, tc := range []struct{ page, err string }{
		{list + `null]}`, "the list holds null in place of a transaction"},
		{strings.Replace(onePage, `"data":[`, `"data":[null,`, 1), "the list holds null in place of a transaction"},
		{list + `{}]}`, "a transaction has no id"},
		{onePage, ""},
	} {
		if err := readPage([]byte(tc.page)); (err == nil) != (tc.err == "") || err != nil && !strings.Contains(err.Error(), tc.err) {
			t.Errorf("%s: %v, want %q", tc.page, err, tc.err)
		}
	}
	for page := range upstreamtest.Nulls([]byte(onePage)) {
		if err := readPage(page); err != nil && strings.TrimSpace(err.Error()) == "" {
			t.Errorf("%s is refused without a reason", page)
		}
	}
}

// readPage reads a page and makes rows of it, as a load does.
func readPage(body []byte) error {
	answer := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) })
	c := newClient(Config{URL: "http://127.0.0.1", APIKey: stripetest.Key, transport: upstreamtest.Transport(answer)})
	month := partition.MustParse("2026-10")
	p, err := c.page(context.Background(), month, "")
	if err != nil {
		return err
	}
	last := &stripego.BalanceTransaction{Created: month.End().Unix()}
	for i, t := range p.transactions {
		if err := follows(last, t, month); err != nil {
			return err
		}
		if err := fill(schema.Row{}, t, p.feeDetails[i]); err != nil {
			return err
		}
	}
	return nil
}

// Stripe repeats most of a wrong key. What is cut from a long answer must not leave a part of it.
func TestARefusalThatRepeatsTheKeyIsRedactedBeforeItIsCut(t *testing.T) {
	body := fmt.Sprintf(`{"error":{"type":"invalid_request_error","message":"%s%s"}}`, strings.Repeat("x", 290), stripetest.Key)
	answer := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(body))
	})
	c := newClient(Config{URL: "http://127.0.0.1", APIKey: stripetest.Key, transport: upstreamtest.Transport(answer)})
	_, err := c.page(context.Background(), partition.MustParse("2026-10"), "")
	if err == nil || !strings.Contains(err.Error(), "x[secret]") || strings.Contains(err.Error(), stripetest.Key[:4]) {
		t.Errorf("got %v", err)
	}
}
