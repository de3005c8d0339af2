// Package dropstest makes the files that a creator downloads from Medium for a month.
package dropstest

import (
	"encoding/json"
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

func encode(before string, v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain values always marshal
	}
	return append([]byte(before), data...)
}
