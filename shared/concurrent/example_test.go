package concurrent_test

import (
	"context"
	"fmt"

	"example.com/rollcall/shared/concurrent"
)

func ExampleLocks_Lock() {
	var locks concurrent.Locks[string]
	unlock, waited, err := locks.Lock(context.Background(), "revenue 2026-10")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer unlock()
	fmt.Println("waited for another goroutine:", waited)
	// Output: waited for another goroutine: false
}
