package pack

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/rollcall/shared/event"
)

// Two times at which Kit is read for the day. In the evening it has other subscribers.
var (
	morning = day.End().Add(8 * time.Hour)
	evening = day.End().Add(20 * time.Hour)
)

func isLoaded(p pushed) bool { return p.event.Type == event.Loaded }

// The deployed programs, with push requests from Google's own Pub/Sub.
func TestPushesOfPubSub(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs, and waits for seconds between deliveries")
	}
	cloud := startCloud(t)
	programs := buildPrograms(t, "coordinator", "kit")
	for _, c := range []struct {
		name string
		run  func(d *deployed)
	}{
		{"lead from a load to the models", func(d *deployed) {
			d.load(morning)
			d.until("the models are published and all events are processed", func() bool {
				return d.published(1) && d.gate.done(func(p pushed) bool { return p.event.Source == kitModels[0] }) &&
					d.gate.done(func(p pushed) bool { return p.event.Source == kitModels[1] })
			})
		}},
		{"end in what status tells of the project", func(d *deployed) {
			d.load(morning)
			d.until("the models are published", func() bool { return d.published(1) })
			out := d.command("status", "--date", day.String())
			for _, part := range []string{
				"✓ kit  arrived", "● subscriber_growth  up to date", "● subscriber_sources  up to date", "published 1 row", "30 MiB billed",
				"! medium  overdue", fmt.Sprintf("go run ./scripts/rollcall load --source medium --date %s --project %s", day, d.project),
			} {
				if !strings.Contains(out, part) {
					d.t.Errorf("status does not say %q:\n%s", part, out)
				}
			}
		}},
		{"are sent once more by replay, and each model runs once again", func(d *deployed) {
			d.startSweep()
			d.load(morning)
			d.until("the models are published", func() bool { return d.published(1) && d.gate.done(isLoaded) })
			out := d.command("replay", "--date", day.String(), "--yes")
			if !d.published(2) || !strings.Contains(out, "2 model runs, 6 queries") {
				d.t.Errorf("replay printed:\n%s", out)
			}
		}},
		{"are repeated after 429 and 500 until they are taken", func(d *deployed) {
			d.gate.refusing(func(p pushed) int {
				return []int{http.StatusTooManyRequests, http.StatusInternalServerError, 0}[min(p.attempt, 3)-1]
			})
			d.load(morning)
			d.until("the models are published", func() bool { return d.published(1) })
			d.until("the load's event is taken", func() bool { return d.gate.done(isLoaded) })
			if got := d.gate.answers(isLoaded); !slices.Equal(got, []int{429, 500, 204}) {
				d.t.Errorf("the event of the load was answered %v", got)
			}
		}},
		{"that are never taken become dead letters, and hold up nothing", func(d *deployed) {
			var bad string
			d.gate.refusing(func(p pushed) int {
				if p.event.Type == event.Loaded && (bad == "" || bad == p.message) {
					bad = p.message
					return http.StatusInternalServerError
				}
				return 0
			})
			d.load(morning)
			d.until("the first event was delivered", func() bool { return len(d.gate.answers(isLoaded)) > 0 })
			d.load(evening)
			d.until("the models are published", func() bool { return d.published(1) })
			letters := d.deadLetters(1)
			e, err := event.Decode(letters[0].Data)
			if err != nil || e.Source != "kit" || letters[0].Attributes["source"] != "kit" {
				d.t.Errorf("the dead letter is %+v, %v, %v", e, letters[0].Attributes, err)
			}
			for _, model := range kitModels {
				if run := d.succeeded(model)[0]; run.Inputs[0].LoadID == e.LoadID {
					d.t.Errorf("%s was run on what was never delivered", model)
				}
			}
		}},
		{"that can never be used become dead letters at once, with the reason", func(d *deployed) {
			d.publish([]byte(`{"version":1,"type":"loaded","source":"etsy"}`), 1)
			if letter := d.deadLetters(1)[0]; letter.Attributes["reason"] == "" || letter.Attributes["message_id"] == "" {
				d.t.Errorf("the dead letter has the attributes %v", letter.Attributes)
			}
			d.load(morning)
			d.until("the models are published", func() bool { return d.published(1) })
		}},
		{"in another order, and each twice, end in the newest version", func(d *deployed) {
			var older string // load id
			d.gate.refusing(func(p pushed) int {
				if p.event.Type != event.Loaded || older != "" && p.event.LoadID != older {
					return 0
				}
				if older = p.event.LoadID; p.attempt < 3 { // until the newer one was delivered
					return http.StatusTooManyRequests
				}
				return 0
			})
			d.load(morning)
			d.until("the older event was delivered", func() bool { return len(d.gate.answers(isLoaded)) > 0 })
			d.load(evening)
			d.until("the newer one is published and processed", func() bool { return d.published(1) && d.gate.done(isLoaded) })
			d.again(isLoaded)
			d.until("everything is taken, three times", func() bool {
				return len(slices.DeleteFunc(d.gate.answers(isLoaded), func(s int) bool { return s != http.StatusNoContent })) == 4
			})
			for _, model := range kitModels {
				runs := d.succeeded(model)
				if len(runs) != 1 || runs[0].Inputs[0].LoadID == older {
					d.t.Errorf("%s ran %d times, first on load %s; the older is %s", model, len(runs), runs[0].Inputs[0].LoadID, older)
				}
			}
		}},
		{"find the runs of a coordinator that was killed, and finish them", func(d *deployed) {
			release := d.bigquery.hold("stage_")
			d.load(morning)
			d.until("a stage job is under way", func() bool { return d.bigquery.held() })
			kill(d.t, d.coordinator.cmd)
			d.startCoordinator()
			release()
			d.until("the models are published", func() bool { return d.published(1) })
			takenOver := 0
			for _, model := range kitModels {
				writers := map[string]bool{}
				for _, run := range d.runs(model) {
					writers[run.Writer] = true
					if run.Attempt != 1 {
						d.t.Errorf("%s was begun anew, attempt %d, instead of carried on", model, run.Attempt)
					}
				}
				if len(writers) == 2 {
					takenOver++
				}
			}
			if takenOver == 0 {
				d.t.Error("no run was taken over")
			}
			if got := d.gate.answers(isLoaded); !slices.Contains(got, http.StatusTooManyRequests) {
				d.t.Errorf("no push was postponed while the lease of the killed one lasted: %v", got)
			}
		}},
		{"that are sought back leave alone what is complete", func(d *deployed) {
			since := time.Now().Add(-time.Minute)
			d.load(morning)
			all := func(times int) func() bool {
				return func() bool {
					got := d.gate.answers(func(pushed) bool { return true })
					taken := slices.DeleteFunc(got, func(status int) bool { return status != http.StatusNoContent })
					return d.published(1) && len(taken) == 3*times // the load, and what two models have published
				}
			}
			d.until("everything is taken", all(1))
			before := len(d.bigquery.Jobs())
			d.seek(since)
			d.until("everything is taken again", all(2))
			if after := len(d.bigquery.Jobs()); after != before {
				d.t.Errorf("BigQuery was given %d jobs, and after the seek %d", before, after)
			}
		}},
		{"that are sought back make up for what a broken coordinator has missed", func(d *deployed) {
			since := time.Now().Add(-time.Minute)
			d.gate.refusing(func(pushed) int { return http.StatusNoContent }) // it takes everything, and does nothing
			d.load(morning)
			d.until("the event is gone", func() bool { return d.gate.done(isLoaded) })
			if d.published(1) {
				d.t.Error("the models stand all the same")
			}
			d.gate.refusing(nil)
			d.seek(since)
			d.until("the models are published", func() bool { return d.published(1) })
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, cloud, programs)
			c.run(d)
			if !t.Failed() {
				d.expectOnePublicationEach()
			}
		})
	}
}
