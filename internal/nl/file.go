package nl

import "io"

// OpenFile opens one of the few files that answer what netlink does not: that of the recording if there is
// one, else what open returns, which is written down if there is a recorder.
func OpenFile(path string, rec *Recorder, replay *Recording, open func() (io.ReadCloser, error)) (
	io.ReadCloser, error,
) {
	if replay != nil {
		r, err := replay.Open(path)
		return io.NopCloser(r), err
	}
	r, err := open()
	if err != nil || rec == nil {
		return r, err
	}
	return rec.tee(path, r)
}
