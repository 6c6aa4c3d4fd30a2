package cli

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/pflag"

	"github.com/nlstat/nlstat/internal/rights"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// source holds the flags for recording and replay.
type source struct {
	record, replay string
	redaction      redaction
	flagSet        *pflag.FlagSet
}

// readAhead is the number of datagrams read ahead while rows are encoded, about 260 sockets each.
const readAhead = 4

func (s *source) flags(f *pflag.FlagSet) {
	f.StringVar(&s.record, "record", "", "also record the kernel's replies to `FILE`")
	f.StringVar(&s.replay, "replay", "", "read from a recorded `FILE` instead of the kernel (-: standard input)")
	s.flagSet = f
}

// check validates the flags before any file is touched.
func (s *source) check(watched bool) error {
	switch {
	case watched && s.record != "":
		return errors.New("--watch and --record exclude each other: a recording holds one sample")
	case s.record != "" && s.replay != "":
		return errors.New("--record and --replay exclude each other")
	case s.record == "-":
		return errors.New("--record -: standard output is used by the list; use nlstat record -")
	case s.flagSet == nil:
		return nil
	case s.redaction.redacts() && s.record == "" && s.flagSet.Lookup("record") != nil:
		return errors.New("--redact and --redact-key need --record")
	}
	for _, name := range [...]string{"record", "replay", "redact-key"} {
		if f := s.flagSet.Lookup(name); f != nil && f.Changed && f.Value.String() == "" {
			return fmt.Errorf("--%s is empty: expected a file", name)
		}
	}
	return nil
}

// A session is an [inspect.Session] with its recording.
type session struct {
	*inspect.Session
	out    *recordingFile
	replay *replayFile
}

// open opens the session for the flags.
func (a *app) open(s *source, sel inspect.Selection) (_ *session, err error) {
	opened := &session{}
	a.reach.processes = a.reach.processes || s.replay == "" && !sel.Own()
	a.reach.recording = a.reach.recording || s.record != ""
	if s.replay == "" {
		if sel, err = reached(sel); err != nil {
			return nil, err
		}
	}
	cfg := inspect.Config{Namespaces: sel, ReadAhead: readAhead}
	switch {
	case s.record != "":
		a.handleSignals()
		redactor, err := s.redaction.redactor()
		if err != nil {
			return nil, err
		}
		if opened.out, err = a.createRecording(s.record, redactor); err != nil {
			return nil, err
		}
		if opened.out.replaces {
			a.notice("replaces %q", s.record)
		}
		cfg.Record = opened.out.rec
		if redactor != nil {
			cfg.Redact = redactor
		}
	case s.replay != "":
		if opened.replay, err = a.openRecording(s.replay); err != nil {
			return nil, err
		}
		cfg.Replay = opened.replay.Recording
		if opened.replay.Head().Redacted {
			a.notice("the recording is redacted: addresses, users and most names are replaced")
		}
	}
	return opened, opened.start(&cfg)
}

// start opens the session.
func (s *session) start(cfg *inspect.Config) (err error) {
	s.Session, err = inspect.Open(cfg)
	if err != nil {
		return s.finish(err)
	}
	return nil
}

// finish ends the session after a run that returned err. The recording is completed if err is nil, else
// removed.
func (s *session) finish(err error) error {
	if s.Session != nil {
		_ = s.Close() // nothing is lost with it
	}
	switch {
	case s.out != nil:
		return s.out.finish(err)
	case s.replay != nil:
		return errors.Join(err, s.replay.Close())
	}
	return err
}

// recorded reports whether a recording is read or written: then only data that it holds is used.
func (s *session) recorded() bool { return s.out != nil || s.replay != nil }

// replaying reports whether rows come from a recording.
func (s *session) replaying() bool { return s.replay != nil }

// A replayFile is a recording being read.
type replayFile struct {
	*diag.Recording
	*os.File
}

// openRecording opens a recording; - is standard input.
func (a *app) openRecording(name string) (*replayFile, error) {
	var f *os.File
	var err error
	if name == "-" {
		f, err = diag.SpoolRecording(a.Stdin)
	} else {
		f, err = rights.Open(name)
	}
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	r, err := diag.OpenRecording(f)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("replay %q: %w", name, err), f.Close())
	}
	return &replayFile{r, f}, nil
}
