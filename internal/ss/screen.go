package ss

import (
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// screenWidth returns the number of columns to fill: those of the terminal w, else the variable COLUMNS,
// else 0: as wide as needed.
func screenWidth(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
		if err == nil && size.Col > 0 {
			return int(size.Col)
		}
	}
	return max(atoi(os.Getenv("COLUMNS")), 0)
}

// atoi parses a number as atoi(3) does: blanks, a sign and digits, as 64 bits of which the lower 32 are
// used.
func atoi(s string) int {
	s = strings.TrimLeft(s, " \t\n\v\f\r")
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || end == 0 && (s[0] == '-' || s[0] == '+')) {
		end++
	}
	n, _ := strconv.ParseInt(s[:end], 10, 64) // 0 without digits, the nearest number if it does not fit
	return int(int32(n))
}
