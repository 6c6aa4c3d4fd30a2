package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// A Counter counts the rows of a command's output.
type Counter func(io.Reader) (int, error)

// Lines counts lines, less those of the header.
func Lines(header int) Counter {
	return func(r io.Reader) (int, error) {
		buf := make([]byte, 64<<10)
		n := -header
		for {
			k, err := r.Read(buf)
			n += bytes.Count(buf[:k], []byte("\n"))
			if err == io.EOF {
				return n, nil
			}
			if err != nil {
				return n, err
			}
		}
	}
}

// Number reads the count itself.
func Number() Counter {
	return func(r io.Reader) (n int, err error) {
		_, err = fmt.Fscan(r, &n)
		return n, err
	}
}

// JSON counts the elements of an array.
func JSON() Counter {
	return func(r io.Reader) (int, error) {
		dec := json.NewDecoder(r)
		if _, err := dec.Token(); err != nil {
			return 0, err
		}
		n := 0
		for dec.More() {
			var row json.RawMessage
			if err := dec.Decode(&row); err != nil {
				return n, err
			}
			n++
		}
		return n, nil
	}
}
