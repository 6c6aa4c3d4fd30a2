package netstat

import (
	"bytes"
	"strings"
)

// The files that protocol counters are in: no netlink message carries them.
const (
	snmpPath     = "/proc/net/snmp"
	netstatPath  = "/proc/net/netstat"
	sctpSNMPPath = "/proc/net/sctp/snmp"
	snmp6Path    = "/proc/net/snmp6"
)

// inet prints IPv4 and the protocols above. Without the first file there is nothing; the others are
// extras.
func (p *statPrinter) inet() {
	if !p.pairs(snmpPath, "", true) {
		return
	}
	p.pairs(netstatPath, "", false)
	p.sctp()
}

// sctp prints the counters of SCTP, one on a line.
func (p *statPrinter) sctp() {
	if !exists(sctpSNMPPath) {
		return
	}
	p.section("Sctp")
	// whoever takes the file away now leaves a title, as with the reference
	_ = eachLine(sctpSNMPPath, func(line []byte) bool {
		f := fields(line)
		key := string(f.next())
		value, _ := decimal(f.next())
		p.counter(key, value)
		return true
	})
}

// inet6 prints IPv6, and of the counters that both versions share those of TCP.
func (p *statPrinter) inet6() {
	section := ""
	err := eachLine(snmp6Path, func(line []byte) bool {
		f := fields(line)
		key := string(f.next())
		value, _ := decimal(f.next())
		if section == "" || !strings.Contains(key, section) {
			section = key
			if at := strings.IndexByte(key, '6'); at >= 0 {
				section = key[:at+1]
			}
			p.section(section)
		}
		p.counter(key, value)
		return true
	})
	if err != nil {
		p.t.complain("cannot open %s: %s\n", snmp6Path, strerror(err))
		return
	}
	p.pairs(snmpPath, "Tcp", true)
}

// pairs prints a file of pairs of lines, names and values, of the sections whose name begins with only.
// It returns false, with a word about it if the file is needed, where there is no file.
func (p *statPrinter) pairs(path, only string, needed bool) bool {
	var names []byte
	err := eachLine(path, func(line []byte) bool {
		if names == nil {
			if len(line) > 0 {
				names = bytes.Clone(line)
			}
			return true
		}
		ok := p.pair(names, line, only)
		names = nil
		if !ok && only == "" {
			p.t.complain("Problem while parsing %s\n", path)
		}
		return ok
	})
	if err != nil && needed {
		p.t.complain("cannot open %s: %s\n", path, strerror(err))
	}
	return err == nil
}

// pair prints one section from its two lines. Values that are missing are zero.
func (p *statPrinter) pair(names, values []byte, only string) bool {
	title, keys, ok := bytes.Cut(names, []byte(":"))
	_, numbers, also := bytes.Cut(values, []byte(":"))
	if !ok || !also {
		return false
	}
	if !bytes.HasPrefix(title, []byte(only)) {
		return true
	}
	p.section(string(title))
	k, v := fields(keys), fields(numbers)
	for key := k.next(); len(key) > 0; key = k.next() {
		value, _ := decimal(v.next())
		p.counter(string(key), value)
	}
	return true
}
