package cli

import (
	"bufio"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/pflag"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// source is where the kernel's answers come from and whether they are kept, as flags say it.
type source struct {
	record, replay string
	flagSet        *pflag.FlagSet
}

// readAhead is how many datagrams are read while rows are encoded. They hold some 260 sockets each.
const readAhead = 4

func (s *source) flags(f *pflag.FlagSet) {
	f.StringVar(&s.record, "record", "", "also write the kernel's answers to `FILE`")
	f.StringVar(&s.replay, "replay", "", "read the answers from a recorded `FILE` instead of the kernel")
	s.flagSet = f
}

// check refuses names of files that are none, before anything is touched.
func (s *source) check() error {
	if s.record != "" && s.replay != "" {
		return errors.New("--record and --replay exclude each other")
	}
	if s.flagSet == nil {
		return nil
	}
	for _, name := range [...]string{"record", "replay"} {
		if f := s.flagSet.Lookup(name); f != nil && f.Changed && f.Value.String() == "" {
			return fmt.Errorf("--%s is empty: expected a file", name)
		}
	}
	return nil
}

// A session is an [inspect.Session] with the files that it records to or replays from.
type session struct {
	*inspect.Session
	rec     *diag.Recorder
	written *os.File
	buf     *bufio.Writer
	read    *os.File
}

// open makes the session that flags ask for and gives up the rights that it does not need any more.
func (a *app) open(s *source, sel inspect.Selection) (*session, error) {
	opened := &session{}
	cfg := inspect.Config{Namespaces: sel, ReadAhead: readAhead}
	if err := opened.files(s, &cfg); err != nil {
		return nil, err
	}
	if a.DropRights != nil {
		if err := a.DropRights(); err != nil {
			opened.discard()
			return nil, err
		}
	}
	var err error
	if opened.Session, err = inspect.Open(&cfg); err != nil {
		opened.discard()
		return nil, err
	}
	return opened, nil
}

// files opens the recording to write or to read.
func (s *session) files(from *source, cfg *inspect.Config) error {
	switch {
	case from.record != "":
		f, err := os.Create(from.record)
		if err != nil {
			return fmt.Errorf("record: %w", err)
		}
		s.written, s.buf = f, bufio.NewWriterSize(f, 256<<10)
		s.rec = diag.NewRecorder(s.buf, nil)
		cfg.Record = s.rec
	case from.replay != "":
		f, err := os.Open(from.replay)
		if err != nil {
			return fmt.Errorf("replay: %w", err)
		}
		s.read = f
		if cfg.Replay, err = diag.OpenRecording(f); err != nil {
			return errors.Join(fmt.Errorf("replay %s: %w", from.replay, err), f.Close())
		}
	}
	return nil
}

// finish completes the recording. An error here means that the file is of no use.
func (s *session) finish() error {
	_ = s.Close() // nothing is lost with it
	switch {
	case s.written != nil:
		return errors.Join(s.rec.Close(), s.buf.Flush(), s.written.Close())
	case s.read != nil:
		return s.read.Close()
	}
	return nil
}

// discard closes the files of a session that came to nothing.
func (s *session) discard() {
	for _, f := range []*os.File{s.written, s.read} {
		if f != nil {
			_ = f.Close() // the error that led here counts
		}
	}
}

// recorded tells whether rows come from a recording or go to one: what is not in it is not asked for.
func (s *session) recorded() bool { return s.rec != nil || s.read != nil }

// replaying tells whether rows come from a recording.
func (s *session) replaying() bool { return s.read != nil }
