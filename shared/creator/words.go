package creator

// The words that titles are made of.
var (
	subjects = []string{
		"Writing", "Editing", "Outlining", "Note-Taking", "Newsletters", "Headlines", "First Drafts", "Deadlines",
		"Slow Reading", "Side Projects", "Dashboards", "Spreadsheets", "SQL", "Go", "Data Pipelines", "Testing",
		"Remote Work", "Deep Work", "Walking", "Mornings", "Boredom", "Habits", "Constraints", "Small Teams",
	}
	lessons = []string{
		"What %s Taught Me About %s", "%s Is the Opposite of %s", "From %s to %s", "Less %s, More %s",
		"Why %s Beats %s", "%s for People Who Hate %s", "How %s Ruined %s for Me", "The Quiet Link Between %s and %s",
		"I Gave Up %s for %s", "%s, %s and the Cost of Both", "A Year of %s Without %s", "Ten Notes on %s and %s",
	}
)

var publications = []Publication{
	{ID: "5f1b9d0c7e2a", Slug: "slow-craft", Name: "Slow Craft"},
	{ID: "8c44aa7d9013", Slug: "plain-data", Name: "Plain Data"},
	{ID: "d0e6f2b37b51", Slug: "the-margin", Name: "The Margin"},
}
