package doctor

import (
	"bytes"
	"errors"
	"os"
	"strconv"
)

// softnet are counters of the processors since boot, of packets that they received from interfaces.
type softnet struct{ dropped, squeezed uint64 }

// softnetFile has no netlink source. It is about the whole host.
const softnetFile = "/proc/net/softnet_stat"

var errSoftnet = errors.New(softnetFile + " has an unknown format")

func readSoftnet() (*softnet, error) {
	text, err := os.ReadFile(softnetFile)
	if err != nil {
		return nil, err
	}
	return parseSoftnet(text)
}

// parseSoftnet adds the second and third hexadecimal number of every line (softnet_seq_show).
func parseSoftnet(text []byte) (*softnet, error) {
	var sum softnet
	for line := range bytes.Lines(text) {
		fields := bytes.Fields(line)
		if len(fields) < 3 {
			return nil, errSoftnet
		}
		dropped, err := strconv.ParseUint(string(fields[1]), 16, 32)
		if err != nil {
			return nil, errSoftnet
		}
		squeezed, err := strconv.ParseUint(string(fields[2]), 16, 32)
		if err != nil {
			return nil, errSoftnet
		}
		sum.dropped += dropped
		sum.squeezed += squeezed
	}
	return &sum, nil
}
