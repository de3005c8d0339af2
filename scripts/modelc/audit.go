package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"

	"example.com/rollcall/scripts/internal/viewaudit"
)

// audit is the command that proposes models for existing views.
type audit struct {
	Views   []string          `arg:"" optional:"" name:"file" help:"${views}"`
	Columns []string          `type:"existingfile" help:"${columns}" placeholder:"FILE"`
	Map     map[string]string `help:"${map}" placeholder:"OLD=NEW" mapsep:","`
	Write   string            `help:"Write the proposed models to this folder." placeholder:"DIR"`
	Force   bool              `help:"With --write, overwrite existing files."`
	JSON    bool              `name:"json" help:"Write one JSON object."`
}

// Help texts that are too long for a tag.
var auditHelp = kong.Vars{
	"views": "Files of views: CREATE VIEW statements (.sql), or rows of INFORMATION_SCHEMA.VIEWS or .TABLES (.json, " +
		".jsonl, .csv); or folders of them.",
	"columns": "Rows of INFORMATION_SCHEMA.COLUMNS as JSON or CSV: the columns of tables that Rollcall does not have.",
	"map":     "A table that views read, and the table that has its rows now: medium.stats=raw.medium_stories.",
}

// errUnread reports that some views could not be read. The report names them.
var errUnread = errors.New("some views could not be read")

// errNoViews reports that no views are given.
var errNoViews = errors.New("modelc audit: no views are given\n" +
	"  fix: name files of CREATE VIEW statements (.sql) or of rows of INFORMATION_SCHEMA (.json), or folders of them: " +
	"modelc audit my_views/")

func (a audit) Run(out io.Writer) error {
	if len(a.Views) == 0 {
		return errNoViews
	}
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	report, err := viewaudit.Audit(os.DirFS(root), a.options())
	if err != nil {
		return err
	}
	if a.Write != "" {
		if err := a.write(report.Plan.Models); err != nil {
			return err
		}
		report.Written = a.Write
	}
	output := report.Text
	if a.JSON {
		output = report.JSON
	}
	if err := output(out); err != nil {
		return err
	}
	if len(report.Findings) > 0 {
		return errUnread
	}
	return nil
}

func (a audit) options() viewaudit.Options {
	return viewaudit.Options{Views: a.Views, Columns: a.Columns, Renamed: a.Map}
}

// write writes the models to a folder, all of them or none if a file already exists.
func (a audit) write(models []*viewaudit.Model) error {
	var existing []string
	for _, m := range models {
		file := filepath.Join(a.Write, m.Name+".sql")
		if _, err := os.Stat(file); err == nil && !a.Force {
			existing = append(existing, file)
		}
	}
	if len(existing) > 0 {
		return fmt.Errorf("nothing is written, because these files exist (--force overwrites them): %s",
			strings.Join(existing, ", "))
	}
	if err := os.MkdirAll(a.Write, 0o755); err != nil {
		return err
	}
	for _, m := range models {
		if err := os.WriteFile(filepath.Join(a.Write, m.Name+".sql"), []byte(m.Text()), 0o644); err != nil {
			return err
		}
	}
	return nil
}
