package coordtest

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"cloud.google.com/go/storage"
	"google.golang.org/api/option"

	"example.com/rollcall/coordinator/ledger"
)

// maxPage is the number of names in one page of a Cloud Storage listing.
const maxPage = 1000

// Client returns Google's own client, connected over loopback to a server that answers from m as Cloud
// Storage does. It lets a benchmark include the client's cost. The server knows the three requests that a
// ledger makes; other tests check them against fake-gcs-server.
func (m *Store) Client(t testing.TB) *storage.Client {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /upload/storage/v1/b/{bucket}/o", m.serveCreate)
	mux.HandleFunc("GET /storage/v1/b/{bucket}/o", m.serveList)
	mux.HandleFunc("GET /storage/v1/b/{bucket}/o/{name...}", m.serveRead)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	client, err := storage.NewClient(t.Context(), option.WithEndpoint(server.URL+"/storage/v1/"),
		option.WithoutAuthentication(), storage.WithJSONReads())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return client
}

func (m *Store) serveCreate(w http.ResponseWriter, r *http.Request) {
	name, data, err := upload(r)
	if err != nil || r.URL.Query().Get("ifGenerationMatch") != "0" {
		http.Error(w, "want a multipart upload on the condition that there is no such object", http.StatusBadRequest)
		return
	}
	if err := m.Create(r.Context(), name, data); err != nil {
		answer(w, http.StatusPreconditionFailed,
			map[string]any{"error": map[string]any{"code": http.StatusPreconditionFailed, "message": err.Error()}})
		return
	}
	answer(w, http.StatusOK, map[string]any{"kind": "storage#object", "bucket": r.PathValue("bucket"),
		"name": name, "generation": "1"})
}

// upload parses a multipart upload into the object's name and content.
func upload(r *http.Request) (name string, data []byte, err error) {
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return "", nil, err
	}
	parts := multipart.NewReader(r.Body, params["boundary"])
	var attrs struct{ Name string }
	part, err := parts.NextPart()
	if err != nil {
		return "", nil, err
	}
	if err := json.NewDecoder(part).Decode(&attrs); err != nil {
		return "", nil, err
	}
	if part, err = parts.NextPart(); err != nil {
		return "", nil, err
	}
	data, err = io.ReadAll(part)
	return attrs.Name, data, err
}

func (m *Store) serveList(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	names, err := m.List(r.Context(), q.Get("prefix"), max(q.Get("startOffset"), q.Get("pageToken")), q.Get("endOffset"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	page := map[string]any{"kind": "storage#objects"}
	if len(names) > maxPage {
		page["nextPageToken"] = names[maxPage]
		names = names[:maxPage]
	}
	items := make([]map[string]string, len(names))
	for i, name := range names {
		items[i] = map[string]string{"name": name}
	}
	page["items"] = items
	answer(w, http.StatusOK, page)
}

func (m *Store) serveRead(w http.ResponseWriter, r *http.Request) {
	data, err := m.Read(r.Context(), strings.TrimSuffix(r.PathValue("name"), "/"))
	if errors.Is(err, ledger.ErrNotFound) {
		http.Error(w, "no such object", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(data) // an error means that the client has gone
}

func answer(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body) // an error means that the client has gone
}
