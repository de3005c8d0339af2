package terraform_test

import (
	"fmt"
	"testing"
)

func TestEventsArePushedWithAnIdentityUntilAcknowledged(t *testing.T) {
	d := deploy(t)
	d.expect("google_pubsub_topic.loaded", map[string]string{"name": "loaded", "message_retention_duration": "2678400s"})
	for name, topic := range map[string]string{"coordinator": "loaded", "drops": "drops"} {
		uri := "https://rollcall-" + name + ".run.app"
		d.expect("google_pubsub_subscription."+name, map[string]string{
			"topic":                                        topic,
			"push_config.push_endpoint":                    uri,
			"push_config.oidc_token.audience":              uri,
			"push_config.oidc_token.service_account_email": "rollcall-push@demo-mart.iam.gserviceaccount.com",
			"ack_deadline_seconds":                         "600",
			"retry_policy.minimum_backoff":                 "10s",
			"retry_policy.maximum_backoff":                 "600s",
			"expiration_policy":                            `[{"ttl":""}]`, // never
			"dead_letter_policy.dead_letter_topic":         "dead-letter",
			"dead_letter_policy.max_delivery_attempts":     "100",
		})
	}
	d.expect("google_pubsub_subscription.dead_letter", map[string]string{
		"topic": "dead-letter", "expiration_policy": `[{"ttl":""}]`, "push_config": "",
		"message_retention_duration": "2678400s",
	})
	_, env := d.function("coordinator")
	if got := env["DEAD_LETTER_TOPIC"]; got != "dead-letter" {
		t.Errorf("the coordinator publishes dead letters to %q", got)
	}
}

func TestADropNotifiesTheDropsFunction(t *testing.T) {
	d := deploy(t)
	d.expect("google_storage_notification.drops", map[string]string{
		"bucket": "demo-mart-rollcall-drops", "topic": "drops", "payload_format": "JSON_API_V1",
		"event_types": `["OBJECT_FINALIZE"]`, "object_name_prefix": "", // of all objects
	})
	_, env := d.function("drops")
	if got := env["DROPS_BUCKET"]; got != "demo-mart-rollcall-drops" {
		t.Errorf("drops reads bucket %q", got)
	}
}

func TestEachSourceRunsOnItsSchedule(t *testing.T) {
	d := deploy(t)
	jobs := 1 // the sweep's
	for name, source := range d.pipeline.Sources {
		if source.Schedule == "" {
			continue
		}
		jobs++
		uri := "https://rollcall-" + name + ".run.app"
		i, _ := d.function(name)
		d.expect(fmt.Sprintf("google_cloud_scheduler_job.source[%q]", name), map[string]string{
			"schedule":                        source.Schedule,
			"time_zone":                       d.pipeline.Timezone,
			"http_target.http_method":         "POST",
			"http_target.uri":                 uri,
			"http_target.body":                "", // the newest complete partition
			"http_target.oidc_token.audience": uri,
			"http_target.oidc_token.service_account_email": "rollcall-scheduler@demo-mart.iam.gserviceaccount.com",
			"attempt_deadline":         i.text(t, "service_config.timeout_seconds") + "s",
			"retry_config.retry_count": "5",
		})
	}
	if n := len(d.of("google_cloud_scheduler_job")); n != jobs {
		t.Errorf("%d jobs, want %d", n, jobs)
	}
}

func TestTheSweepRunsEvery15Minutes(t *testing.T) {
	d := deploy(t)
	d.expect("google_cloud_scheduler_job.sweep", map[string]string{
		"schedule":                                     "*/15 * * * *",
		"http_target.http_method":                      "POST",
		"http_target.uri":                              "https://rollcall-sweep.run.app",
		"http_target.body":                             "",
		"http_target.oidc_token.audience":              "https://rollcall-sweep.run.app",
		"http_target.oidc_token.service_account_email": "rollcall-scheduler@demo-mart.iam.gserviceaccount.com",
		"retry_config.retry_count":                     "0",
	})
	d.expect("google_cloud_tasks_queue.ask", map[string]string{
		"name": "rollcall-ask", "location": region, "retry_config.max_attempts": "3",
	})
}
