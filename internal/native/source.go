package native

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// source is where the kernel's answers come from and whether they are kept.
type source struct {
	record string
	replay string

	cfg     diag.Config
	rec     *diag.Recorder
	written *os.File
	buf     *bufio.Writer
	read    *os.File
}

func (s *source) flags(f *pflag.FlagSet) {
	f.StringVar(&s.record, "record", "", "also write the kernel's raw answers to this file")
	f.StringVar(&s.replay, "replay", "", "read the answers from such a file instead of asking the kernel")
}

// open prepares the recording or replaying that was asked for.
func (s *source) open() error {
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
	return nil
}

// finish completes the recording. An error here means that the file is of no use.
func (s *source) finish() error {
	switch {
	case s.written != nil:
		return errors.Join(s.rec.Err(), s.buf.Flush(), s.written.Close())
	case s.read != nil:
		return s.read.Close()
	}
	return nil
}

// sockets calls row with each socket that the queries select. A kind of socket that this kernel does not
// have is reported to missing.
func (s *source) sockets(ctx context.Context, qs []diag.Query, row func(*diag.Socket) error,
	missing func(*diag.Query),
) (err error) {
	c, err := diag.Dial(&s.cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	for i := range qs {
		dumpErr, rowErr := dump(ctx, c, &qs[i], row)
		switch {
		case rowErr != nil:
			return rowErr
		case errors.Is(dumpErr, unix.ENOENT) || errors.Is(dumpErr, diag.ErrNotRecorded):
			missing(&qs[i])
		case dumpErr != nil && ctx.Err() == nil:
			return &incompleteError{dumpErr}
		case dumpErr != nil:
			return dumpErr
		}
	}
	return nil
}

// dump runs one query. It tells the kernel's error from that of row.
func dump(ctx context.Context, c *diag.Conn, q *diag.Query, row func(*diag.Socket) error) (
	dumpErr, rowErr error,
) {
	for sock, err := range c.Sockets(ctx, q) {
		if err != nil {
			return err, nil
		}
		if err := row(sock); err != nil {
			return nil, err
		}
	}
	return nil, nil
}
