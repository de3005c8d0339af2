package medium

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/rollcall/functions/medium/mediumtest"
	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/source/sourcetest"
	"example.com/rollcall/shared/upstream/upstreamtest"
)

// After every failure of Medium, no table has changed, no event is published and no secret is shown. The response has
// a hint if a retry cannot help.
func TestFailures(t *testing.T) {
	failures := slices.DeleteFunc(slices.Clone(mediumtest.Failures), func(f mediumtest.Failure) bool {
		return slices.Contains(unnoticed, f)
	})
	sourcetest.Failures(t, failures, func(t *testing.T, failure mediumtest.Failure) *sourcetest.Rig {
		_, fake, src := setUp(t)
		fake.Fail(failure)
		return sourcetest.Run(t, src, asOf)
	}, mediumtest.SID)
}

// unnoticed holds what one answer alone does not show; see TestAListThatDiffersIsNotLoaded and TestWhatLooksLeftOutIsNotLoaded.
var unnoticed = []mediumtest.Failure{
	mediumtest.StoryMissing, mediumtest.NullBundle, mediumtest.ListEndsEarly, mediumtest.FirstPageAlone,
	mediumtest.HalfOfYesterday, mediumtest.NoMembers, mediumtest.NoEarnings, mediumtest.StoriesDeleted, mediumtest.OtherAccount, mediumtest.ViewsFall,
	mediumtest.Dense,
}

// If any request of a run fails, nothing is loaded.
func TestAFailureInTheMiddleLoadsNothing(t *testing.T) {
	_, calm, src := setUp(t)
	sourcetest.Run(t, src, asOf).Load(t, "")
	failures := []mediumtest.Failure{
		mediumtest.Down, mediumtest.TruncatedPage, mediumtest.CookieExpired, mediumtest.SignedOutHTML, mediumtest.GraphQLError,
	}
	for n := 0; n < calm.Requests(); n += 13 {
		failure := failures[n%len(failures)]
		t.Run(fmt.Sprintf("%s after %d", failure, n), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, fake, src := setUp(t)
				fake.FailAfter(n, failure)
				rig := sourcetest.Run(t, src, asOf)
				if status, answer := rig.Post(""); status == http.StatusOK {
					t.Errorf("it succeeded: %s", answer)
				}
				rig.Untouched(t)
			})
		})
	}
	// The last request is the account's. It must succeed like the others.
	synctest.Test(t, func(t *testing.T) {
		_, fake, src := setUp(t)
		fake.FailAfter(calm.Requests()-1, mediumtest.Down)
		rig := sourcetest.Run(t, src, asOf)
		if status, _ := rig.Post(""); status != http.StatusServiceUnavailable {
			t.Errorf("answered %d", status)
		}
		rig.Untouched(t)
	})
}

func TestTemporaryErrorsDelayTheRun(t *testing.T) {
	for _, failure := range []mediumtest.Failure{mediumtest.RateLimited, mediumtest.Down, mediumtest.BrokenOff} {
		t.Run(string(failure), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, fake, src := setUp(t)
				fake.FailAfter(4, failure)
				time.AfterFunc(5*time.Second, func() { fake.Fail("") })
				rig := sourcetest.Run(t, src, asOf)
				began := time.Now()
				rig.Load(t, "")
				if waited := time.Since(began); waited < 2*time.Second {
					t.Errorf("retried after only %s", waited)
				}
				rig.NoSecrets(t, "", mediumtest.SID)
				if !strings.Contains(rig.Log(), "asking again") {
					t.Errorf("the log does not mention the retry:\n%s", rig.Log())
				}
			})
		})
	}
}

func TestConfigReportsAllFaultsTogether(t *testing.T) {
	good := Config{URL: "https://medium.com", Username: "me", SID: "1:abcdef", UID: "6f0d2c41b7aa", Interval: time.Second}
	for name, test := range map[string]struct {
		break_ func(*Config)
		want   []string // settings that are named
	}{
		"as they should be":                {func(*Config) {}, nil},
		"nothing is set":                   {func(c *Config) { *c = Config{} }, []string{"MEDIUM_URL", "MEDIUM_USERNAME", "MEDIUM_SID", "MEDIUM_UID"}},
		"an address anybody can listen to": {func(c *Config) { c.URL = "http://medium.com" }, []string{"MEDIUM_URL"}},
		"an @ before the name":             {func(c *Config) { c.Username = "@me" }, []string{"MEDIUM_USERNAME"}},
		"an address for a name":            {func(c *Config) { c.Username = "medium.com/@me" }, []string{"MEDIUM_USERNAME"}},
		"the whole cookie header":          {func(c *Config) { c.SID = "1:abcdef; uid=6f0d" }, []string{"MEDIUM_SID"}},
		"a line break":                     {func(c *Config) { c.UID = "6f0d2c41b7aa\n" }, []string{"MEDIUM_UID"}},
		"quotes":                           {func(c *Config) { c.SID = `"1:abcdef"` }, []string{"MEDIUM_SID"}},
		"time runs backwards":              {func(c *Config) { c.Interval, c.RetryWait = -1, -1 }, []string{"MEDIUM_INTERVAL", "MEDIUM_RETRY_WAIT"}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := good
			test.break_(&cfg)
			_, err := New(cfg)
			if (err == nil) != (test.want == nil) {
				t.Fatalf("got %v", err)
			}
			for _, setting := range test.want {
				if !strings.Contains(err.Error(), setting) {
					t.Errorf("%v does not name %s", err, setting)
				}
			}
			if err != nil && strings.Contains(err.Error(), "abcdef") {
				t.Errorf("the error tells the cookie: %v", err)
			}
		})
	}
}

func TestSettingsComeFromTheEnvironment(t *testing.T) {
	cfg := sourcetest.Config[Config](t, map[string]string{
		"MEDIUM_USERNAME": "me", "MEDIUM_SID": "1:abcdef", "MEDIUM_UID": "6f0d2c41b7aa",
	})
	if cfg.URL != "https://medium.com" || cfg.Interval != time.Second || cfg.Validate() != nil {
		t.Errorf("defaults are %+v: %v", cfg, cfg.Validate())
	}
}

// The fake is as strict as Medium, so a client that breaks the interface fails here.
func TestTheFakeRefusesWhatMediumRefuses(t *testing.T) {
	cookie := "sid=" + mediumtest.SID + "; uid=" + mediumtest.UID
	const chrome = userAgent
	viewer := `[{"operationName":"ViewerQuery","variables":{},"query":"query ViewerQuery { viewer { id username } }"}]`
	for name, test := range map[string]struct {
		path, agent, cookie, body string
		status                    int
		want                      string
	}{
		"what it should be":    {"/_/graphql", chrome, cookie, viewer, 200, `"username":"` + creator.Username},
		"no cookie":            {"/_/graphql", chrome, "", viewer, 200, `"viewer":null`},
		"another cookie":       {"/_/graphql", chrome, "sid=x; uid=y", viewer, 200, `"viewer":null`},
		"no browser":           {"/_/graphql", "Go-http-client/1.1", cookie, viewer, 403, "Just a moment..."},
		"another path":         {"/graphql", chrome, cookie, viewer, 404, "<html>"},
		"an unknown field":     {"/_/graphql", chrome, cookie, strings.Replace(viewer, "id username", "id shoeSize", 1), 400, "shoeSize"},
		"an unknown operation": {"/_/graphql", chrome, cookie, strings.ReplaceAll(viewer, "ViewerQuery", "Viewer"), 400, "Unknown operation"},
		"no array":             {"/_/graphql", chrome, cookie, viewer[1 : len(viewer)-1], 400, "array"},
		"two at once":          {"/_/graphql", chrome, cookie, viewer[:len(viewer)-1] + "," + viewer[1:], 400, "array"},
		"an unknown cursor": {"/_/graphql", chrome, cookie, fmt.Sprintf(`[{"operationName":"UserLifetimeStoryStatsPostsQuery","variables":`+
			`{"username":%q,"first":50,"after":"nowhere","orderBy":{"publishedAt":"DESC"},"filter":{"published":true}},"query":%q}]`,
			creator.Username, readQuery("stories")), 400, "invalid cursor"},
	} {
		t.Run(name, func(t *testing.T) {
			_, fake, _ := setUp(t)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1"+test.path, strings.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("User-Agent", test.agent)
			req.Header.Set("Cookie", test.cookie)
			resp, err := upstreamtest.Transport(fake).RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			body := new(strings.Builder)
			if err := resp.Write(body); err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != test.status || !strings.Contains(body.String(), test.want) {
				t.Errorf("want %d and %s, got:\n%s", test.status, test.want, body)
			}
		})
	}
}

func TestEveryFailureHasAName(t *testing.T) {
	for _, f := range mediumtest.Failures {
		_, fake, _ := setUp(t)
		if err := fake.FailByName(string(f)); err != nil || fake.Begin() != f {
			t.Errorf("%s: %v", f, err)
		}
	}
	if sorted := slices.Compact(slices.Sorted(slices.Values(mediumtest.Failures))); len(sorted) != len(mediumtest.Failures) {
		t.Error("two failures have one name")
	}
}
