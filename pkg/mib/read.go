package mib

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/nlstat/nlstat/internal/enum"
	"github.com/nlstat/nlstat/pkg/netns"
)

// A Source is a set of files.
type Source uint8

// The files, below /proc/thread-self/net.
const (
	SourceSNMP      Source = 1 << iota // snmp: IPv4, ICMP, TCP, UDP
	SourceNetstat                      // netstat: counters beyond the RFCs, of IPv4, TCP and MPTCP
	SourceSNMP6                        // snmp6: IPv6, ICMPv6, UDP over IPv6
	SourceSCTP                         // sctp/snmp
	SourceSockStat                     // sockstat: sockets in use
	SourceSockStat6                    // sockstat6
)

var sourceNames = [...]string{"snmp", "netstat", "snmp6", "sctp", "sockstat", "sockstat6"}

// String returns the names of the files, joined by commas: "snmp,netstat".
func (s Source) String() string { return enum.Flags(sourceNames[:], s) }

// MarshalText returns what String does.
func (s Source) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// sources are the files in the order in which they are read, and how they are written.
var sources = [...]struct {
	bit   Source
	name  string
	parse func(s *Snapshot, data []byte) error
}{
	{SourceSNMP, "snmp", (*Snapshot).pairs},
	{SourceNetstat, "netstat", (*Snapshot).pairs},
	{SourceSNMP6, "snmp6", (*Snapshot).lines6},
	{SourceSCTP, "sctp/snmp", (*Snapshot).linesSCTP},
	{SourceSockStat, "sockstat", (*Snapshot).sockets},
	{SourceSockStat6, "sockstat6", (*Snapshot).sockets},
}

// ErrMalformed says that a file does not have the format of known kernels.
var ErrMalformed = errors.New("malformed counters")

// A Config says what to read. The zero value reads all files of the calling thread's namespace.
type Config struct {
	// NetNS is a descriptor of the network namespace to read; 0 = that of the calling thread.
	// Entering needs CAP_SYS_ADMIN.
	NetNS int
	// Sources are the files to read; 0 = all. Those that the kernel does not have are skipped.
	Sources Source
	// ProcRoot is used instead of /proc/thread-self: the files are below ProcRoot/net.
	ProcRoot string
	// Record, if set, is called with the name and the bytes of every file, such as a Recorder's method
	// File.
	Record func(name string, data []byte)
	// Replay, if set, returns files instead of the kernel, by the same names, and an error for a missing
	// one.
	Replay func(name string) ([]byte, error)
}

// A Reader reads counters repeatedly. The zero Reader is ready. It is for one goroutine.
type Reader struct {
	Config

	buf bytes.Buffer
}

// Read reads the counters of the calling thread's network namespace once.
func Read() (*Snapshot, error) {
	var r Reader
	s := new(Snapshot)
	return s, r.Read(s)
}

// Read overwrites s with the current values. A missing file is recorded in s.Missing and is not an
// error; if one cannot be read or is malformed the others are still read, and the first error is
// returned.
func (r *Reader) Read(s *Snapshot) error {
	if r.NetNS != 0 && r.Replay == nil {
		return netns.Do(r.NetNS, func() error { return r.read(s) })
	}
	return r.read(s)
}

func (r *Reader) read(s *Snapshot) (first error) {
	s.Time = time.Now()
	s.begin()
	for i := range sources {
		f := &sources[i]
		if r.Sources != 0 && r.Sources&f.bit == 0 {
			continue
		}
		data, err := r.file(f.name)
		if errors.Is(err, fs.ErrNotExist) || err != nil && r.Replay != nil {
			s.Missing |= f.bit
			continue
		}
		s.source = f.bit
		if err == nil {
			err = f.parse(s, data)
		}
		if err != nil && first == nil {
			first = fmt.Errorf("read counters of %s: %w", f.name, err)
		}
	}
	s.end()
	return first
}

// file returns the bytes of a file, valid until the next call.
func (r *Reader) file(name string) ([]byte, error) {
	path := "/proc/thread-self/net/" + name
	if r.Replay != nil {
		return r.Replay(path)
	}
	from := path
	if r.ProcRoot != "" {
		from = r.ProcRoot + "/net/" + name
	}
	f, err := os.Open(from)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // read-only
	r.buf.Reset()
	if _, err := r.buf.ReadFrom(io.LimitReader(f, maxFile)); err != nil {
		return nil, err
	}
	if r.Record != nil {
		r.Record(path, bytes.Clone(r.buf.Bytes()))
	}
	return r.buf.Bytes(), nil
}

// maxFile limits the size of a file, which is usually some 10 KiB.
const maxFile = 4 << 20
