package netstat

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// eachLine calls line with every line of a file below /proc, without its newline, valid during the call.
// An error of opening the file is returned as it is; see absent.
func (t *tool) eachLine(path string, line func([]byte) bool) error {
	if t.root != "" {
		path = t.root + strings.TrimPrefix(path, procRoot)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	// A line longer than the buffer is split, as by the reference. Lines of the kernel fit.
	r := bufio.NewReaderSize(f, 32<<10)
	for {
		text, err := r.ReadSlice('\n')
		if n := len(text); n > 0 {
			if text[n-1] == '\n' {
				text = text[:n-1]
			}
			if !line(text) {
				return nil
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return fmt.Errorf("read %s: %w", path, err)
		}
	}
}

// absent reports whether a file could not be opened because it does not exist or is not permitted.
func absent(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.EACCES)
}

// perror reports a file that could not be opened, and the reason, in the format of C's perror.
func (t *tool) perror(path string, err error) {
	t.complain("%s: %s\n", path, strerror(err))
}

// strerror returns the C library's text for an error: Go's, with a capital letter.
func strerror(err error) string {
	if errno, ok := errors.AsType[unix.Errno](err); ok {
		err = errno
	}
	text := err.Error()
	if r, n := utf8.DecodeRuneInString(text); n == 1 && 'a' <= r && r <= 'z' {
		return string(r-'a'+'A') + text[n:]
	}
	return text
}

// fields splits a line into words, in place.
type fields []byte

// next returns the next word, "" at the end.
func (f *fields) next() []byte {
	line := *f
	for len(line) > 0 && isSpace(line[0]) {
		line = line[1:]
	}
	n := 0
	for n < len(line) && !isSpace(line[n]) {
		n++
	}
	*f = line[n:]
	return line[:n]
}

// isSpace is C's isspace in the C locale.
func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// hex reads a hexadecimal number; ok is false if there is anything else in the word.
func hex(word []byte) (v uint64, ok bool) {
	for _, c := range word {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		v = v<<4 | uint64(c)
	}
	return v, len(word) > 0
}

// decimal reads a decimal number, wrapping around as unsigned arithmetic does; ok is false if there is
// anything else in the word.
func decimal(word []byte) (v uint64, ok bool) {
	digits := word
	if len(digits) > 0 && digits[0] == '-' {
		digits = digits[1:]
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + uint64(c-'0')
	}
	if len(digits) < len(word) {
		v = -v
	}
	return v, len(digits) > 0
}
