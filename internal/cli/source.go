package cli

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// source is where the kernel's answers come from and whether they are kept.
type source struct {
	record string
	replay string
	drop   func() error // Env.DropRights

	cfg     diag.Config
	rec     *diag.Recorder
	written *os.File
	buf     *bufio.Writer
	read    *os.File
	conn    *diag.Conn // kept from one question to the next: its socket has large buffers
}

// readAhead is how many datagrams are read while rows are encoded. They hold some 260 sockets each.
const readAhead = 4

func (s *source) flags(f *pflag.FlagSet, drop func() error) {
	s.drop = drop
	f.StringVar(&s.record, "record", "", "also write the kernel's raw answers to this `FILE`")
	f.StringVar(&s.replay, "replay", "", "read the answers from such a `FILE` instead of asking the kernel")
}

// open prepares the recording or replaying that was asked for.
func (s *source) open() error {
	s.cfg.ReadAhead = readAhead
	if s.record != "" && s.replay != "" {
		return errors.New("--record and --replay exclude each other")
	}
	switch {
	case s.record != "":
		f, err := os.Create(s.record)
		if err != nil {
			return fmt.Errorf("record: %w", err)
		}
		s.written, s.buf = f, bufio.NewWriterSize(f, 256<<10)
		s.rec = diag.NewRecorder(s.buf)
		s.cfg.Record = s.rec
	case s.replay != "":
		f, err := os.Open(s.replay)
		if err != nil {
			return fmt.Errorf("replay: %w", err)
		}
		s.read = f
		if s.cfg.Replay, err = diag.OpenRecording(f); err != nil {
			return errors.Join(fmt.Errorf("replay %s: %w", s.replay, err), f.Close())
		}
	}
	if s.drop == nil {
		return nil
	}
	return s.drop() // writing where only root may is not needed any more
}

// finish completes the recording. An error here means that the file is of no use.
func (s *source) finish() error {
	if s.conn != nil {
		_ = s.conn.Close() // nothing is lost with it
		s.conn = nil
	}
	switch {
	case s.written != nil:
		return errors.Join(s.rec.Err(), s.buf.Flush(), s.written.Close())
	case s.read != nil:
		return s.read.Close()
	}
	return nil
}

// dumps runs the queries. A kind of socket that this kernel does not have is passed over.
func (q *question) dumps(qs []diag.Query, list []*worker) error {
	for i := range qs {
		err := q.dump(&qs[i], list)
		if errors.Is(err, unix.EINVAL) && qs[i].Filter != nil {
			qs[i].Filter = nil // an instruction that this kernel does not know; we check everything again
			err = q.dump(&qs[i], list)
		}
		if err != nil && qs[i].Legacy && failed(list) == nil && q.ctx.Err() == nil {
			err = q.bothFamilies(qs[i], list)
		}
		switch {
		case err == nil:
		case failed(list) != nil:
			return failed(list)
		case errors.Is(err, unix.ENOENT) || errors.Is(err, diag.ErrNotRecorded):
			q.absent(&qs[i])
		case q.ctx.Err() == nil:
			return &incompleteError{err}
		default:
			return err
		}
	}
	return nil
}

// filled leaves out what another namespace has no sockets of, as it counts them in a tenth of a millisecond.
// TCP has one table for all namespaces: a dump in an empty one walks over the sockets of the whole host.
func (q *question) filled(qs []diag.Query) []diag.Query {
	if q.cfg.NetNS == 0 || q.rec != nil {
		return qs
	}
	st, err := diag.ReadSockStat(&q.cfg)
	if err != nil {
		return qs
	}
	return slices.DeleteFunc(slices.Clone(qs), func(dq diag.Query) bool { return st.Empty(&dq) })
}

// oneWalk merges the questions for TCP over IPv4 and IPv6 where they are the same: the oldest form of the
// request answers for both, and saves a walk over the whole table for the half that is empty.
func (q *question) oneWalk(qs []diag.Query) []diag.Query {
	if q.cfg.Replay != nil || q.rec != nil {
		return qs // recordings hold the new form
	}
	for i := range len(qs) - 1 {
		a, b := &qs[i], &qs[i+1]
		if a.Protocol == unix.IPPROTO_TCP && a.Family == unix.AF_INET && b.Protocol == unix.IPPROTO_TCP &&
			b.Family == unix.AF_INET6 && a.States == b.States && bytes.Equal(a.Filter, b.Filter) {
			a.Legacy = true
			return slices.Delete(qs, i+1, i+2)
		}
	}
	return qs
}

// bothFamilies asks in the new form where the old one is refused.
func (q *question) bothFamilies(dq diag.Query, list []*worker) error {
	dq.Legacy = false
	if err := q.dump(&dq, list); err != nil {
		return err
	}
	dq.Family = unix.AF_INET6
	return q.dump(&dq, list)
}

// failed returns the error of the first worker that could not pass a row on.
func failed(list []*worker) error {
	for _, w := range list {
		if w.putErr != nil {
			return w.putErr
		}
	}
	return nil
}

// dump runs one query, with as many workers as pay.
func (q *question) dump(dq *diag.Query, list []*worker) (err error) {
	if len(list) > 1 {
		if n := min(len(list), diag.Workers(&q.cfg, dq)); n > 1 {
			return diag.Parallel(q.ctx, &q.cfg, dq, n, func(i int, s *diag.Socket) error {
				return list[i].take(s)
			})
		}
	}
	if q.conn == nil {
		if q.conn, err = diag.Dial(&q.cfg); err != nil {
			return err
		}
	}
	for s, err := range q.conn.Sockets(q.ctx, dq) {
		if err != nil {
			return err
		}
		if err := list[0].take(s); err != nil {
			return err
		}
	}
	return nil
}

// absent says that a kind of socket does not exist here, if it was asked for by name.
func (q *question) absent(dq *diag.Query) {
	if len(q.kinds) > 0 && !slices.Contains(q.kinds, "all") && q.cfg.Replay == nil {
		q.notice("this kernel has no %s sockets, or no diag module for them", kindOf(dq))
	}
}
