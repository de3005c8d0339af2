package medium

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/upstream"
)

// userAgent is that of a desktop browser. Cloudflare, in front of Medium, sends a challenge to anything else.
const userAgent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"

// Hints of more than one failure.
const (
	newCookie = "sign in to medium.com as the author in a browser and store its cookies in MEDIUM_SID and MEDIUM_UID"
	newQuery  = "Medium's interface is not documented and may have changed: compare functions/medium/queries with what the browser " +
		"sends from the author's stats page"
)

type client struct {
	upstream *upstream.Client
	cfg      Config
}

type operation struct {
	Name      string `json:"operationName"`
	Variables any    `json:"variables"`
	Query     string `json:"query"`
}

// query sends one operation and decodes the data of its answer into data.
func (c *client) query(ctx context.Context, op operation, data any) error {
	body, err := json.Marshal([]operation{op}) // an array of one, as the browser sends it
	if err != nil {
		return err
	}
	answer, err := c.upstream.Do(ctx, func(ctx context.Context) (*http.Request, error) {
		url := strings.TrimSuffix(c.cfg.URL, "/") + "/_/graphql"
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Accept", "application/json")
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Cookie", "sid="+c.cfg.SID+"; uid="+c.cfg.UID)
		req.Header.Set("Graphql-Operation", op.Name)
		req.Header.Set("User-Agent", userAgent)
		return req, nil
	})
	if err == nil {
		err = decode(answer.Body, data)
	}
	if err != nil {
		return fmt.Errorf("query Medium, %s: %w", op.Name, explain(err))
	}
	return nil
}

// explain adds the hint to a refusal of Medium. An error without a hint may pass.
func explain(err error) error {
	var refused *upstream.StatusError
	if !errors.As(err, &refused) {
		return err
	}
	switch {
	case refused.Header.Get("Cf-Mitigated") == "challenge" || isChallenge(refused.Body):
		return errChallenge()
	case refused.Status == http.StatusTooManyRequests:
		return errors.New("too many requests (HTTP 429), even after waiting; if it persists, raise MEDIUM_INTERVAL")
	case refused.Temporary():
		return fmt.Errorf("Medium is not available: %w", refused)
	case refused.Status == http.StatusUnauthorized, refused.Status == http.StatusForbidden, refused.Status/100 == 3:
		return source.Errorf(newCookie, "Medium rejects the cookies: %w", refused)
	}
	return source.Errorf(newQuery, "Medium refuses the query: %w", refused)
}

func errChallenge() error {
	return source.Errorf(
		"open medium.com in the browser that the cookies come from, pass its check, store the cookies again in MEDIUM_SID "+
			"and MEDIUM_UID, and raise MEDIUM_INTERVAL; if it persists, run this source from another address",
		"Cloudflare, in front of Medium, demands a browser (\"Just a moment...\")")
}

func isChallenge(body []byte) bool { return bytes.Contains(body, []byte("Just a moment...")) }
