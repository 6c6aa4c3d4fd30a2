package ss

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"strconv"

	"github.com/nlstat/nlstat/pkg/diag"
)

// netlinkNames are the names of netlink families: the built-in ones and those of a file.
type netlinkNames struct {
	complain func(string)
	fromFile map[uint16]string
	read     bool
}

// protosFiles are the paths of the file; the first that exists is read.
var protosFiles = [...]string{"/etc/iproute2/nl_protos", "/usr/share/iproute2/nl_protos"}

// name returns the name of a family, "" if it has none.
func (n *netlinkNames) name(protocol uint16) string {
	n.load()
	if name, ok := n.fromFile[protocol]; ok {
		return name
	}
	for p := range diag.NetlinkProtocols() {
		if p.Number == protocol {
			return p.Word
		}
	}
	return ""
}

// load reads the file once, when a name is needed.
func (n *netlinkNames) load() {
	if n.read {
		return
	}
	n.read = true
	for _, path := range protosFiles {
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var bad []byte
		if n.fromFile, bad = parseProtos(text); bad != nil {
			n.complain("Database " + path + " is corrupted at " + string(bad) + "\n")
		}
		return
	}
}

// protosLine is the size of the buffer that the reference reads lines into, with the NUL at the end.
const protosLine = 512

// parseProtos parses lines like "16 genl # comment" up to the first invalid line, which it returns. Numbers
// may be hexadecimal.
func parseProtos(text []byte) (found map[uint16]string, bad []byte) {
	found = map[uint16]string{}
	for len(text) > 0 {
		n := min(len(text), protosLine-1)
		if end := bytes.IndexByte(text[:n], '\n'); end >= 0 {
			n = end + 1
		}
		line, _, _ := bytes.Cut(text[:n], []byte{0})
		text = text[n:]
		line = bytes.TrimLeft(line, " \t")
		if len(line) == 0 || line[0] == '#' || line[0] == '\n' {
			continue
		}
		id, name := protoLine(line)
		if name == "" {
			return found, line
		}
		if id >= 0 {
			found[uint16(id)] = name
		}
	}
	return found, nil
}

// protoLine parses a line as scanf(3) does with "0x%x %s" and then with "%d %s". A number that is not of a
// family is -1; without a number or a name the name is empty.
func protoLine(line []byte) (id int, name string) {
	if rest, ok := bytes.CutPrefix(line, []byte("0x")); ok {
		if id, name = scanProto(rest, 16, "0123456789abcdefABCDEF"); name != "" {
			return id, name
		}
	}
	return scanProto(line, 10, "-0123456789")
}

func scanProto(text []byte, base int, digits string) (id int, name string) {
	text = bytes.TrimLeft(text, " \t\n\v\f\r")
	text = bytes.TrimPrefix(text, []byte("+"))
	rest := bytes.TrimLeft(text, digits)
	number, words := text[:len(text)-len(rest)], bytes.Fields(rest)
	if len(number) == 0 || len(words) == 0 {
		return 0, ""
	}
	v, err := strconv.ParseUint(string(number), base, 8)
	if err != nil {
		return -1, string(words[0])
	}
	return int(v), string(words[0])
}
