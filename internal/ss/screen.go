package ss

import (
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// screenWidth returns the number of columns to fill: those of the terminal behind w, else what the
// variable COLUMNS says, else 0, for as wide as it must be.
func screenWidth(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
		if err == nil && size.Col > 0 {
			return int(size.Col)
		}
	}
	return max(atoi(os.Getenv("COLUMNS")), 0)
}

// atoi reads a number as atoi(3) does: blanks, a sign, as many digits as there are.
func atoi(s string) int {
	s = strings.TrimLeft(s, " \t\n\v\f\r")
	negative := strings.HasPrefix(s, "-")
	if negative || strings.HasPrefix(s, "+") {
		s = s[1:]
	}
	n := int32(0)
	for ; s != "" && s[0] >= '0' && s[0] <= '9'; s = s[1:] {
		n = n*10 + int32(s[0]-'0')
	}
	if negative {
		n = -n
	}
	return int(n)
}
