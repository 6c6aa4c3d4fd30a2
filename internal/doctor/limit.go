package doctor

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
)

// descriptorLimit returns the descriptor limit of a process (RLIMIT_NOFILE), 0 if unknown.
func (s *Scene) descriptorLimit(pid int32) uint64 {
	if pid <= 0 || s.recorded { // on this host the number is another process
		return 0
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", pid))
	if err != nil {
		return 0
	}
	return parseLimit(text)
}

// parseLimit finds the soft limit in the text of /proc/PID/limits.
func parseLimit(text []byte) uint64 {
	for line := range bytes.Lines(text) {
		rest, ok := bytes.CutPrefix(line, []byte("Max open files"))
		if fields := bytes.Fields(rest); ok && len(fields) > 0 {
			n, err := strconv.ParseUint(string(fields[0]), 10, 64)
			if err == nil {
				return n
			}
		}
	}
	return 0
}
