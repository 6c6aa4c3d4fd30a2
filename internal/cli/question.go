package cli

import (
	"errors"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/render"
)

// A question is which sockets a command is about: its flags, its filter, and where answers come from. It may
// be asked more than once.
type question struct {
	*app
	selection
	spaces
	source
	sampling

	names   names.Names
	space   string // name of the network namespace that is asked about
	links   *links
	cgroups *cgroups
	table   view.Table[view.Socket]
	tree    *query.Node
	filter  *query.Filter[view.Socket]
	text    string                // the filter as it was written
	hearing bool                  // of unix sockets, those that cannot be sent to are left out
	watched bool                  // somebody looks again and again, and makes rates and ages himself
	earlier map[string]*firstLook // by namespace, where rates are wanted
	// meet, if there is one, is called with every row before the filter sees it.
	meet func(*view.Socket)

	columnsByDefault []string // nil = those of the table

	owners *owners
	peers  *peers
	nat    *translations
	hosts  *hosts // kept from one question to the next
}

func (q *question) flags(f *pflag.FlagSet) {
	q.selection.flags(f)
	q.spaces.flags(f)
	q.source.flags(f, q.DropRights)
}

// parse reads the filter.
func (q *question) parse(args []string) (err error) {
	q.names.Etc = q.Etc
	q.table = view.Sockets(&q.names)
	if q.columnsByDefault != nil {
		q.table.Default = q.columnsByDefault
	}
	q.text = strings.Join(args, " ")
	if q.tree, err = query.Parse(&q.table, args); err != nil {
		return err
	}
	if q.filter, err = query.Compile(&q.table, q.tree, q.text); err != nil {
		return err
	}
	if q.filter.Needs&view.NeedWatch != 0 && !q.watched {
		return errAge
	}
	return q.valid()
}

// errAge refuses a filter that nothing could match.
var errAge = errors.New("age is known only with --watch: the kernel does not keep when a socket was made")

// ask calls row with every socket that the question is about; the row is overwritten for the next.
// needs is what the caller needs of rows besides the filter's needs. [render.ErrEnough] ends it early.
func (q *question) ask(needs uint32, row func(*view.Socket) error) error {
	return q.askSplit(needs, 1, func(int) func(*view.Socket) error { return row })
}

// askSplit is ask with up to that many goroutines at work at the same time, for each of which put
// returns a function that takes its rows.
func (q *question) askSplit(needs uint32, workers int, put func(worker int) func(*view.Socket) error) error {
	needs |= q.filter.Needs
	p := plan(q.tree)
	qs, err := q.queries(p, view.Want(needs))
	if err != nil {
		return err
	}
	q.hearing = !q.everyState(p)
	qs = q.oneWalk(q.narrow(qs))
	if err := q.lookTwice(needs, qs); err != nil {
		return err
	}
	q.join(needs)
	if q.peers, err = q.findPeers(needs); err != nil {
		return err
	}
	if q.nat, err = q.findTranslations(needs); err != nil {
		return err
	}
	if err := q.findHosts(needs, qs); err != nil {
		return err
	}
	list := make([]*worker, workers)
	for i := range list {
		if list[i], err = q.worker(i, needs, put(i)); err != nil {
			return err
		}
	}
	if q.owners != nil {
		defer time.AfterFunc(headStart, q.owners.begin).Stop()
	}
	err = q.inSpaces(func() error {
		earlier := q.secondLook()
		for _, w := range list {
			w.row.Netns, w.row.Links, w.earlier = q.space, q.links, earlier
		}
		return q.dumps(q.filled(qs), list)
	})
	q.peers.close()
	q.recordJoined()
	q.tellOwners(list)
	if errors.Is(err, render.ErrEnough) {
		return nil
	}
	return err
}

// join begins what rows need besides what the kernel says of a socket.
func (q *question) join(needs uint32) {
	if q.links == nil {
		q.links, q.cgroups = newLinks(here), newCgroups()
		if q.cfg.Replay != nil {
			q.links.replay(q.cfg.Replay)
			q.cgroups.replay(q.cfg.Replay)
		}
	}
	if needs&(view.NeedOwner|view.NeedPeer) != 0 && q.cfg.Replay == nil {
		q.owners = scanOwners(q.ctx)
	}
}

// recordJoined keeps what was joined to the rows: a recording holds all that its rows need, and nothing
// about anything else.
func (q *question) recordJoined() {
	if q.rec == nil {
		return
	}
	q.links.record(q.rec)
	q.cgroups.record(q.rec)
	if q.owners != nil {
		q.owners.record(q.rec)
	}
}

// tellOwners says why owners are missing, if any are.
func (q *question) tellOwners(list []*worker) {
	if q.owners == nil {
		return
	}
	if q.ctx.Err() != nil {
		return // interrupted: what is missing is missing for that
	}
	ownerless := false
	for _, w := range list {
		ownerless = ownerless || w.owners != nil && w.owners.blank
	}
	if !ownerless {
		return
	}
	if why := q.owners.missing(); why != "" {
		q.notice("%s", why)
		q.rights = true
	}
}
