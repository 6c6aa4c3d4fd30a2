package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/conntrack"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/mib"
)

// A Config selects the checks of a run.
type Config struct {
	Checks   []Check       // see [Select]
	Interval time.Duration // between the two samples
	// Replay is set if the session reads a recording, which holds one sample, of sockets only.
	Replay bool
	// Conntrack and Neighbors are read for a [Follower] even if no check needs them.
	Conntrack, Neighbors bool
}

// A Result holds the findings of a run.
type Result struct {
	Checks   int       // that were requested
	Findings []Finding // worst first
	LeftOut  []LeftOut // checks that could not be made in some namespace
	Duration time.Duration
}

// A LeftOut is a check that was not made.
type LeftOut struct {
	ID     string
	Netns  string // where it was not made, "" = in no namespace was it made
	Why    string
	Rights bool // a capability would help
}

// Worst returns the worst severity. ok is false if there are no findings.
func (r *Result) Worst() (s Severity, ok bool) {
	for i := range r.Findings {
		s, ok = max(s, r.Findings[i].Severity), true
	}
	return s, ok
}

// Denied returns the number of checks left out for lack of rights.
func (r *Result) Denied() (n int) {
	for i := range r.LeftOut {
		if r.LeftOut[i].Rights {
			n++
		}
	}
	return n
}

// Run samples the namespaces of a session twice, Config.Interval apart, and makes the checks. A sample takes
// one dump of each kind of socket. The report of the session holds what is unknown of owners and namespaces.
func Run(ctx context.Context, s *inspect.Session, cfg *Config) (*Result, error) {
	began := time.Now()
	x := newExamination(ctx, s, cfg)
	if !cfg.Replay {
		if err := x.first(); err != nil {
			return nil, err
		}
	}
	if err := x.second(); err != nil {
		return nil, err
	}
	r := x.check()
	r.Duration = time.Since(began)
	return r, nil
}

// An examination is one run.
type examination struct {
	ctx      context.Context
	session  *inspect.Session
	cfg      *Config
	fold     *fold
	needs    need // of all checks; nothing else is read
	counters mib.Reader
	snapshot mib.Snapshot // scratch
	scenes   []*Scene     // in the order of the session
}

func newExamination(ctx context.Context, s *inspect.Session, cfg *Config) *examination {
	x := &examination{ctx: ctx, session: s, cfg: cfg}
	x.fold = newFold(x.least("stuck-reader", fullPart), x.least("send-buffer", 1))
	for i := range cfg.Checks {
		x.needs |= cfg.Checks[i].needs | cfg.Checks[i].uses
	}
	if cfg.Conntrack {
		x.needs |= needConntrack
	}
	if cfg.Neighbors {
		x.needs |= needNeighbors
	}
	return x
}

// first takes the first sample and waits.
func (x *examination) first() error {
	err := x.tables(func(s *Scene, t *tables) { s.was = *t })
	if err != nil {
		return err
	}
	if err := x.sockets(0); err != nil {
		return err
	}
	return inspect.Pause(x.ctx, x.cfg.Interval)
}

// second takes the second sample.
func (x *examination) second() error {
	x.fold.last = true
	err := x.tables(func(s *Scene, t *tables) { s.now = *t })
	if err != nil {
		return err
	}
	if err := x.sockets(x.rowNeeds()); err != nil {
		return err
	}
	return x.paths()
}

// rowNeeds are the joins of rows of the last sample.
func (x *examination) rowNeeds() inspect.Need {
	needs := inspect.Need(inspect.NeedOwner)
	if x.needs&needReach != 0 {
		needs |= inspect.NeedReach
	}
	return needs
}

// sockets dumps the sockets of all namespaces.
func (x *examination) sockets(needs inspect.Need) error {
	plan := inspect.Plan{Queries: inspect.Ask(x.dumps()...), Needs: needs}
	for row, err := range x.session.Sockets(x.ctx, &plan) {
		if err != nil {
			return err
		}
		x.fold.take(row)
	}
	x.fold.finish()
	x.absent()
	return nil
}

// nowhere returns the reason for missing data: the given one, unless a recording is replayed.
func (x *examination) nowhere(why string) string {
	if x.cfg.Replay {
		return "not in the recording"
	}
	return why
}

// tables reads everything but sockets, in every namespace.
func (x *examination) tables(keep func(*Scene, *tables)) error {
	return x.session.Each(x.ctx, func(p *inspect.Place) error {
		s := x.fold.scenes[p.Inode]
		if s == nil {
			var err error
			if s, err = x.enter(p); err != nil {
				return err
			}
		}
		if x.fold.last {
			s.Interval = 0
			if !s.began.IsZero() {
				s.Interval = time.Since(s.began)
			}
		} else {
			s.began = time.Now()
		}
		keep(s, x.read(p, s))
		return x.ctx.Err()
	})
}

// enter makes the scene of a namespace. One that the caller may not enter has none: the session counts it.
func (x *examination) enter(p *inspect.Place) (*Scene, error) {
	s := &Scene{Netns: p.Name, NetNS: p.Inode, missing: map[need]Missing{}}
	if s.recorded = x.cfg.Replay; s.recorded {
		for _, n := range [...]need{
			needCounters, needConntrack, needNeighbors, needLinks, needQdiscs, needSoftnet, needSettings, needHost,
		} {
			s.missing[n] = Missing{Why: x.nowhere("")}
		}
		s.missing[needSecond] = Missing{Why: "a recording holds one sample"}
	} else {
		if err := s.settle(p); errors.Is(err, fs.ErrPermission) {
			return nil, fmt.Errorf("%w (needs CAP_SYS_ADMIN)", err)
		}
		if x.fold.last {
			s.missing[needSecond] = Missing{Why: "it appeared between the samples"}
		}
	}
	_, _, s.usablePorts = s.sysctls.portRange()
	s.sockets = x.newSockets(s.sysctls)
	x.fold.scenes[p.Inode] = s
	x.scenes = append(x.scenes, s)
	return s, nil
}

// settle reads what does not change between the samples.
func (s *Scene) settle(p *inspect.Place) (err error) {
	if s.sysctls, err = readSysctls(p.FD); err != nil {
		s.miss(needSettings, err)
		s.miss(needHost, err)
	} else if _, ok := s.sysctls["ipv4/tcp_mem"]; !ok {
		s.missing[needHost] = Missing{Why: "available in the initial network namespace only"}
	}
	return err
}

// miss notes that a source could not be read.
func (s *Scene) miss(n need, err error) {
	m := Missing{Why: err.Error()}
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		m.Why = "no connection tracking on this kernel"
	case errors.Is(err, conntrack.ErrPermission):
		m = Missing{Why: "needs CAP_NET_ADMIN", Rights: true}
	case errors.Is(err, fs.ErrPermission), errors.Is(err, unix.EPERM):
		m.Rights = true
	case errors.Is(err, fs.ErrNotExist):
		m.Why = "not available on this kernel"
	}
	s.missing[n] = m
}

// check makes the checks in every scene.
func (x *examination) check() *Result {
	r := &Result{Checks: len(x.cfg.Checks)}
	for i := range x.cfg.Checks {
		c := &x.cfg.Checks[i]
		made := 0
		var left []LeftOut
		for _, s := range x.scenes {
			if m, missing := s.lacks(c.needs); missing {
				left = append(left, LeftOut{ID: c.ID, Netns: s.Netns, Why: m.Why, Rights: m.Rights})
				continue
			}
			made++
			if c.needs&needHost != 0 && made > 1 {
				continue // the same in all namespaces
			}
			c.find(s, c, func(f *Finding) {
				f.ID, f.Netns, f.NetNS = c.ID, s.Netns, s.NetNS
				f.Since = max(f.Since, s.Interval)
				if s.Netns == "" {
					f.NetNS = 0
				}
				r.Findings = append(r.Findings, *f)
			})
		}
		r.leave(left, made, c.needs&needHost != 0)
	}
	order(r.Findings)
	return r
}

// leave notes where a check was not made. A check of the whole host is made once.
func (r *Result) leave(left []LeftOut, made int, host bool) {
	switch {
	case len(left) == 0 || host && made > 0:
	case made == 0:
		left[0].Netns = ""
		r.LeftOut = append(r.LeftOut, left[0])
	default:
		r.LeftOut = append(r.LeftOut, left...)
	}
}

// lacks returns the first source of a check that could not be read.
func (s *Scene) lacks(needs need) (Missing, bool) {
	for bit := need(1); bit <= needHost; bit <<= 1 {
		if m, ok := s.missing[bit]; ok && needs&bit != 0 {
			return m, true
		}
	}
	return Missing{}, false
}

// newSockets makes room for the sockets of a namespace.
func (x *examination) newSockets(settings sysctls) *sockets {
	return &sockets{
		listening: map[uint16]bool{}, closeWait: map[holding]*forgotten{}, unanswered: map[calling]int{},
		transfers: map[netip.Addr]*transfer{}, ports: newPorts(settings, x.least("ports", 1)),
	}
}

// least returns the lowest limit of a check, which the caller may have set, or none if it is not made.
func (x *examination) least(id string, none float64) float64 {
	for i := range x.cfg.Checks {
		if c := &x.cfg.Checks[i]; c.ID == id {
			return c.Limits[0].Value
		}
	}
	return none
}
