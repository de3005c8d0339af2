package cloudlog_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"example.com/rollcall/shared/cloudlog"
)

func TestLinesHaveCloudLoggingsNames(t *testing.T) {
	var buf bytes.Buffer
	log := cloudlog.New(&buf, slog.LevelDebug)
	log.Debug("a")
	log.Info("b", "rows", 3)
	log.Warn("c")
	log.With("source", "kit").Error("d")
	want := []string{"DEBUG", "INFO", "WARNING", "ERROR"}
	for i, line := range strings.Split(strings.TrimSpace(buf.String()), "\n") {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		if entry["severity"] != want[i] || entry["message"] == nil || entry["level"] != nil || entry["msg"] != nil {
			t.Errorf("line %d is %s", i, line)
		}
	}
}

func TestSecretsNeverReachALine(t *testing.T) {
	const secret = "hunter2-hunter2"
	var buf bytes.Buffer
	log := cloudlog.New(&buf, slog.LevelInfo, secret, "")
	ctx := cloudlog.With(context.Background(), log.With("header", "Cookie: sid="+secret))
	cloudlog.From(ctx).Info("sent "+secret, "url", "https://x/?k="+secret, "error", errors.New("refused "+secret),
		slog.Group("request", "key", secret))
	if strings.Contains(buf.String(), secret) {
		t.Errorf("the secret is in %s", buf.String())
	}
	if n := strings.Count(buf.String(), cloudlog.Mark); n != 5 {
		t.Errorf("%d marks in %s", n, buf.String())
	}
}
