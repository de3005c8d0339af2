package source_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/fsouza/fake-gcs-server/fakestorage"

	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/source"
)

// A source supplies its name, its schemas and its Extract. Its section of pipeline.yaml declares the rest.
func ExampleNewRunner() {
	hello := &source.Source{
		Name:    "hello",
		Schemas: map[string]schema.Schema{"hello_days": columns},
		Extract: func(_ context.Context, req source.Request, out *source.Output) error {
			for _, day := range req.Window {
				if err := out.Write("hello_days", day, schema.Row{"text": "hello"}); err != nil {
					return err
				}
			}
			return nil
		},
	}
	section, err := pipeline.ParseSource([]byte(`{"hello": {
		"description": "Says hello.", "cadence": "daily", "due": "1d 10:00", "lookback": 2,
		"tables": {"hello_days": {"description": "One row per day.", "reads": "window"}}
	}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	gcs, err := fakestorage.NewServerWithOptions(fakestorage.Options{NoListener: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer gcs.Stop()
	gcs.CreateBucketWithOpts(fakestorage.CreateBucketOpts{Name: "staging"})
	runner, err := source.NewRunner(hello, source.Deps{
		Section: section, Staging: gcs.Client().Bucket("staging"), Warehouse: &jobs{},
		Now: func() time.Time { return now },
		Publish: func(_ context.Context, e event.Event) error {
			fmt.Println(e.Type, e.Source, e.Partition, e.Tables[0].Table)
			return nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	answer := httptest.NewRecorder()
	runner.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"partition":"2026-11-21"}`)))
	fmt.Println(answer.Code)
	// Output:
	// loaded hello 2026-11-20 raw.hello_days
	// loaded hello 2026-11-21 raw.hello_days
	// 200
}
