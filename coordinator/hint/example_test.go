package hint_test

import (
	"fmt"

	"example.com/rollcall/coordinator/hint"
	"example.com/rollcall/shared/partition"
)

func ExampleFault_Advice() {
	f := hint.Fault{Code: hint.NotRequested, Source: "kit", Partition: partition.MustParse("2026-11-21")}
	text, command := f.Advice(hint.Deployment{Flag: "--project my-mart"})
	fmt.Println(text)
	fmt.Println(command)
	// Output:
	// load it; if that fails, see the log of function kit
	// go run ./scripts/rollcall load --source kit --date 2026-11-21 --project my-mart
}
