// Package cloudlog writes structured logs in the format that Cloud Logging reads from a function's standard
// error. It keeps secrets out of them.
package cloudlog

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// New returns a logger that writes one JSON object a line to w, with Cloud Logging's names for severity and message
// (https://cloud.google.com/logging/docs/structured-logging). It replaces secrets in messages and values by Mark.
func New(w io.Writer, level slog.Leveler, secrets ...string) *slog.Logger {
	redact := NewRedactor(secrets...)
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{
		Level: level,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 {
				switch a.Key {
				case slog.LevelKey:
					return slog.String("severity", severity(a.Value.Any()))
				case slog.MessageKey:
					return slog.String("message", redact.String(a.Value.String()))
				}
			}
			return slog.Attr{Key: a.Key, Value: redact.value(a.Value)}
		},
	}))
}

func severity(level any) string {
	switch l, _ := level.(slog.Level); {
	case l >= slog.LevelError:
		return "ERROR"
	case l >= slog.LevelWarn:
		return "WARNING"
	case l >= slog.LevelInfo:
		return "INFO"
	}
	return "DEBUG"
}

// Mark replaces a secret.
const Mark = "[secret]"

// Redactor removes secrets from texts.
type Redactor struct{ replacer *strings.Replacer }

// NewRedactor returns a Redactor of the given secrets. It ignores those with fewer than four bytes.
func NewRedactor(secrets ...string) Redactor {
	var pairs []string
	for _, s := range secrets {
		if len(s) >= 4 {
			pairs = append(pairs, s, Mark)
		}
	}
	return Redactor{strings.NewReplacer(pairs...)}
}

// String returns s with every secret replaced by Mark.
func (r Redactor) String(s string) string {
	if r.replacer == nil {
		return s
	}
	return r.replacer.Replace(s)
}

func (r Redactor) value(v slog.Value) slog.Value {
	switch v.Kind() {
	case slog.KindString:
		return slog.StringValue(r.String(v.String()))
	case slog.KindAny:
		switch x := v.Any().(type) {
		case error:
			return slog.StringValue(r.String(x.Error()))
		case fmt.Stringer:
			return slog.StringValue(r.String(x.String()))
		}
	}
	return v
}

type contextKey struct{}

// With returns a context that carries a logger.
func With(ctx context.Context, log *slog.Logger) context.Context {
	return context.WithValue(ctx, contextKey{}, log)
}

// From returns the logger that ctx carries, or slog's default.
func From(ctx context.Context) *slog.Logger {
	if log, ok := ctx.Value(contextKey{}).(*slog.Logger); ok {
		return log
	}
	return slog.Default()
}
