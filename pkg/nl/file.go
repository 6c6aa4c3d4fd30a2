//go:build linux

package nl

import (
	"io"
	"net"

	"github.com/nlstat/nlstat/pkg/netns"
)

// OpenFile opens one of the files that have what netlink does not report: that of the recording if there
// is one, else what open returns, which is recorded if there is a recorder. The caller closes it.
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

// OpenFile opens such a file in the Conn's network namespace. Recordings have it by name. After Close it
// returns net.ErrClosed.
func (c *Conn) OpenFile(name, path string) (io.ReadCloser, error) {
	if c.isClosed() {
		return nil, net.ErrClosed
	}
	return OpenFile(name, c.cfg.Record, c.cfg.Replay, func() (f io.ReadCloser, err error) {
		err = c.Within(func() error {
			f, err = netns.Open(0, path)
			return err
		})
		return f, err
	})
}
