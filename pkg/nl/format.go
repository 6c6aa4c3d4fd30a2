package nl

import (
	"encoding/binary"
	"errors"
	"strconv"
	"strings"
)

// A recording is a text line that names the format and the byte order, then frames of this header and a
// payload padded to 4 bytes:
//
//	u32 length of the payload, at most maxFrame
//	u16 kind
//	u16 netlink protocol, of requests and replies
//	u32 number of the request or file that the frame begins or continues, both counted from 1
//	u32 index of the network namespace, in the order of their frames
//
// All numbers are in host byte order, as are the payloads. The kinds are:
//
//	head       keys and values, each ended by a NUL byte; unknown keys are skipped
//	namespace  u64 inode, then the name; the first is that of the process that records
//	request    a netlink message as it was sent
//	reply      a datagram of the reply to a request
//	file       the name of a file; one of the same name and namespace replaces the earlier
//	data       a part of a file's bytes
//	end        u64 frames, u64 requests, u64 replies before it, u32 CRC-32 (IEEE) of all bytes before the sum
//
// Readers skip unknown kinds and the bytes after the known part of an end. A format that they could not
// read in this way has another number in the first line.
const (
	recordMagic   = "nlstat recording "
	recordVersion = 2

	frameHdrLen = 16
	maxFrame    = 128 << 10 // a datagram is shorter than bufferLen, a request has one filter of 64 KiB
	maxName     = 4 << 10   // of files and namespaces
	endLen      = 28

	// Limits of one recording, which bound the index of a hostile one.
	maxRequests   = 1 << 20
	maxFiles      = 1 << 18
	maxNamespaces = 1 << 16
)

type frameKind uint16

const (
	frameHead frameKind = 1 + iota
	frameNamespace
	frameRequest
	frameReply
	frameFile
	frameData
	frameEnd
)

// A frame is the header of a frame.
type frame struct {
	len      uint32
	kind     frameKind
	protocol uint16
	id       uint32
	netns    uint32
}

func (f *frame) append(dst []byte) []byte {
	dst = binary.NativeEndian.AppendUint32(dst, f.len)
	dst = binary.NativeEndian.AppendUint16(dst, uint16(f.kind))
	dst = binary.NativeEndian.AppendUint16(dst, f.protocol)
	dst = binary.NativeEndian.AppendUint32(dst, f.id)
	return binary.NativeEndian.AppendUint32(dst, f.netns)
}

func parseFrame(b []byte) frame {
	return frame{
		len:      binary.NativeEndian.Uint32(b),
		kind:     frameKind(binary.NativeEndian.Uint16(b[4:])),
		protocol: binary.NativeEndian.Uint16(b[6:]),
		id:       binary.NativeEndian.Uint32(b[8:]),
		netns:    binary.NativeEndian.Uint32(b[12:]),
	}
}

// counts are the numbers that an end mark must match.
type counts struct{ frames, requests, replies uint64 }

func one(ok bool) uint64 {
	if ok {
		return 1
	}
	return 0
}

func (c *counts) add(kind frameKind) {
	c.frames++
	c.requests += one(kind == frameRequest)
	c.replies += one(kind == frameReply)
}

func (c *counts) append(dst []byte) []byte {
	dst = binary.NativeEndian.AppendUint64(dst, c.frames)
	dst = binary.NativeEndian.AppendUint64(dst, c.requests)
	return binary.NativeEndian.AppendUint64(dst, c.replies)
}

func parseCounts(b []byte) counts {
	return counts{
		binary.NativeEndian.Uint64(b), binary.NativeEndian.Uint64(b[8:]), binary.NativeEndian.Uint64(b[16:]),
	}
}

// firstLine is the first line of a recording made on this machine.
func firstLine() string { return recordMagic + strconv.Itoa(recordVersion) + " " + byteOrder() + "\n" }

func byteOrder() string {
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		return "little-endian"
	}
	return "big-endian"
}

// Errors of a first line.
var (
	errNotRecording = errors.New("not an nlstat recording")
	errOldFormat    = errors.New("made by an older nlstat, in a format that is not read any more: record anew")
	errNewFormat    = errors.New("made by a newer nlstat, in a format that this one does not know")
	errByteOrder    = errors.New("made on a machine of the other byte order")
)

// checkFirstLine checks the first bytes of a file, which may be shorter than the line.
func checkFirstLine(b string) error {
	if want := firstLine(); strings.HasPrefix(want, b) {
		if len(b) < len(want) {
			return cutAt(int64(len(b)))
		}
		return nil
	}
	rest, ok := strings.CutPrefix(b, recordMagic)
	version, rest, found := strings.Cut(rest, " ")
	n, err := strconv.ParseUint(version, 10, 16)
	switch {
	case !ok || !found || err != nil:
		return errNotRecording
	case n < recordVersion:
		return errOldFormat
	case n > recordVersion:
		return errNewFormat
	}
	for _, order := range [...]string{"little-endian\n", "big-endian\n"} {
		if strings.HasPrefix(rest, order) || strings.HasPrefix(order, rest) {
			return errByteOrder
		}
	}
	return errNotRecording
}
