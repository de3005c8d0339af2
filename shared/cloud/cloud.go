// Package cloud connects a deployed function with the services that it works with on Google Cloud, from the environment
// that Terraform gives it.
package cloud

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
)

// Handler serves by a handler that is built on the first request and kept for the life of the instance, so that a
// function's start costs nothing that its requests do not need. While it cannot be built, every request is answered 500
// and the reason is logged; the next request tries again, because the reason may be a service that was away.
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
