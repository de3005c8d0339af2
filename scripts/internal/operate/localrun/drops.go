package localrun

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
)

// dropInvented drops the files of the months that are due, as the invented creator would; where Medium is real, they are
// for a person to drop.
func (p *parts) dropInvented(ctx context.Context, due []partition.Partition) error {
	for _, month := range due {
		if p.Feeds["drops"].Origin == datadir.Live {
			p.note("drops", []partition.Partition{month}, trouble{
				reason: "no file of that month was dropped", hint: "download it from Medium, and give it with --drop FILE",
			})
			continue
		}
		if err := p.Invent(ctx, month); err != nil {
			return err
		}
	}
	return nil
}

// dropFiles drops a person's files one after the other, and says what became of each.
func (p *parts) dropFiles(ctx context.Context, files []drop) error {
	for _, d := range files {
		if err := p.Cloud.Idle(ctx); err != nil {
			return err
		}
		before := len(p.Loads())
		name := "drops/medium/" + filepath.Base(d.file)
		if err := p.Drop(ctx, name, d.data); err != nil {
			return err
		}
		if err := p.Cloud.Idle(ctx); err != nil {
			return err
		}
		var loaded []string
		for _, l := range p.Loads()[before:] {
			if l.Failure == "" {
				loaded = append(loaded, fmt.Sprintf("%s %s, %s", l.Table, l.Partition, term.Count(int(l.Rows), "row")))
			}
		}
		if loaded != nil {
			p.fates = append(p.fates, fmt.Sprintf("Dropped: %s was loaded: %s", d.file, strings.Join(loaded, "; ")))
			continue
		}
		why, found, err := p.Quarantined(ctx, name)
		if err != nil {
			return err
		}
		if !found {
			why.Reason, why.Hint = "it was neither loaded nor put in quarantine", "see "+p.Dir.Log()
		}
		p.refused = append(p.refused, item{Source: "drops", Reason: d.file + ": " + why.Reason, Hint: why.Hint})
	}
	return nil
}
