package native

import (
	"errors"
	"strings"

	"github.com/spf13/pflag"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/render"
)

// A question is which sockets a command is about: its flags, its filter, and where answers come from. It may
// be asked more than once.
type question struct {
	*app
	selection
	source

	names   names.Names
	links   *links
	cgroups *cgroups
	table   view.Table[view.Socket]
	tree    *query.Node
	filter  *query.Filter[view.Socket]
	text    string // the filter as it was written

	owners    *owners
	ownerless bool // a row has no owner though it may have one
	missing   []string
}

func (q *question) flags(f *pflag.FlagSet) {
	q.selection.flags(f)
	q.source.flags(f)
}

// parse reads the filter.
func (q *question) parse(args []string) (err error) {
	q.names.Etc = q.Etc
	q.table = view.Sockets(&q.names)
	q.text = strings.Join(args, " ")
	if q.tree, err = query.Parse(&q.table, args); err != nil {
		return err
	}
	q.filter, err = query.Compile(&q.table, q.tree, q.text)
	return err
}

// ask calls row with every socket that the question is about; the row is overwritten for the next.
// needs is what the caller needs of rows besides the filter's needs. [render.ErrEnough] ends it early.
func (q *question) ask(needs uint32, row func(*view.Socket) error) error {
	needs |= q.filter.Needs
	qs, err := q.queries(plan(q.tree), view.Want(needs))
	if err != nil {
		return err
	}
	r := view.Socket{Names: &q.names}
	q.join(&r, needs)
	err = q.sockets(q.ctx, qs, func(sock *diag.Socket) error {
		r.Socket = sock
		if !q.filter.Match(&r) {
			return nil
		}
		q.note(&r, needs)
		return row(&r)
	}, func(*diag.Query) {})
	q.recordJoined()
	q.tellOwners()
	if errors.Is(err, render.ErrEnough) {
		return nil
	}
	return err
}

// join begins what rows need besides what the kernel says of a socket.
func (q *question) join(row *view.Socket, needs uint32) {
	if q.links == nil {
		q.links, q.cgroups = newLinks(), newCgroups()
		if q.cfg.Replay != nil {
			q.links.replay(q.cfg.Replay)
			q.cgroups.replay(q.cfg.Replay)
		}
	}
	row.Links, row.Cgroups = q.links, q.cgroups
	switch {
	case needs&view.NeedOwner == 0:
	case q.cfg.Replay != nil:
		row.Owners = replayOwners(q.cfg.Replay)
	default:
		q.owners = scanOwners(q.ctx)
		row.Owners = q.owners
	}
}

// note sees every row that goes out: whether it should have an owner and has none, and what a recording
// needs of it.
func (q *question) note(row *view.Socket, needs uint32) {
	if q.rec != nil {
		q.noteNames(row, needs)
	}
	if q.owners != nil && !q.ownerless && row.Inode != 0 && len(row.Owners.Owners(row.Inode)) == 0 {
		q.ownerless = true
	}
}

// noteNames makes the lookups whose answers belong in the recording, whatever is shown now.
func (q *question) noteNames(row *view.Socket, needs uint32) {
	if row.Iface != 0 {
		q.links.Name(row.Iface)
	}
	if needs&view.NeedCgroup != 0 && row.Has&diag.HasCgroup != 0 {
		q.cgroups.Path(row.Socket.Cgroup)
	}
	if q.owners != nil && row.Inode != 0 {
		q.owners.shown = append(q.owners.shown, row.Inode)
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
func (q *question) tellOwners() {
	if q.owners == nil {
		return
	}
	if q.ctx.Err() != nil {
		return // interrupted: what is missing is missing for that
	}
	if why := q.owners.missing(); why != "" && q.ownerless {
		q.notice("%s", why)
		q.rights = true
	}
}
