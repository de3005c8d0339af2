package drops

import (
	"encoding/json"
	"fmt"
	"strconv"

	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/partition"
)

type object = map[string]any

// guardOfTests precedes some of Medium's answers.
const guardOfTests = "])}while(1);</x>"

func encode(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain values always marshal
	}
	return data
}

// copiedAnswer returns a copied answer of Medium's GraphQL interface with the same statistics as StoryStats, in one
// page. It does not hold its month.
func copiedAnswer(c *creator.Creator, month partition.Partition) []byte {
	edges := []object{}
	for _, m := range c.Download(month) {
		var collection any
		if m.Publication != nil {
			collection = object{"id": m.Publication.ID, "name": m.Publication.Name, "slug": m.Publication.Slug}
		}
		edges = append(edges, object{"node": object{
			"id": m.ID, "title": m.Title, "uniqueSlug": m.Slug, "createdAt": m.CreatedAt.UnixMilli(),
			"firstPublishedAt": m.PublishedAt.UnixMilli(), "readingTime": m.Minutes, "wordCount": m.Words, "clapCount": m.Claps,
			"voterCount": m.Voters, "totalStats": object{"presentations": m.Presentations, "views": m.Views, "reads": m.Reads},
			"collection": collection,
		}})
	}
	posts := object{"edges": edges, "pageInfo": object{"endCursor": "", "hasNextPage": false}}
	return encode([]object{{"data": object{"user": object{"id": creator.UserID, "postsConnection": posts}}}})
}

// failure is a way in which a file is broken; "" means none.
type failure string

const (
	notJSON    failure = "not_json"    // plain text
	html       failure = "html"        // the page instead of the data
	truncated  failure = "truncated"   // the download broke off
	trailing   failure = "trailing"    // two downloads in one file
	otherShape failure = "other_shape" // JSON of something else
	signedOut  failure = "signed_out"  // an answer that reports a failure
	empty      failure = "empty"       // no bytes
	noStories  failure = "no_stories"  // the right shape without stories
	noViews    failure = "no_views"    // a row without views
	oddCount   failure = "odd_count"   // views with a fraction
	twiceOne   failure = "twice_one"   // a story appears twice
)

// failures lists all failures.
var failures = []failure{notJSON, html, truncated, trailing, otherShape, signedOut, empty, noStories, noViews,
	oddCount, twiceOne}

// stats returns a file of the stats page with these rows. With a cursor, it says that another page follows.
func stats(rows, next string) []byte {
	if next != "" {
		next = fmt.Sprintf(`"next":{"limit":50,"to":%q}`, next)
	}
	return fmt.Appendf(nil, `%s{"success":true,"payload":{"value":[%s],"paging":{%s}}}`, guardOfTests, rows, next)
}

// broken returns a file of the stats page that is broken in one way.
func broken(f failure) []byte {
	const good = `{"postId":"a1","views":10,"reads":4}`
	stats := func(rows string) []byte { return stats(rows, "") }
	switch f {
	case notJSON:
		return []byte("title;views\nA story;10\n")
	case html:
		return []byte("<!DOCTYPE html><html><script>var a = {b: 1}</script></html>")
	case truncated:
		whole := stats(good)
		return whole[:len(whole)-20]
	case trailing:
		return append(stats(good), stats(good)...)
	case otherShape:
		return []byte(`{"success":true,"payload":{"user":{"name":"x"}}}`)
	case signedOut:
		return []byte(guardOfTests + `{"success":false,"error":"You must be signed in","v":3}`)
	case empty:
		return nil
	case noStories:
		return stats("")
	case noViews:
		return stats(good + `,{"postId":"a2","reads":4}`)
	case oddCount:
		return stats(good + `,{"postId":"a2","views":10.5,"reads":4}`)
	case twiceOne:
		return stats(good + "," + good)
	}
	return stats(good)
}

// push returns the body of a Pub/Sub push that announces an object.
func push(bucket, name string, generation int64) string {
	return string(encode(object{
		"subscription": "projects/p/subscriptions/drops",
		"message": object{"messageId": "1", "publishTime": "2026-11-02T08:00:00Z", "attributes": object{
			"eventType": "OBJECT_FINALIZE", "bucketId": bucket, "objectId": name, "payloadFormat": "NONE",
			"objectGeneration": strconv.FormatInt(generation, 10),
		}},
	}))
}
