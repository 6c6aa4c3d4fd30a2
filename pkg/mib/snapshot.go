package mib

import (
	"iter"
	"math"
	"strings"
	"time"
)

// A Metric is one named value.
type Metric struct {
	Section string // "Ip", "Tcp", "TcpExt", "Ip6", ...; of sockstat "sockstat TCP" and the like
	Name    string // as the kernel spells it: "RetransSegs"; of snmp6 without the section: "InReceives"
	Value   uint64 // see Signed
	Kind    Kind
	Source  Source // the file that it was in
}

// Signed returns the value of a setting that may be negative: Tcp MaxConn is -1 for "no limit".
func (m *Metric) Signed() int64 { return int64(m.Value) }

// A Snapshot is what was read at one time, in the order of the files. The zero Snapshot is empty.
type Snapshot struct {
	Time    time.Time // when reading began
	Metrics []Metric  // overwritten by the next [Reader.Read] into this Snapshot
	Missing Source    // files that this kernel does not have

	section string // what the parser is at
	source  Source
	index   map[key]int
	n       int // metrics that were parsed into Metrics so far
}

type key struct{ section, name string }

func (m *Metric) key() key { return key{m.Section, m.Name} }

// Get finds a value by section and name, such as ("Tcp", "RetransSegs"). ok is false if the kernel does
// not tell it, which is not the same as zero.
func (s *Snapshot) Get(section, name string) (m Metric, ok bool) {
	i, ok := s.find(section, name)
	if !ok {
		return Metric{}, false
	}
	return s.Metrics[i], true
}

func (s *Snapshot) find(section, name string) (i int, ok bool) {
	if s.index == nil {
		s.index = make(map[key]int, len(s.Metrics))
		for i := range s.Metrics {
			k := s.Metrics[i].key()
			if _, twice := s.index[k]; !twice {
				s.index[k] = i
			}
		}
	}
	i, ok = s.index[key{section, name}]
	return i, ok
}

// Since yields every metric with what it has grown by since an earlier Snapshot of the same namespace.
// Of a gauge or a setting the delta is the difference as well, and may be negative. A counter
// that was not there before counts from zero: the kernel leaves out ICMP types that it has not seen.
func (s *Snapshot) Since(before *Snapshot) iter.Seq2[Metric, int64] {
	return func(yield func(Metric, int64) bool) {
		for i := range s.Metrics {
			m := s.Metrics[i]
			if !yield(m, m.since(before, i)) {
				return
			}
		}
	}
}

// since finds the earlier value, most often at the same place i.
func (m *Metric) since(before *Snapshot, i int) int64 {
	if i >= len(before.Metrics) || before.Metrics[i].key() != m.key() {
		var ok bool
		if i, ok = before.find(m.Section, m.Name); !ok {
			return int64(m.Value)
		}
	}
	return Delta(m.Kind, before.Metrics[i].Value, m.Value)
}

// Delta returns the growth from one value to a later one. A counter that is smaller than before has
// wrapped at 32 bits, as those of type unsigned long do on 32-bit kernels, if it was not beyond them
// already; else it is of another namespace, and the growth is unknown: 0.
func Delta(k Kind, before, after uint64) int64 {
	if k != KindCount || after >= before {
		return int64(after - before)
	}
	if before <= math.MaxUint32 {
		return int64(uint32(after) - uint32(before))
	}
	return 0
}

// begin prepares the Snapshot for another reading. Names of the one before are kept to compare with.
func (s *Snapshot) begin() {
	s.n, s.Missing, s.section = 0, 0, ""
}

// end drops what the reading before had more, and the index if anything has another place now.
func (s *Snapshot) end() {
	if s.n < len(s.Metrics) {
		clear(s.Metrics[s.n:])
		s.Metrics = s.Metrics[:s.n]
		s.index = nil
	}
}

// add takes one value. Where the one before at this place has the same name its strings stay in use.
func (s *Snapshot) add(name []byte, value uint64) {
	i := s.n
	s.n++
	if i < len(s.Metrics) {
		m := &s.Metrics[i]
		if m.Section == s.section && m.Name == string(name) {
			m.Value = value
			return
		}
	}
	m := Metric{Section: s.section, Name: string(name), Value: value, Source: s.source}
	m.Kind = kindOf(&m)
	s.index = nil
	if i < len(s.Metrics) {
		s.Metrics[i] = m
		return
	}
	s.Metrics = append(s.Metrics, m)
}

// enter makes name the section of what follows, with prefix in front.
func (s *Snapshot) enter(prefix string, name []byte) {
	if s.n < len(s.Metrics) {
		was := s.Metrics[s.n].Section
		if rest, ok := strings.CutPrefix(was, prefix); ok && rest == string(name) {
			s.section = was
			return
		}
	}
	s.section = prefix + string(name)
}
