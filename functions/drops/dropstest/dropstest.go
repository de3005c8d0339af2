// Package dropstest makes the files that a creator downloads from Medium for a month, in every shape, and files
// that are broken in every known way.
package dropstest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/partition"
)

// guard precedes some of Medium's answers.
const guard = "])}while(1);</x>"

type object = map[string]any

// StoryStats returns the file of the stats page for a month, in pages of perPage stories, newest first. Each
// page but the last says that another follows. The files do not hold their month.
func StoryStats(c *creator.Creator, month partition.Partition, perPage int) [][]byte {
	all := c.Download(month)
	var pages [][]byte
	for from := 0; from < len(all); from += perPage {
		page := all[from:min(from+perPage, len(all))]
		posts := []object{}
		for _, m := range page {
			collection := ""
			if m.Publication != nil {
				collection = m.Publication.ID
			}
			posts = append(posts, object{
				"postId": m.ID, "slug": m.Slug, "title": m.Title, "creatorId": creator.UserID, "collectionId": collection,
				"createdAt": m.CreatedAt.UnixMilli(), "firstPublishedAt": m.PublishedAt.UnixMilli(),
				"firstPublishedAtBucket": m.PublishedAt.Format("2006"), "readingTime": int(m.Minutes + 0.5),
				"views": m.Views, "reads": m.Reads, "upvotes": m.Voters, "claps": m.Claps,
				"internalReferrerViews": m.InternalViews, "friendsLinkViews": m.FriendLinkViews, "syndicatedViews": 0,
				"updateNotificationSubscribers": 0, "isSeries": false, "visibility": 0, "type": "PostStat",
			})
		}
		paging := object{}
		if from+perPage < len(all) {
			paging["next"] = object{"limit": perPage, "to": strconv.FormatInt(page[len(page)-1].PublishedAt.UnixMilli(), 10)}
		}
		pages = append(pages, encode(guard, object{"success": true, "payload": object{"value": posts, "paging": paging}}))
	}
	return pages
}

// Earnings returns the file of the earnings page for a month. It holds its month. Amounts are in cents.
func Earnings(c *creator.Creator, month partition.Partition) []byte {
	from, to := month.Start().UnixMilli(), month.End().UnixMilli()
	posts := []object{}
	var sum creator.Money
	for _, m := range c.Download(month) {
		if m.Earned == 0 {
			continue
		}
		sum += m.Earned
		posts = append(posts, object{
			"periodStartedAt": from, "periodEndedAt": to, "amount": json.Number(m.Earned.Cents()),
			"totalAmountPaidToDate": json.Number(m.Earnings.Cents()), "totalAmountInCents": json.Number(m.Earned.Cents()),
			"post": object{
				"id": m.ID, "homeCollectionId": "", "title": m.Title, "createdAt": m.CreatedAt.UnixMilli(),
				"firstPublishedAt": m.PublishedAt.UnixMilli(), "visibility": 2,
				"virtuals": object{"wordCount": m.Words, "readingTime": m.Minutes},
			},
		})
	}
	return encode("", object{"success": true, "v": 3, "payload": object{
		"userId": creator.UserID, "username": creator.Username, "postAmounts": posts,
		"currentMonthAmount": object{"periodStartedAt": from, "periodEndedAt": to, "amount": json.Number(sum.Cents())},
		"completedMonthlyAmounts": []object{{
			"periodStartedAt": month.Add(-1).Start().UnixMilli(), "periodEndedAt": from, "amount": 5421, "state": 2,
			"createdAt": month.Start().Add(66*time.Hour + 36*time.Minute).Format(time.DateTime), "payoutAmount": 5421,
		}},
	}})
}

// GraphQL returns a copied answer of Medium's GraphQL interface with the same statistics as StoryStats, in one
// page. It does not hold its month.
func GraphQL(c *creator.Creator, month partition.Partition) []byte {
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
	return encode("", []object{{"data": object{"user": object{"id": creator.UserID, "postsConnection": posts}}}})
}

func encode(before string, v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain values always marshal
	}
	return append([]byte(before), data...)
}

// Failure is a way in which a file is broken; "" means none.
type Failure string

// The failures.
const (
	NotJSON    Failure = "not_json"    // plain text
	HTML       Failure = "html"        // the page instead of the data
	Truncated  Failure = "truncated"   // the download broke off
	Trailing   Failure = "trailing"    // two downloads in one file
	OtherShape Failure = "other_shape" // JSON of something else
	SignedOut  Failure = "signed_out"  // an answer that reports a failure
	Empty      Failure = "empty"       // no bytes
	NoStories  Failure = "no_stories"  // the right shape without stories
	NoViews    Failure = "no_views"    // a row without views
	OddCount   Failure = "odd_count"   // views with a fraction
	TwiceOne   Failure = "twice_one"   // a story appears twice
)

// Failures lists all failures.
var Failures = []Failure{NotJSON, HTML, Truncated, Trailing, OtherShape, SignedOut, Empty, NoStories, NoViews,
	OddCount, TwiceOne}

// Broken returns a file of the stats page that is broken in one way.
func Broken(f Failure) []byte {
	const good = `{"postId":"a1","views":10,"reads":4}`
	stats := func(rows string) []byte {
		return fmt.Appendf(nil, `%s{"success":true,"payload":{"value":[%s],"paging":{}}}`, guard, rows)
	}
	switch f {
	case NotJSON:
		return []byte("title;views\nA story;10\n")
	case HTML:
		return []byte("<!DOCTYPE html><html><script>var a = {b: 1}</script></html>")
	case Truncated:
		whole := stats(good)
		return whole[:len(whole)-20]
	case Trailing:
		return append(stats(good), stats(good)...)
	case OtherShape:
		return []byte(`{"success":true,"payload":{"user":{"name":"x"}}}`)
	case SignedOut:
		return []byte(guard + `{"success":false,"error":"You must be signed in","v":3}`)
	case Empty:
		return nil
	case NoStories:
		return stats("")
	case NoViews:
		return stats(good + `,{"postId":"a2","reads":4}`)
	case OddCount:
		return stats(good + `,{"postId":"a2","views":10.5,"reads":4}`)
	case TwiceOne:
		return stats(good + "," + good)
	}
	return stats(good)
}

// Push returns the body of a Pub/Sub push that announces an object.
func Push(bucket, name string, generation int64) string {
	return string(encode("", object{
		"subscription": "projects/p/subscriptions/drops",
		"message": object{"messageId": "1", "publishTime": "2026-11-02T08:00:00Z", "attributes": object{
			"eventType": "OBJECT_FINALIZE", "bucketId": bucket, "objectId": name, "payloadFormat": "NONE",
			"objectGeneration": strconv.FormatInt(generation, 10),
		}},
	}))
}
