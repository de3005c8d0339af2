// Command rollcall runs, shows and repairs a pipeline: the one on this machine, or one that is deployed.
//
//	go run ./scripts/rollcall             run everything on this machine
//	go run ./scripts/rollcall status      show what is there, what is missing, and why
//
// Exit status: 0 when all is complete, 3 when something is missing, 1 on an error.
package main

import (
	"fmt"
	"os"
	"strings"

	"example.com/rollcall/scripts/internal/operate/backfill"
	"example.com/rollcall/scripts/internal/operate/localrun"
	"example.com/rollcall/scripts/internal/operate/replay"
	"example.com/rollcall/scripts/internal/pack"
	"example.com/rollcall/scripts/internal/status"
)

func main() {
	name, args := "run", os.Args[1:]
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		name, args = args[0], args[1:]
	}
	switch name {
	case "run":
		os.Exit(localrun.Main(args))
	case "status":
		os.Exit(status.Main(args))
	case "explain", "lineage", "deadletters":
		os.Exit(status.Main(append([]string{name}, args...)))
	case "replay":
		os.Exit(replay.Main(args))
	case "backfill":
		os.Exit(backfill.Main(args))
	case "package":
		os.Exit(pack.Main(args))
	}
	fmt.Fprintf(os.Stderr, "rollcall: no command %q; the commands are run, status, explain, lineage, deadletters, replay, backfill and package\n", name)
	os.Exit(1)
}
