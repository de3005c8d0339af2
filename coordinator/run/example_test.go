package run_test

import (
	"context"
	"errors"
	"fmt"

	"example.com/rollcall/coordinator/run"
	"example.com/rollcall/shared/manifest"
)

// An attempt stages, audits and publishes. After it was fenced it can never publish.
func ExampleRunner_Attempt() {
	ctx := context.Background()
	stats := model(manifest.Model{})
	runner, warehouse := setup(stats, "x")

	end, err := runner.Attempt(ctx, stats, started(1))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(end.State, end.Published.Rows, "rows")
	for _, id := range warehouse.Jobs() {
		fmt.Println(id)
	}

	if _, err := runner.Fence(ctx, stats, started(2)); err != nil {
		fmt.Println(err)
		return
	}
	_, err = runner.Attempt(ctx, stats, started(2))
	fmt.Println("fenced:", errors.Is(err, run.ErrFenced))
	// Output:
	// succeeded 41 rows
	// stage_stats_2026-11-21_0123456789ab_a1
	// audit_stats_2026-11-21_0123456789ab_a1
	// publish_stats_2026-11-21_0123456789ab_a1
	// freshness_stats_2026-11-21_0123456789ab_a1
	// fenced: true
}
