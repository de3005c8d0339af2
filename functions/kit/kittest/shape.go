package kittest

import (
	"strconv"
	"time"

	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/upstream/upstreamtest"
)

// object is a JSON object.
type object = map[string]any

// answer is a page as Kit sends it.
type answer struct {
	Subscribers []object `json:"subscribers"`
	Pagination  struct {
		HasPrevious bool   `json:"has_previous_page"`
		HasNext     bool   `json:"has_next_page"`
		Start       string `json:"start_cursor"`
		End         string `json:"end_cursor"`
		PerPage     int    `json:"per_page"`
		Total       *int64 `json:"total_count,omitempty"`
	} `json:"pagination"`
}

// id returns the id of the i-th subscriber.
func (a answer) id(i int) int64 { return a.Subscribers[i]["id"].(int64) }

// encode returns a subscriber as Kit sends it, with what the request includes. What is unknown is null.
func encode(s creator.Subscriber, include []string) object {
	orNull := upstreamtest.OrNull[string]
	fields := object{}
	for name, value := range s.Fields {
		fields[name] = value
	}
	sent := object{
		"id": s.ID, "first_name": orNull(s.FirstName), "email_address": s.Email, "state": string(s.State),
		"created_at": s.CreatedAt.UTC().Format(time.RFC3339), "fields": fields,
	}
	for _, part := range include {
		switch part {
		case "attribution":
			a := s.Attribution
			var mechanism any
			if id, err := strconv.ParseInt(a.MechanismID, 10, 64); err == nil {
				mechanism = id
			}
			sent[part] = object{
				"referrer": orNull(a.Referrer), "utm_source": orNull(a.UTMSource), "utm_medium": orNull(a.UTMMedium),
				"utm_campaign": orNull(a.UTMCampaign), "utm_term": orNull(a.UTMTerm),
				"utm_content": orNull(a.UTMContent), "source_type": orNull(a.SourceType),
				"source_name": orNull(a.SourceName), "source_mechanism": orNull(a.Mechanism),
				"source_mechanism_id": mechanism,
			}
		case "tags":
			tags := []object{}
			for _, t := range s.Tags {
				tags = append(tags, object{"id": t.ID, "name": t.Name})
			}
			sent[part] = tags
		case "location":
			location := object{
				"city": nil, "state": nil, "country": nil, "latitude": nil, "longitude": nil, "timezone": nil,
			}
			if l := s.Location; l != nil {
				location = object{
					"city": orNull(l.City), "state": orNull(l.Region), "country": orNull(l.Country),
					"latitude": l.Latitude, "longitude": l.Longitude, "timezone": orNull(l.Timezone),
				}
			}
			sent[part] = location
		}
	}
	return sent
}
