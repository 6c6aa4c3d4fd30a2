package nl

import (
	"bytes"
	"errors"
	"io"
)

// OpenFile opens one of the few files that answer what netlink does not: that of the recording if there is
// one, else what open returns, which is written down if there is a recorder.
func OpenFile(path string, rec *Recorder, replay *Recording, open func() (io.ReadCloser, error)) (
	io.ReadCloser, error,
) {
	if replay != nil {
		b, err := replay.File(path)
		return io.NopCloser(bytes.NewReader(b)), err
	}
	r, err := open()
	if err != nil || rec == nil {
		return r, err
	}
	b, err := io.ReadAll(r)
	err = errors.Join(err, r.Close())
	rec.File(path, b)
	return io.NopCloser(bytes.NewReader(b)), err
}
