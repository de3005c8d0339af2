package cloud_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/rollcall/shared/cloud"
	"example.com/rollcall/shared/source"
)

func get(h http.Handler) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	return w
}

func TestAHandlerIsBuiltOnceAndBuiltAgainAfterAFailure(t *testing.T) {
	built := 0
	h := cloud.Handler(func(context.Context) (http.Handler, error) {
		if built++; built == 1 {
			return nil, errors.New("secret manager is away")
		}
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }), nil
	})
	if w := get(h); w.Code != 500 || strings.Contains(w.Body.String(), "secret manager") {
		t.Errorf("first: %d %s", w.Code, w.Body)
	}
	for range 3 {
		if w := get(h); w.Code != 204 {
			t.Errorf("later: %d %s", w.Code, w.Body)
		}
	}
	if built != 2 {
		t.Errorf("built %d times", built)
	}
}

func TestConnectNamesEverySettingThatIsMissing(t *testing.T) {
	t.Setenv("GOOGLE_CLOUD_PROJECT", "")
	_, err := cloud.Connect(t.Context())
	for _, name := range []string{"GOOGLE_CLOUD_PROJECT", "BIGQUERY_LOCATION"} {
		if err == nil || !strings.Contains(err.Error(), name+" is empty") {
			t.Errorf("error %v does not name %s", err, name)
		}
	}
}

func TestURLsMayHoldColonsAndCommas(t *testing.T) {
	var urls cloud.URLs
	if err := urls.UnmarshalText([]byte(`{"kit":"https://kit.example:443/x,y"}`)); err != nil || urls["kit"] != "https://kit.example:443/x,y" {
		t.Errorf("%v, %v", urls, err)
	}
}

func TestASourceNamesEverySettingThatIsWrong(t *testing.T) {
	type config struct{}
	before := slog.Default()
	defer slog.SetDefault(before)
	newSource := func(config) (*source.Source, error) { return nil, errors.New("KIT_API_KEY is empty") }
	for section, want := range map[string]string{
		"":                 "PIPELINE_SOURCE is empty; fix: terraform apply sets it",
		"{":                "PIPELINE_SOURCE: pipeline: yaml",
		`{"kit": {"x":1}}`: "field x not found",
		`{}`:               "want the section of one source, got 0",
		`{"kit": {"cadence":"hourly","tables":{"medium_stories":{}}}}`: `source kit: cadence "hourly"`,
		`{"kit": {"tables":{"medium_stories":{}}}}`:                    "table medium_stories: the name does not begin with its source's",
	} {
		t.Setenv("PIPELINE_SOURCE", section)
		var log bytes.Buffer
		slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
		if w := get(cloud.Source(newSource)); w.Code != 500 {
			t.Errorf("answered %d", w.Code)
		}
		for _, part := range []string{"KIT_API_KEY is empty", "GOOGLE_CLOUD_PROJECT is empty", "STAGING_BUCKET is empty", want} {
			if text := strings.ReplaceAll(log.String(), `\"`, `"`); !strings.Contains(text, part) {
				t.Errorf("section %s: the log does not say %q:\n%s", section, part, text)
			}
		}
	}
}
