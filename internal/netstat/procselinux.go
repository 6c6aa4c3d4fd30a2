package netstat

import (
	"bytes"
	"cmp"
	"os"
	"strconv"

	"github.com/nlstat/nlstat/pkg/owner"
)

// appendContext appends the security context of the first owner; a long one is cut at its start.
func (t *tool) appendContext(b []byte, refs []owner.Ref) []byte {
	const most = contextWidth - 2
	if len(refs) == 0 {
		return append(b, '-')
	}
	label, err := os.ReadFile(cmp.Or(t.root, procRoot) + "/" + strconv.Itoa(int(refs[0].PID)) + "/attr/current")
	label = bytes.TrimRight(label, "\x00\n")
	if err != nil || len(label) == 0 {
		return append(b, '-')
	}
	if len(label) > most+1 {
		label = label[len(label)-most:]
	}
	return append(b, label...)
}
