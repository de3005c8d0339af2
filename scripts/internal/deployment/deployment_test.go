package deployment

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/stage"
)

func TestFunctionsAnswersAreTold(t *testing.T) {
	r := Request{Source: "kit", Partition: partition.MustParse("2026-11-21")}
	for _, tc := range []struct {
		name   string
		status int
		body   string
		want   *Refusal
	}{
		{"loaded", 200, `{"load_id": "l1"}`, nil},
		{"refused, with a hint that the reason repeats", 422, `{"error": "Kit is closed; fix: pay", "hint": "pay"}`, &Refusal{Status: 422, Reason: "Kit is closed", Hint: "pay"}},
		{"a temporary failure", 503, `{"error": "Kit is down", "retry": true}`, &Refusal{Status: 503, Reason: "Kit is down"}},
		{"what a person may accept", 422, `{"error": "900 became 5", "refusals": [{"code": "volume", "table": "raw.kit_subscribers", "from": 900, "to": 5}]}`,
			&Refusal{Status: 422, Reason: "900 became 5", Refusals: []stage.Refusal{{Code: "volume", Table: "raw.kit_subscribers", From: 900, To: 5}}}},
		{"no answer of a source's", 403, `<html>`, &Refusal{Status: 403, Reason: "the function answered 403 Forbidden: <html>"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(tc.status)
				fmt.Fprint(w, tc.body)
			}))
			defer server.Close()
			answer, err := Post(t.Context(), server.Client(), server.URL, r)
			var refused *Refusal
			errors.As(err, &refused)
			if diff := cmp.Diff(tc.want, refused, cmp.Comparer(func(a, b partition.Partition) bool { return a == b })); diff != "" || tc.want == nil && (err != nil || answer.LoadID != "l1") {
				t.Errorf("%v, %v (-want +got):\n%s", answer, err, diff)
			}
		})
	}
}

func TestBodyIsWhatAFunctionReads(t *testing.T) {
	r := Request{Source: "kit", Partition: partition.MustParse("2026-11-21")}
	if got, want := string(r.body()), `{"partition":"2026-11-21"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	r.Accept, r.By, r.Reason, r.LoadID = true, "ann@laptop", `cleaned the "old" list`, "l1"
	want := `{"partition":"2026-11-21","accept":true,"by":"ann@laptop","reason":"cleaned the \"old\" list","load_id":"l1"}`
	if got := string(r.body()); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

type reasons map[string][]byte

func (r reasons) Reasons(context.Context, int) (map[string][]byte, error) { return r, nil }

func TestReasonThatCannotBeReadIsNamed(t *testing.T) {
	s := &Deployment{Name: "my-mart", Drops: reasons{"quarantine/drops/a.json.reason.json": []byte("{")}}
	if _, err := s.Refused(t.Context(), 10); err == nil || !strings.Contains(err.Error(), "my-mart: quarantine/drops/a.json.reason.json") {
		t.Errorf("got %v", err)
	}
}

func TestCommandsAreForTheSite(t *testing.T) {
	for flag, want := range map[string]string{
		"": "go run ./scripts/rollcall run --source kit", "--project my-mart": "go run ./scripts/rollcall run --source kit --project my-mart",
	} {
		if got := (&Deployment{Flag: flag}).Command("run", "--source", "kit"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
