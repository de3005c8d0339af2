package medium

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"example.com/rollcall/shared/source"
)

// answer is what comes back for one question.
type answer struct {
	Data   json.RawMessage `json:"data"`
	Errors []struct {
		Message string `json:"message"`
	} `json:"errors"`
}

// decode reads an answer's data. An answer that holds an error is an error, whatever data it holds besides.
func decode(body []byte, data any) error {
	if text := bytes.TrimSpace(body); len(text) > 0 && text[0] == '<' {
		if isChallenge(text) {
			return errChallenge()
		}
		return source.Errorf(newCookie, "Medium answered with a web page instead of data: the cookies are not signed in")
	}
	var answers []answer
	if err := json.Unmarshal(body, &answers); err != nil {
		return malformed(body, err)
	}
	if len(answers) != 1 {
		return source.Errorf(newQuery, "Medium gave %d answers to one question", len(answers))
	}
	got := answers[0]
	if len(got.Errors) > 0 {
		return fmt.Errorf("Medium's GraphQL interface failed: %s; this may pass, and if it stays: %s",
			shorten(got.Errors[0].Message), newQuery)
	}
	if len(got.Data) == 0 || string(got.Data) == "null" {
		return source.Errorf(newQuery, "Medium answered without data and without an error")
	}
	if err := json.Unmarshal(got.Data, data); err != nil {
		return malformed(got.Data, err)
	}
	return nil
}

// malformed tells an answer that was cut short, which may pass, from one of another shape, which stays.
func malformed(body []byte, err error) error {
	var syntax *json.SyntaxError
	if len(body) == 0 || errors.As(err, &syntax) && syntax.Offset >= int64(len(body)) {
		return fmt.Errorf("Medium's answer was cut short after %d bytes", len(body))
	}
	return source.Errorf(newQuery, "Medium's answer is of another shape than was asked for: %w", err)
}

const longestMessage = 300

func shorten(message string) string {
	message = strings.Join(strings.Fields(message), " ")
	if runes := []rune(message); len(runes) > longestMessage {
		return string(runes[:longestMessage]) + "…"
	}
	if message == "" {
		return "no reason given"
	}
	return message
}
