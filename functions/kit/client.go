package kit

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/upstream"
)

// perPage is the largest page that Kit allows.
const perPage = 1000

type client struct {
	upstream *upstream.Client
	url, key string
}

func newClient(cfg Config) *client {
	return &client{
		upstream: upstream.New(upstream.Options{
			Name:      "Kit",
			Interval:  cfg.Interval,
			FirstWait: cmp.Or(cfg.RetryWait, 3*time.Second),
			Tries:     6, // 93 seconds of waiting in all by default, longer than the minute of the rate limit
			Transport: cfg.transport,
			Secrets:   []string{cfg.APIKey},
		}),
		url: strings.TrimSuffix(cfg.URL, "/"),
		key: cfg.APIKey,
	}
}

// page reads one page of the subscriber list: the first one if cursor is empty.
func (c *client) page(ctx context.Context, cursor string) (page, error) {
	query := url.Values{
		"status":   {"all"}, // Kit's default is active only
		"per_page": {strconv.Itoa(perPage)},
		"include":  {"attribution,tags,location"},
	}
	if cursor == "" {
		query.Set("include_total_count", "true") // Kit must count for it, and one count is enough
	} else {
		query.Set("after", cursor)
	}
	body, err := c.get(ctx, "/subscribers?"+query.Encode())
	if err != nil {
		return page{}, explain(err)
	}
	return decodePage(body)
}

// account returns the id of the account that the key belongs to.
func (c *client) account(ctx context.Context) (string, error) {
	body, err := c.get(ctx, "/account")
	if err != nil {
		return "", err
	}
	var answer struct {
		Account struct {
			ID id `json:"id"`
		} `json:"account"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Account.ID == "" {
		return "", errors.New("the answer of Kit's /account is not JSON with the account's id")
	}
	return string(answer.Account.ID), nil
}

// get returns the body of the answer to a request of path.
func (c *client) get(ctx context.Context, path string) ([]byte, error) {
	answer, err := c.upstream.Do(ctx, func(ctx context.Context) (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+path, nil)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Accept", "application/json")
		req.Header.Set("X-Kit-Api-Key", c.key)
		return req, nil
	})
	if err != nil {
		return nil, err
	}
	return answer.Body, nil
}

// explain adds the hint to a refusal of Kit. An error without a hint may pass.
func explain(err error) error {
	var refused *upstream.StatusError
	if !errors.As(err, &refused) {
		return err
	}
	said := reason(refused.Body)
	switch refused.Status {
	case http.StatusUnauthorized:
		return source.Errorf(
			"store a V4 API key of the account in KIT_API_KEY (in Kit: Settings, Developer); keys and secrets of V3 do not work",
			"Kit rejects the key (HTTP 401: %s)", said)
	case http.StatusForbidden:
		return source.Errorf(
			"check in Kit that the account's plan and the key in KIT_API_KEY allow reading subscribers; keys and secrets of V3 do not work",
			"Kit does not let that key read subscribers (HTTP 403: %s)", said)
	case http.StatusNotFound:
		return source.Errorf("check KIT_URL; Kit's own is https://api.kit.com/v4",
			"there is nothing of Kit's at that address (HTTP 404: %s)", said)
	case http.StatusTooManyRequests:
		return fmt.Errorf("Kit's limit of 120 requests in 60 seconds is used up (HTTP 429: %s); check whether something else uses the same key", said)
	}
	if refused.Temporary() {
		return fmt.Errorf("Kit is not available (HTTP %d: %s)", refused.Status, said)
	}
	return source.Errorf(
		"compare the request in functions/kit/client.go with Kit's reference, developers.kit.com: the API may have changed",
		"Kit refused the request (HTTP %d: %s)", refused.Status, said)
}

// reason extracts the message from an answer of Kit, which is {"errors":["…"]}, {}, nested lists, a page of
// HTML, or empty.
func reason(body []byte) string {
	var answer struct {
		Errors any `json:"errors"`
		Error  any `json:"error"`
	}
	text := ""
	if json.Unmarshal(body, &answer) == nil {
		text = strings.Join(append(texts(answer.Errors), texts(answer.Error)...), "; ")
	} else if !isHTML(body) {
		text = string(body)
	}
	text = strings.Join(strings.Fields(text), " ")
	if text == "" {
		return "no reason given"
	}
	if runes := []rune(text); len(runes) > 300 {
		text = string(runes[:300]) + "…"
	}
	return text
}

// texts returns all strings within a value, at any depth. The depth is bounded by encoding/json.
func texts(v any) (all []string) {
	switch v := v.(type) {
	case string:
		all = append(all, v)
	case []any:
		for _, e := range v {
			all = append(all, texts(e)...)
		}
	case map[string]any:
		for _, e := range v {
			all = append(all, texts(e)...)
		}
	}
	return all
}
