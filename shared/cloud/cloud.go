// Package cloud connects a deployed function to its services on Google Cloud. It reads the settings that
// Terraform puts into the function's environment.
package cloud

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
)

// Handler builds a handler on the first request and serves with it for the life of the instance. If build
// fails, it logs the error and answers 500; the next request tries again, because the error may be temporary.
func Handler(build func(ctx context.Context) (http.Handler, error)) http.HandlerFunc {
	var mu sync.Mutex
	var built http.Handler
	get := func(ctx context.Context) (http.Handler, error) {
		mu.Lock()
		defer mu.Unlock()
		if built != nil {
			return built, nil
		}
		h, err := build(context.WithoutCancel(ctx))
		if err == nil {
			built = h
		}
		return h, err
	}
	return func(w http.ResponseWriter, r *http.Request) {
		h, err := get(r.Context())
		if err != nil {
			slog.ErrorContext(r.Context(), "function is not configured", "error", err)
			http.Error(w, "function is not configured; its log says why", http.StatusInternalServerError)
			return
		}
		h.ServeHTTP(w, r)
	}
}
