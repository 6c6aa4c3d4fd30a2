package ss

import (
	"os"
	"strconv"
)

// command returns the name of a process, unchanged, and whether there is one.
func (e *environment) command(pid int32) (name []byte, ok bool) {
	stat, err := os.ReadFile(e.proc(strconv.Itoa(int(pid)) + "/stat"))
	if err != nil {
		return nil, false
	}
	return command(stat), true
}
