package kittest

import (
	"strconv"
	"time"

	"example.com/rollcall/shared/creator"
)

// answer is a page as Kit sends it.
type answer struct {
	Subscribers []subscriber `json:"subscribers"`
	Pagination  struct {
		HasPrevious bool   `json:"has_previous_page"`
		HasNext     bool   `json:"has_next_page"`
		Start       string `json:"start_cursor"`
		End         string `json:"end_cursor"`
		PerPage     int    `json:"per_page"`
		Total       *int64 `json:"total_count,omitempty"`
	} `json:"pagination"`
}

type subscriber struct {
	ID          int64             `json:"id"`
	FirstName   *string           `json:"first_name"`
	Email       string            `json:"email_address"`
	State       string            `json:"state"`
	CreatedAt   string            `json:"created_at"`
	Fields      map[string]string `json:"fields"`
	Attribution *attribution      `json:"attribution,omitempty"`
	Tags        *[]tag            `json:"tags,omitempty"`
	Location    *location         `json:"location,omitempty"`
}

type attribution struct {
	Referrer    *string `json:"referrer"`
	UTMSource   *string `json:"utm_source"`
	UTMMedium   *string `json:"utm_medium"`
	UTMCampaign *string `json:"utm_campaign"`
	UTMTerm     *string `json:"utm_term"`
	UTMContent  *string `json:"utm_content"`
	SourceType  *string `json:"source_type"`
	SourceName  *string `json:"source_name"`
	Mechanism   *string `json:"source_mechanism"`
	MechanismID *int64  `json:"source_mechanism_id"`
}

type tag struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

type location struct {
	City      *string  `json:"city"`
	State     *string  `json:"state"`
	Country   *string  `json:"country"`
	Latitude  *float64 `json:"latitude"`
	Longitude *float64 `json:"longitude"`
	Timezone  *string  `json:"timezone"`
}

// encode returns a subscriber as Kit sends it, with what the request includes. What is unknown is null.
func encode(s creator.Subscriber, include []string) subscriber {
	sent := subscriber{
		ID: s.ID, FirstName: orNull(s.FirstName), Email: s.Email, State: string(s.State),
		CreatedAt: s.CreatedAt.UTC().Format(time.RFC3339), Fields: s.Fields,
	}
	if sent.Fields == nil {
		sent.Fields = map[string]string{}
	}
	for _, part := range include {
		switch part {
		case "attribution":
			sent.Attribution = encodeAttribution(s.Attribution)
		case "tags":
			tags := make([]tag, len(s.Tags))
			for i, t := range s.Tags {
				tags[i] = tag{t.ID, t.Name}
			}
			sent.Tags = &tags
		case "location":
			sent.Location = &location{}
			if l := s.Location; l != nil {
				sent.Location = &location{
					orNull(l.City), orNull(l.Region), orNull(l.Country), &l.Latitude, &l.Longitude, orNull(l.Timezone),
				}
			}
		}
	}
	return sent
}

func encodeAttribution(a creator.Attribution) *attribution {
	sent := &attribution{
		orNull(a.Referrer), orNull(a.UTMSource), orNull(a.UTMMedium), orNull(a.UTMCampaign), orNull(a.UTMTerm),
		orNull(a.UTMContent), orNull(a.SourceType), orNull(a.SourceName), orNull(a.Mechanism), nil,
	}
	if id, err := strconv.ParseInt(a.MechanismID, 10, 64); err == nil {
		sent.MechanismID = &id
	}
	return sent
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
