package function

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"google.golang.org/api/cloudtasks/v2"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/shared/partition"
)

// Tasks requests loads in production. It creates a task in Cloud Tasks, which posts it to the source's function
// as Cloud Scheduler does.
//
// A sweep does not post the request itself: a load may take half an hour, longer than a sweep may wait, and a
// caller that leaves ends the load with it. A Pub/Sub push waits for ten minutes at most. Cloud Tasks waits for
// thirty, retries while the function is busy (429), and accepts a task's name once, so a repeated request is
// the same request.
type Tasks struct {
	service *cloudtasks.Service
	queue   string // projects/…/locations/…/queues/…
	account string // the service account that may call the functions
	urls    map[string]string
}

// dispatchDeadline is how long Cloud Tasks waits for an answer: its maximum, and the timeout of a source's function.
// https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks
const dispatchDeadline = 30 * time.Minute

// NewTasks returns a Tasks that calls the sources at urls as the service account.
func NewTasks(ctx context.Context, queue, account string, urls map[string]string,
	options ...option.ClientOption) (*Tasks, error) {
	service, err := cloudtasks.NewService(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("connect to Cloud Tasks: %w", err)
	}
	return &Tasks{service, queue, account, urls}, nil
}

var _ coordinator.LoadRequester = (*Tasks)(nil)

// RequestLoad creates the task. A task that exists, or existed within the last day, is left as it is.
func (t *Tasks) RequestLoad(ctx context.Context, source string, p partition.Partition, number int) error {
	url := t.urls[source]
	if url == "" {
		return fmt.Errorf("request load of %s %s: SOURCE_URLS has no address of the source; fix: terraform apply",
			source, p)
	}
	body, err := json.Marshal(map[string]partition.Partition{"partition": p})
	if err != nil {
		return err
	}
	task := &cloudtasks.Task{
		Name:             t.queue + "/tasks/" + taskID(source, p, number),
		DispatchDeadline: fmt.Sprintf("%ds", int(dispatchDeadline.Seconds())),
		HttpRequest: &cloudtasks.HttpRequest{
			HttpMethod: http.MethodPost, Url: url, Body: base64.StdEncoding.EncodeToString(body),
			Headers:   map[string]string{"Content-Type": "application/json"},
			OidcToken: &cloudtasks.OidcToken{ServiceAccountEmail: t.account, Audience: url},
		},
	}
	_, err = t.service.Projects.Locations.Queues.Tasks.Create(t.queue,
		&cloudtasks.CreateTaskRequest{Task: task}).Context(ctx).Do()
	var status *googleapi.Error
	if errors.As(err, &status) && status.Code == http.StatusConflict {
		return nil
	}
	if err != nil {
		return fmt.Errorf("request load of %s %s: %w", source, p, err)
	}
	return nil
}

// taskID returns the same id for the same request. It begins with a hash because Cloud Tasks is slow with names
// that share a prefix.
func taskID(source string, p partition.Partition, number int) string {
	request := fmt.Sprintf("%s-%s-%d", source, p, number)
	hash := sha256.Sum256([]byte(request))
	return fmt.Sprintf("%x-%s", hash[:4], request)
}
