package term

import "testing"

func TestUnknownNamesAreAnsweredWithTheNearest(t *testing.T) {
	known := []string{"story_days", "story_months", "revenue", "creator_overview"}
	for _, tc := range []struct{ name, want string }{
		{"storydays", "; do you mean story_days?"},
		{"revnue", "; do you mean revenue?"},
		{"overview", "; do you mean creator_overview?"},
		{"story", "; do you mean story_days or story_months?"},
		{"x", "; there are story_days, story_months, revenue, creator_overview"},
	} {
		if got := DidYouMean(tc.name, known); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}
