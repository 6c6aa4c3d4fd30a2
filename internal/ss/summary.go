package ss

import (
	"bytes"
	"io"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/rights"
)

// A summary is the output of -s, from the kernel's counters. ss counts in 32 bits.
type summary struct {
	sockets                  int32
	tcp, tcp6, udp, udp6     int32
	raw, raw6, frag, frag6   int32
	orphan, timeWait, memory int32 // memory: sockets with allocated memory, even if they are in no table
	established              int32
}

// summary shows the numbers of sockets.
func (p *program) summary() {
	var s summary
	if err := s.sockstat(p.env.net("PROC_NET_SOCKSTAT", "sockstat")); err != nil {
		p.complain("ss: get_sockstat: " + errorText(err) + "\n")
	}
	// Without IPv6 the file does not exist.
	_ = s.sockstat(p.env.net("PROC_NET_SOCKSTAT6", "sockstat6"))
	if err := s.snmp(p.env.net("PROC_NET_SNMP", "snmp")); err != nil {
		p.complain("ss: get_snmpstat: " + errorText(err) + "\n")
	}
	p.out.buf = s.append(p.out.buf)
	p.out.flush()
}

// readLines reads a file as fgets(3) does: an error is treated as the end.
func readLines(path string) ([]byte, error) {
	f, err := rights.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	text, _ := io.ReadAll(f)
	return text, nil
}

// sockstat reads one of the two files: lines like "TCP: inuse 3 orphan 0 tw 1 alloc 4 mem 1".
func (s *summary) sockstat(path string) error {
	text, err := readLines(path)
	if err != nil {
		return err
	}
	single := map[string]*int32{
		"UDP:": &s.udp, "UDP6:": &s.udp6, "RAW:": &s.raw, "RAW6:": &s.raw6,
		"FRAG:": &s.frag, "FRAG6:": &s.frag6, "TCP6:": &s.tcp6, "sockets:": &s.sockets,
	}
	for line := range bytes.Lines(text) {
		words := bytes.Fields(line)
		if len(words) == 0 {
			continue
		}
		word := string(words[0])
		if into, ok := single[word]; ok {
			*into = position(words, 1)
		}
		if word == "TCP:" {
			s.tcp, s.orphan, s.timeWait, s.memory =
				position(words, 1), position(words, 2), position(words, 3), position(words, 4)
		}
	}
	return nil
}

// position returns the n-th number of a line of names and numbers, 0 if there is none.
func position(words [][]byte, n int) int32 {
	if 2*n >= len(words) {
		return 0
	}
	return int32(atoi(string(words[2*n])))
}

// snmp reads the number of established connections, whose column is found by the line of names. As in ss, the
// last column is the default, and a file without two lines of TCP is an error.
func (s *summary) snmp(path string) error {
	text, err := readLines(path)
	if err != nil {
		return err
	}
	lines := bytes.SplitAfter(text, []byte{'\n'})
	for i, names := range lines {
		if !bytes.HasPrefix(names, tcpPrefix) {
			continue
		}
		if i+1 == len(lines) || !bytes.HasPrefix(lines[i+1], tcpPrefix) {
			break
		}
		words := bytes.Split(lines[i+1], []byte{' '})
		if n := snmpColumn(names); 0 < n && n < len(words) {
			s.established = int32(atoi(string(words[n])))
			return nil
		}
	}
	return unix.ESRCH
}

var tcpPrefix = []byte("Tcp:")

// snmpColumn returns the number of the column of established connections, or of the last one.
func snmpColumn(names []byte) int {
	words := bytes.Split(names, []byte{' '})
	for i, name := range words[1:] {
		if string(bytes.TrimSuffix(name, []byte{'\n'})) == "CurrEstab" {
			return i + 1
		}
	}
	return len(words) - 1
}

// append writes the report.
func (s *summary) append(b []byte) []byte {
	number := func(key string, v int32) { b = strconv.AppendInt(append(b, key...), int64(v), 10) }
	row := func(name string, v4, v6 int32) {
		b = append(append(b, name...), "\t  "...)
		for i, v := range [...]int32{v4 + v6, v4, v6} {
			if i > 0 {
				b = append(b, ' ')
			}
			start := len(b)
			number("", v)
			b = appendBlanks(b, 9-(len(b)-start))
		}
		b = append(b, '\n')
	}
	number("Total: ", s.sockets)
	number("\nTCP:   ", s.memory+s.timeWait)
	number(" (estab ", s.established)
	number(", closed ", s.memory-(s.tcp+s.tcp6-s.timeWait))
	number(", orphaned ", s.orphan)
	number(", timewait ", s.timeWait)
	b = append(b, ")\n\nTransport Total     IP        IPv6\n"...)
	row("RAW", s.raw, s.raw6)
	row("UDP", s.udp, s.udp6)
	row("TCP", s.tcp, s.tcp6)
	row("INET", s.raw+s.udp+s.tcp, s.raw6+s.udp6+s.tcp6)
	row("FRAG", s.frag, s.frag6)
	return append(b, '\n')
}
