// Package operate does the work of the commands that change something: run, load, replay and backfill.
//
// All of them go the same way. A preview says what would be done, and changes nothing; a person confirms it.
// The command holds the partitions that it can affect, so that no model runs on half of its inputs. It requests
// loads from the sources, or resets models, and has the coordinator sweep what follows. The outcome names what
// was done and what is missing.
//
//	Run       loads and runs everything in a data folder; it works alone there and holds nothing
//	Load      loads one partition of one source, or accepts what was refused
//	Replay    processes a partition, past events, or dead letters again
//	Backfill  loads a range of the past, and then runs every model's partition once
//
// Begin reading with the four functions of these names, each in its own file.
package operate

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/sethvargo/go-envconfig"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/scripts/internal/deployment/gcp"
	"example.com/rollcall/scripts/internal/deployment/local"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// System holds what a command uses of the world around it.
type System struct {
	In       io.Reader
	Out, Err *term.Output
	term.Terminal
	Env envconfig.Lookuper

	// What tests replace; each has a default.
	now      func() time.Time           // the clock
	by       string                     // who holds: this process
	dead     func(by string) bool       // reports whether who holds has ended: endedProcess
	days     int                        // that a run covers: defaultDays
	open     func(Place) (*site, error) // openSite
	manifest *manifest.Manifest         // that a run has: the models of this program
}

// OS returns the System of this process.
func OS() System {
	return System{
		In: os.Stdin, Out: term.NewOutput(os.Stdout), Err: term.NewOutput(os.Stderr),
		Terminal: term.OpenTerminal(), Env: envconfig.OsLookuper(),
	}
}

// Place names a deployment: a data folder, or a project on Google Cloud.
type Place struct {
	Data    string // empty: the default folder
	Project string
}

// Confirmation says how a command begins and reports.
type Confirmation struct {
	Yes    bool // begin without asking
	DryRun bool // show what would be done, and do nothing
	JSON   bool // print the outcome as JSON
}

// folderClock returns the clock over a data folder.
func (sys System) folderClock(ctx context.Context, dir string) (func() time.Time, error) {
	if sys.now != nil {
		return sys.now, nil
	}
	return datadir.Clock(ctx, dir, sys.Env)
}

// site is a deployment that a command works on.
type site struct {
	*deployment.Deployment
	clock func() time.Time
	retry RetryPolicy   // for requests
	poll  time.Duration // between two counts of the runs that have ended
	calm  time.Duration // without a change, after which a seek has delivered everything
	// work opens the worker for some days, and the deployment with a ledger that can be written to.
	work func(ctx context.Context, from, to partition.Partition) (*deployment.Deployment, deployment.Worker, error)
}

// openSite opens the deployment that a command line names. It starts nothing.
func openSite(ctx context.Context, at Place, sys System) (*site, error) {
	if at.Project != "" {
		p, err := gcp.Open(ctx, at.Project, sys.Env)
		if err != nil {
			return nil, err
		}
		return &site{
			Deployment: p.Deployment, clock: time.Now, retry: DefaultRetryPolicy, poll: 5 * time.Second, calm: 90 * time.Second,
			work: func(context.Context, partition.Partition, partition.Partition) (*deployment.Deployment,
				deployment.Worker, error) {
				return p.Deployment, p.Work(time.Now), nil
			},
		}, nil
	}
	dir := cmp.Or(at.Data, datadir.Default)
	now, err := sys.folderClock(ctx, dir)
	if err != nil {
		return nil, err
	}
	d, err := datadir.Open(dir)
	if err != nil {
		return nil, err
	}
	return &site{
		Deployment: d, clock: now, retry: DefaultRetryPolicy, poll: 200 * time.Millisecond,
		work: func(ctx context.Context, from, to partition.Partition) (*deployment.Deployment, deployment.Worker, error) {
			m, err := local.Open(ctx, local.Options{Dir: datadir.Dir{Path: dir}, From: from, To: to, Env: sys.Env, Now: now})
			if err != nil {
				return nil, nil, err
			}
			d, err := m.Deployment()
			if err != nil {
				return nil, nil, errors.Join(err, m.Close())
			}
			return d, m, nil
		},
	}, nil
}

// command is what replay and backfill have in common.
type command struct {
	*site
	System
	Confirmation
	name    string // "replay"
	begun   time.Time
	ledger  *ledger.Ledger // read-only until start
	planner *plan.Planner
	worker  deployment.Worker // nil until start
	holder  *ledger.Holder
	stopped bool        // by Ctrl-C
	accepts *acceptance // what is refused is accepted; nil: it stays refused
	loader
}

// newCommand opens a deployment for a command. The caller must call close.
func newCommand(ctx context.Context, name string, at Place, c Confirmation, sys System) (*command, error) {
	sys.by = cmp.Or(sys.by, thisProcess())
	if sys.dead == nil {
		sys.dead = endedProcess
	}
	if sys.open == nil {
		sys.open = func(at Place) (*site, error) { return openSite(ctx, at, sys) }
	}
	s, err := sys.open(at)
	if err != nil {
		return nil, err
	}
	sys.now = s.clock
	return &command{site: s, System: sys, Confirmation: c, name: name, begun: sys.now(),
		ledger: ledger.New(s.Store, name)}, nil
}

// makePlanner makes the planner, which needs the pipeline's start to be final.
func (c *command) makePlanner() (err error) {
	c.planner, err = plan.New(c.Manifest, c.Pipeline)
	return err
}

// downstream returns the models' partitions that read some tables' partitions, directly or through others. It lists in v
// what it needs to know.
func (c *command) downstream(ctx context.Context, v *ledger.View, of []plan.TablePartition) (targets []plan.Target, err error) {
	err = c.ledger.ListUntil(ctx, v, func() (unlisted []partition.Partition) {
		targets, unlisted = c.planner.Downstream(of, v, c.now())
		return unlisted
	})
	return targets, err
}

// hold prepares to hold partitions for the work on some days. In a data folder this process is the only one, so
// every other process that holds there has ended.
func (c *command) hold(why string, from, to partition.Partition, sources []string, ttl time.Duration) {
	dead := c.dead
	if c.Local {
		dead = func(string) bool { return true }
	}
	c.holder = ledger.NewHolder(c.ledger, ledger.HolderOptions{
		Kind: c.name, Hold: ledger.Hold{By: c.by, Why: why, From: from, To: to, Sources: sources}, TTL: ttl,
		Now: c.now, Dead: dead,
	})
}

// confirm asks a person whether to begin, unless --yes is given.
func (c *command) confirm(ctx context.Context) error {
	if c.Yes {
		return nil
	}
	c.Err.Say("")
	return c.Confirm(ctx, c.In, c.Err)
}

// start opens the worker for some days, and the ledger for writing.
func (c *command) start(ctx context.Context, from, to partition.Partition) error {
	d, worker, err := c.work(ctx, from, to)
	if err != nil {
		return err
	}
	c.begun = c.now()
	c.worker, c.loader = worker, newLoader(worker, c.site.retry, c.accepts)
	c.Store = d.Store
	c.ledger = ledger.New(c.Store, c.name)
	if c.holder != nil {
		c.holder.Use(c.ledger)
	}
	return nil
}

// close closes what was opened.
func (c *command) close() error {
	var err error
	if c.worker != nil {
		err = c.worker.Close()
	}
	return errors.Join(err, c.Close())
}

// writePlan reports what would be done: as JSON, or as write does.
func (c *command) writePlan(p *Plan, write func()) error {
	if c.JSON {
		return c.Out.JSON(struct {
			Plan *Plan `json:"plan"`
		}{p})
	}
	write()
	return nil
}

// grace is how long the last writes may take after the work was stopped.
const grace = 30 * time.Second

// afterwards returns a context for the last reads and writes of a command, which end in time also when ctx has ended.
func afterwards(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), grace)
}

// finish reports an outcome, and returns whether everything is there.
func (c *command) finish(o *Outcome, write func()) (complete bool, err error) {
	o.Timings = map[string]int64{"total": c.now().Sub(c.begun).Milliseconds()}
	if c.JSON {
		err = c.Out.JSON(o)
	} else {
		write()
	}
	o.writeNotices(c.Err)
	return o.complete() && !c.stopped, err
}
