package function

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/option"

	"example.com/rollcall/shared/partition"
)

// taskServer is a fake of Cloud Tasks that accepts each name once.
func taskServer(t *testing.T, status int) (tasks map[string]map[string]any, options []option.ClientOption) {
	tasks = map[string]map[string]any{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Task map[string]any }
		data, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(data, &body); err != nil || r.Method != http.MethodPost || r.URL.Path != "/v2/projects/p/locations/l/queues/ask/tasks" {
			t.Errorf("%s %s: %s", r.Method, r.URL, data)
		}
		w.Header().Set("Content-Type", "application/json")
		name := body.Task["name"].(string)
		switch {
		case status != http.StatusOK:
			http.Error(w, `{"error":{"code":`+http.StatusText(status)+`}}`, status)
		case tasks[name] != nil:
			w.WriteHeader(http.StatusConflict)
			_, _ = io.WriteString(w, `{"error":{"code":409,"message":"Requested entity already exists","status":"ALREADY_EXISTS"}}`)
		default:
			tasks[name] = body.Task
			_, _ = io.WriteString(w, `{"name":"`+name+`"}`)
		}
	}))
	t.Cleanup(server.Close)
	return tasks, []option.ClientOption{option.WithEndpoint(server.URL), option.WithoutAuthentication()}
}

// A request is a task that posts to the source with a token that it accepts, and waits as long as a load may take.
// The same request is the same task.
func TestRepeatedRequestIsOneTask(t *testing.T) {
	tasks, options := taskServer(t, http.StatusOK)
	requester, err := NewTasks(t.Context(), "projects/p/locations/l/queues/ask", "caller@p.iam.gserviceaccount.com",
		map[string]string{"kit": "https://kit.example"}, options...)
	if err != nil {
		t.Fatal(err)
	}
	day := partition.MustParse("2026-11-21")
	for range 2 {
		if err := requester.RequestLoad(t.Context(), "kit", day, 1); err != nil {
			t.Fatal(err)
		}
	}
	name := "projects/p/locations/l/queues/ask/tasks/" + taskID("kit", day, 1)
	want := map[string]map[string]any{name: {
		"name": name, "dispatchDeadline": "1800s",
		"httpRequest": map[string]any{
			"httpMethod": "POST", "url": "https://kit.example", "body": "eyJwYXJ0aXRpb24iOiIyMDI2LTExLTIxIn0=", // {"partition":"2026-11-21"}
			"headers":   map[string]any{"Content-Type": "application/json"},
			"oidcToken": map[string]any{"serviceAccountEmail": "caller@p.iam.gserviceaccount.com", "audience": "https://kit.example"},
		},
	}}
	if diff := cmp.Diff(want, tasks); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := requester.RequestLoad(t.Context(), "kit", day, 2); err != nil || len(tasks) != 2 {
		t.Errorf("the second request: %v, %d tasks", err, len(tasks))
	}
	if err := requester.RequestLoad(t.Context(), "medium", day, 1); err == nil || !strings.Contains(err.Error(), "SOURCE_URLS") {
		t.Errorf("a source without an address: %v", err)
	}
}

func TestRequestThatCloudTasksRefusesIsAnError(t *testing.T) {
	_, options := taskServer(t, http.StatusForbidden)
	requester, err := NewTasks(t.Context(), "projects/p/locations/l/queues/ask", "caller", map[string]string{"kit": "https://kit.example"}, options...)
	if err != nil {
		t.Fatal(err)
	}
	if err := requester.RequestLoad(context.Background(), "kit", partition.MustParse("2026-11"), 1); err == nil || !strings.Contains(err.Error(), "request load of kit 2026-11") {
		t.Errorf("%v", err)
	}
}
