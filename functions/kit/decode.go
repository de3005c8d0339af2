package kit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/source"
)

// page is one page of the subscriber list; see Kit's reference of GET /v4/subscribers.
type page struct {
	Subscribers []subscriber
	Pagination  pagination
}

type pagination struct {
	HasNextPage bool   `json:"has_next_page"`
	EndCursor   string `json:"end_cursor"`
	PerPage     int64  `json:"per_page"`
	TotalCount  *int64 `json:"total_count"` // only if it was requested
}

type subscriber struct {
	ID          int64           `json:"id"`
	State       string          `json:"state"`
	FirstName   *string         `json:"first_name"`
	Email       string          `json:"email_address"`
	CreatedAt   time.Time       `json:"created_at"`
	Fields      json.RawMessage `json:"fields"`
	Attribution struct {
		Referrer    *string `json:"referrer"`
		UTMSource   *string `json:"utm_source"`
		UTMMedium   *string `json:"utm_medium"`
		UTMCampaign *string `json:"utm_campaign"`
		UTMTerm     *string `json:"utm_term"`
		UTMContent  *string `json:"utm_content"`
		SourceType  *string `json:"source_type"`
		SourceName  *string `json:"source_name"`
		Mechanism   *string `json:"source_mechanism"`
		MechanismID *id     `json:"source_mechanism_id"`
	} `json:"attribution"`
	Tags []struct {
		Name string `json:"name"`
	} `json:"tags"`
	Location struct {
		City      *string  `json:"city"`
		State     *string  `json:"state"`
		Country   *string  `json:"country"`
		Latitude  *float64 `json:"latitude"`
		Longitude *float64 `json:"longitude"`
		Timezone  *string  `json:"timezone"`
	} `json:"location"`
}

// id is an identifier that Kit sends as a number or as text. It is stored as text.
type id string

func (i *id) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err == nil {
		*i = id(text)
		return nil
	}
	var number json.Number
	if err := json.Unmarshal(data, &number); err != nil {
		return fmt.Errorf("an id is neither a number nor text: %.40s", data)
	}
	*i = id(number)
	return nil
}

// decodePage decodes one page. Its errors may pass: a proxy sends a page of HTML while the service behind it is down.
func decodePage(body []byte) (page, error) {
	if isHTML(body) {
		return page{}, errors.New("Kit answered with a page of HTML instead of JSON; if this persists, check KIT_URL")
	}
	var answer struct {
		Subscribers *[]subscriber `json:"subscribers"`
		Pagination  *pagination   `json:"pagination"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return page{}, fmt.Errorf("Kit's answer of %d bytes is not the JSON of a page: %w", len(body), err)
	}
	if answer.Subscribers == nil || answer.Pagination == nil {
		return page{}, errors.New("Kit's answer has no subscribers or no pagination")
	}
	p := page{*answer.Subscribers, *answer.Pagination}
	for i, s := range p.Subscribers {
		if s.ID <= 0 {
			return page{}, fmt.Errorf("subscriber %d of the page has no id", i+1)
		}
	}
	return p, nil
}

func isHTML(body []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) }

// fill sets row to the subscriber's values. One row serves all subscribers, to save memory. Errors name the
// subscriber by id, never by address.
func (s *subscriber) fill(row schema.Row) error {
	if !slices.Contains(states, s.State) {
		return source.Errorf("look the state up in Kit's reference and add it to states in functions/kit/extract.go",
			"subscriber %d is in state %.40q, which is not one of %s", s.ID, s.State, strings.Join(states, ", "))
	}
	if s.Email == "" || s.CreatedAt.IsZero() {
		return fmt.Errorf("subscriber %d has no email_address or no created_at", s.ID)
	}
	tags := make([]string, len(s.Tags))
	for i, t := range s.Tags {
		tags[i] = t.Name
	}
	slices.Sort(tags)
	fields := s.Fields
	if len(fields) == 0 || string(fields) == "null" {
		fields = json.RawMessage("{}")
	}
	row["subscriber_id"] = s.ID
	row["email_address"] = s.Email
	row["first_name"] = s.FirstName
	row["state"] = s.State
	row["created_at"] = s.CreatedAt
	row["tags"] = tags
	row["referrer"] = s.Attribution.Referrer
	row["utm_source"] = s.Attribution.UTMSource
	row["utm_medium"] = s.Attribution.UTMMedium
	row["utm_campaign"] = s.Attribution.UTMCampaign
	row["utm_term"] = s.Attribution.UTMTerm
	row["utm_content"] = s.Attribution.UTMContent
	row["source_type"] = s.Attribution.SourceType
	row["source_name"] = s.Attribution.SourceName
	row["source_mechanism"] = s.Attribution.Mechanism
	row["source_mechanism_id"] = (*string)(s.Attribution.MechanismID)
	row["city"] = s.Location.City
	row["region"] = s.Location.State
	row["country"] = s.Location.Country
	row["latitude"] = s.Location.Latitude
	row["longitude"] = s.Location.Longitude
	row["timezone"] = s.Location.Timezone
	row["fields"] = fields
	return nil
}
