package netstat

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
	"strings"

	"golang.org/x/sys/unix"
)

// masqPath is the list of masqueraded connections of kernels before 2.4.
const masqPath = "/proc/net/ip_masquerade"

// masqFile prints the entries of the old file, or none if one of them is invalid. missing reports
// whether the file does not exist.
func (t *tool) masqFile(row func(*masqEntry) bool) (code status, missing bool) {
	var entries []masqEntry
	header, previous, wrong := true, false, ""
	err := t.eachLine(masqPath, func(line []byte) bool {
		if header {
			header, previous = false, bytes.Contains(line, []byte("PDelta"))
			return true
		}
		var m masqEntry
		m, wrong = parseMasq(line, previous)
		entries = append(entries, m)
		return wrong == ""
	})
	switch {
	case errors.Is(err, unix.ENOENT):
		return statusOK, true
	case err != nil:
		t.perror(masqPath, err)
		return statusBroken, false
	case header:
		t.complain("masq_info: Internal Error `fgets() failed'.\n")
		return statusBroken, false
	case wrong != "":
		t.complain("masq_info.c: Internal Error `ip_masquerade %s'.\n", wrong)
		return statusBroken, false
	}
	for i := range entries {
		if !row(&entries[i]) {
			break
		}
	}
	return statusOK, false
}

// parseMasq parses "protocol source:port destination:port port sequence delta [previous] expires". It
// returns the error of an invalid line.
func parseMasq(line []byte, previous bool) (m masqEntry, wrong string) {
	const format = "format error"
	f := fields(line)
	m.protocol = string(f.next())
	m.withoutPrevious = !previous
	var ok [4]bool
	m.source, m.sport, ok[0] = masqEnd(f.next())
	m.dest, m.dport, ok[1] = masqEnd(f.next())
	mport, okPort := hex(f.next())
	m.mport, ok[2] = uint16(mport), okPort
	m.initSeq, ok[3] = hex(f.next())
	if ok != [4]bool{true, true, true, true} {
		return m, format
	}
	if !numbers(&f, &m.delta) || previous && !numbers(&f, &m.prevDelta) {
		return m, format
	}
	var okTime bool
	if m.hundredths, okTime = decimal(f.next()); !okTime {
		return m, format
	}
	switch m.protocol {
	case "IP", "TCP", "UDP", "ICMP", "GRE", "ESP":
		m.protocol = strings.ToLower(m.protocol)
		return m, ""
	}
	return m, "unknown type"
}

// masqEnd reads an address and a port in hexadecimal digits.
func masqEnd(word []byte) (a netip.Addr, port uint16, ok bool) {
	address, p, _ := bytes.Cut(word, []byte(":"))
	v, ok := hex(address)
	n, also := hex(p)
	return hexAddr4(v), uint16(n), ok && also
}

func hexAddr4(v uint64) netip.Addr {
	var raw [4]byte
	binary.BigEndian.PutUint32(raw[:], uint32(v))
	return netip.AddrFrom4(raw)
}
