package ss

import (
	"errors"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// strerror returns the C library's text for an errno: Go's begins with a small letter.
func strerror(errno unix.Errno) string {
	text := errno.Error()
	if strings.HasPrefix(text, "errno ") {
		return "Unknown error " + strconv.Itoa(int(errno))
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// errorText returns the text of perror(3) for a failed call.
func errorText(err error) string {
	if errno, ok := errors.AsType[unix.Errno](err); ok {
		return strerror(errno)
	}
	return err.Error()
}
