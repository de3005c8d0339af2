package coordinator

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

	"example.com/rollcall/shared/partition"
)

// Tasks is the Asker in production. It leaves each wish with Cloud Tasks, which posts it to the source's function as Cloud
// Scheduler does.
//
// A sweep does not post it itself, because a load may take half an hour: longer than a sweep may wait, and when a caller
// leaves, the context of its request ends and with it the load. Pub/Sub pushes wait for ten minutes at most. Cloud Tasks waits
// for thirty, comes back by itself when the function is busy (429), and takes a task's name once, so that a wish that
// is made again is the same wish.
type Tasks struct {
	service *cloudtasks.Service
	queue   string // projects/…/locations/…/queues/…
	account string // whom the functions let in
	urls    map[string]string
}

// patience is how long Cloud Tasks waits for an answer, the most there is; a source's function has as long.
// https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks
const patience = 30 * time.Minute

// NewTasks asks sources at their addresses by tasks in a queue, which call them as a service account.
func NewTasks(ctx context.Context, queue, account string, urls map[string]string, options ...option.ClientOption) (*Tasks, error) {
	service, err := cloudtasks.NewService(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("connect to Cloud Tasks: %w", err)
	}
	return &Tasks{service, queue, account, urls}, nil
}

var _ LoadRequester = (*Tasks)(nil)

// RequestLoad leaves the wish in the queue. One that is there, or was there within the last day, is left alone.
func (t *Tasks) RequestLoad(ctx context.Context, source string, p partition.Partition, number int) error {
	url := t.urls[source]
	if url == "" {
		return fmt.Errorf("ask %s for %s: SOURCE_URLS has no address of it; terraform apply sets it", source, p)
	}
	body, err := json.Marshal(map[string]partition.Partition{"partition": p})
	if err != nil {
		return err
	}
	task := &cloudtasks.Task{
		Name:             t.queue + "/tasks/" + taskID(source, p, number),
		DispatchDeadline: fmt.Sprintf("%ds", int(patience.Seconds())),
		HttpRequest: &cloudtasks.HttpRequest{
			HttpMethod: http.MethodPost, Url: url, Body: base64.StdEncoding.EncodeToString(body),
			Headers:   map[string]string{"Content-Type": "application/json"},
			OidcToken: &cloudtasks.OidcToken{ServiceAccountEmail: t.account, Audience: url},
		},
	}
	_, err = t.service.Projects.Locations.Queues.Tasks.Create(t.queue, &cloudtasks.CreateTaskRequest{Task: task}).Context(ctx).Do()
	var status *googleapi.Error
	if errors.As(err, &status) && status.Code == http.StatusConflict {
		return nil
	}
	if err != nil {
		return fmt.Errorf("ask %s for %s: %w", source, p, err)
	}
	return nil
}

// taskID is the same for the same wish. It begins with a hash, because Cloud Tasks is slow with names that resemble one
// another.
func taskID(source string, p partition.Partition, number int) string {
	wish := fmt.Sprintf("%s-%s-%d", source, p, number)
	hash := sha256.Sum256([]byte(wish))
	return fmt.Sprintf("%x-%s", hash[:4], wish)
}
