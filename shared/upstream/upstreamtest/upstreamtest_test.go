package upstreamtest

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

type failure string

func TestFailAfterLetsSomeRequestsPass(t *testing.T) {
	c := NewControl([]failure{"down", "rate_limited"})
	c.FailAfter(2, "down")
	got := []failure{c.Begin(), c.Begin(), c.Begin(), c.Begin()}
	if want := []failure{"", "", "down", "down"}; [4]failure(got) != [4]failure(want) {
		t.Errorf("got %q, want %q", got, want)
	}
	c.Fail("")
	if f := c.Begin(); f != "" {
		t.Errorf("after the failure has ended, a request gets %q", f)
	}
	if c.Requests() != 5 {
		t.Errorf("counted %d requests, want 5", c.Requests())
	}
}

func TestNowIsTheClockUntilSet(t *testing.T) {
	c := NewControl([]failure{"down", "rate_limited"})
	if d := time.Since(c.Now()); d < 0 || d > time.Minute {
		t.Errorf("unset, it is %s off the clock", d)
	}
	at := time.Date(2026, 11, 21, 6, 0, 0, 0, time.UTC)
	c.SetNow(at)
	if !c.Now().Equal(at) {
		t.Errorf("got %s, want %s", c.Now(), at)
	}
}

func TestFailByNameListsTheKnownOnes(t *testing.T) {
	c := NewControl([]failure{"down", "rate_limited"})
	if err := c.FailByName("down"); err != nil || c.Begin() != "down" {
		t.Errorf("got %v", err)
	}
	for _, name := range []string{"", "dwon"} {
		if err := c.FailByName(name); err == nil || !strings.Contains(err.Error(), "down, rate_limited") || c.Begin() != "down" {
			t.Errorf("%q: got %v, want the known ones listed, and the failure as it was", name, err)
		}
	}
	if c.Fail(""); c.Begin() != "" {
		t.Error("it still fails")
	}
}

func TestAnAbortedHandlerTruncatesTheBody(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"half":`)
		if r.URL.Path == "/broken" {
			panic(http.ErrAbortHandler)
		}
	})
	url, err := Listen(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	for name, client := range map[string]*http.Client{
		"in memory": {Transport: Transport(h)},
		"listening": {},
	} {
		for path, broken := range map[string]bool{"/broken": true, "/whole": false} {
			resp, err := client.Get(url + path)
			if err == nil {
				_, err = io.ReadAll(resp.Body)
				_ = resp.Body.Close()
			}
			if (err != nil) != broken {
				t.Errorf("%s, %s: error %v, want one: %t", name, path, err, broken)
			}
		}
	}
}

func TestNullsReplacesEachValueInTurn(t *testing.T) {
	var got []string
	for document := range Nulls([]byte(`{"a":[1,{"b":"x"}]}`)) {
		got = append(got, string(document))
	}
	want := []string{`null`, `{"a":null}`, `{"a":[null,{"b":"x"}]}`, `{"a":[1,null]}`, `{"a":[1,{"b":null}]}`}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
