package concurrent

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// Map calls f with 0 … n-1, at most limit calls at the same time, and returns the results in that order. When a
// call fails, the context of the others ends, and Map returns the first error.
func Map[T any](ctx context.Context, limit, n int, f func(ctx context.Context, i int) (T, error)) ([]T, error) {
	results := make([]T, n)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(limit)
	for i := range n {
		group.Go(func() (err error) {
			results[i], err = f(ctx, i)
			return err
		})
	}
	return results, group.Wait()
}
