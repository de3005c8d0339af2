package cloudlog_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"example.com/rollcall/shared/cloudlog"
)

// A logger writes Cloud Logging's names for severity and message, and no secret.
func ExampleNew() {
	log := cloudlog.New(os.Stdout, slog.LevelInfo, "kit_1a2b3c")
	record := slog.NewRecord(time.Time{}, slog.LevelWarn, "request refused", 0) // as log.Warn makes one, without the time
	record.Add("source", "kit", "url", "https://api.kit.com/v4/account?api_key=kit_1a2b3c")
	if err := log.Handler().Handle(context.Background(), record); err != nil {
		fmt.Println(err)
	}
	// Output: {"severity":"WARNING","message":"request refused","source":"kit","url":"https://api.kit.com/v4/account?api_key=[secret]"}
}

// A Redactor removes secrets from the text of a service that repeats them.
func ExampleRedactor_String() {
	redact := cloudlog.NewRedactor("kit_1a2b3c")
	fmt.Println(redact.String(`{"errors": ["the key kit_1a2b3c is not valid"]}`))
	// Output: {"errors": ["the key [secret] is not valid"]}
}
