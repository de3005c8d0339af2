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
)

func TestFunctionsAnswersAreTold(t *testing.T) {
	day := partition.MustParse("2026-11-21")
	for _, tc := range []struct {
		name   string
		status int
		body   string
		want   *Refusal
	}{
		{"loaded", 200, `{"load_id": "l1"}`, nil},
		{"refused, with a hint that the reason repeats", 422, `{"error": "Kit is closed; fix: pay", "hint": "pay"}`, &Refusal{422, "Kit is closed", "pay"}},
		{"trouble that may pass", 503, `{"error": "Kit is down", "retry": true}`, &Refusal{503, "Kit is down", ""}},
		{"no answer of a source's", 403, `<html>`, &Refusal{403, "the function answered 403 Forbidden: <html>", ""}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(tc.status)
				fmt.Fprint(w, tc.body)
			}))
			defer server.Close()
			answer, err := RequestLoad(t.Context(), server.Client(), "kit", server.URL, day, nil, Explicit(day))
			var refused *Refusal
			errors.As(err, &refused)
			if diff := cmp.Diff(tc.want, refused); diff != "" || tc.want == nil && (err != nil || string(answer) != tc.body) {
				t.Errorf("%s, %v (-want +got):\n%s", answer, err, diff)
			}
		})
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
