package creator

// What subscribers are made of. An entry that stands more often is met more often.
var (
	firstNames = []string{"", "", "", "Alex", "Sam", "Noor", "Chris", "Yuki", "Robin", "Ines", "Zoë", "Lars", "O'Neill"}

	tagSets = [][]Tag{
		nil, nil, nil, {vip}, {course}, {weekly}, {weekly}, {weekly, vip}, {course, vip, weekly},
	}
	vip    = Tag{301, "VIP"}
	course = Tag{302, "Course buyer"}
	weekly = Tag{303, "Weekly, long"}

	fieldSets = []map[string]string{
		{}, {}, {"category": "Writing"}, {"category": "Data"}, {"category": "Data", "company_size": "11-50"}, {"how_found": "A friend said \"read this\""},
	}

	imported     = Attribution{SourceType: "import", SourceName: "Old list.csv"}
	attributions = []Attribution{
		{}, {SourceType: "api"},
		{Referrer: "https://medium.com/", UTMSource: "medium", UTMMedium: "story", UTMCampaign: "footer",
			SourceType: "form_subscription", SourceName: "Story footer", Mechanism: "landing_page", MechanismID: "9001"},
		{Referrer: "https://medium.com/", UTMSource: "medium", UTMMedium: "profile",
			SourceType: "form_subscription", SourceName: "Profile", Mechanism: "landing_page", MechanismID: "9001"},
		{Referrer: "https://t.co/abc123", UTMSource: "twitter", UTMMedium: "social", UTMCampaign: "spring_launch",
			SourceType: "form_subscription", SourceName: "Welcome Form", Mechanism: "landing_page", MechanismID: "9002"},
		{Referrer: "https://www.google.com/", SourceType: "form_subscription", SourceName: "Home page", Mechanism: "embed", MechanismID: "9003"},
		{UTMSource: "partner", UTMMedium: "newsletter", UTMCampaign: "swap", UTMTerm: "data mart", UTMContent: "top",
			SourceType: "form_subscription", SourceName: "Welcome Form", Mechanism: "landing_page", MechanismID: "9002"},
	}

	places = []Location{
		{"Portland", "OR", "US", 45.5, -122.6, "America/Los_Angeles"},
		{"Austin", "TX", "US", 30.27, -97.74, "America/Chicago"},
		{"New York", "NY", "US", 40.71, -74.01, "America/New_York"},
		{"London", "England", "GB", 51.51, -0.13, "Europe/London"},
		{"Zürich", "ZH", "CH", 47.37, 8.54, "Europe/Zurich"},
		{"Pune", "MH", "IN", 18.52, 73.86, "Asia/Kolkata"},
		{"Osaka", "27", "JP", 34.69, 135.5, "Asia/Tokyo"},
		{"Lagos", "LA", "NG", 6.45, 3.39, "Africa/Lagos"},
	}
)
