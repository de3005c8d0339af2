package cloud_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/rollcall/shared/cloud"
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
