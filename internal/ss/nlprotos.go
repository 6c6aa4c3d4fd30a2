package ss

import (
	"bytes"
	"os"
	"strconv"

	"github.com/nlstat/nlstat/pkg/diag"
)

// netlinkNames are the names of netlink families: the built-in ones and those of a file.
type netlinkNames struct {
	fromFile map[uint16]string
	read     bool
}

// protosFiles is where the file may be; the first that exists counts.
var protosFiles = [...]string{"/etc/iproute2/nl_protos", "/usr/share/iproute2/nl_protos"}

// name returns the name of a family, "" if it has none.
func (n *netlinkNames) name(protocol uint16) string {
	if !n.read {
		n.read = true
		for _, path := range protosFiles {
			if text, err := os.ReadFile(path); err == nil {
				n.fromFile = parseProtos(text)
				break
			}
		}
	}
	if name, ok := n.fromFile[protocol]; ok {
		return name
	}
	for i := range diag.NetlinkProtocols {
		if diag.NetlinkProtocols[i].Number == protocol {
			return diag.NetlinkProtocols[i].Word
		}
	}
	return ""
}

// parseProtos reads lines like "16 genl # comment". Numbers may be hexadecimal.
func parseProtos(text []byte) map[uint16]string {
	found := map[uint16]string{}
	for line := range bytes.Lines(text) {
		words := bytes.Fields(line)
		if len(words) < 2 || words[0][0] == '#' {
			continue
		}
		digits, base := string(words[0]), 10
		if rest, ok := bytes.CutPrefix(words[0], []byte("0x")); ok {
			digits, base = string(rest), 16
		}
		if v, err := strconv.ParseUint(digits, base, 8); err == nil {
			found[uint16(v)] = string(words[1])
		}
	}
	return found
}
