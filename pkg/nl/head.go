package nl

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"time"
)

// A Head describes where and when a recording was made. Fields that are unknown are empty. The texts of a
// recording are untrusted: quote them where they are shown.
type Head struct {
	Host    string    // name of the host
	BootID  string    // of the running kernel; cookies and inodes are valid for it only
	Time    time.Time // of its start
	Version string    // of the program that recorded
	Release string    // of the kernel
	// Redacted says that addresses, users and names were replaced. A caller whose Rewriter does so sets it,
	// and leaves out the fields that identify the host.
	Redacted bool
	// Redaction identifies the key of the replacement: only recordings with the same key can be compared.
	Redaction string
	// Namespaces are the network namespaces that a recording has replies of, or that were requested. The first
	// is that of a Recorder or Recording on which In was not called. A Recorder adds those of In.
	Namespaces []Namespace
}

// A Namespace is a network namespace in a recording.
type Namespace struct {
	Inode uint64 // of its file in nsfs, 0 = unknown
	Name  string // as it was shown
}

// headKeys are the texts of a head.
var headKeys = [...]struct {
	key string
	get func(*Head) string
	set func(*Head, string)
}{
	{"host", func(h *Head) string { return h.Host }, func(h *Head, v string) { h.Host = v }},
	{"boot-id", func(h *Head) string { return h.BootID }, func(h *Head, v string) { h.BootID = v }},
	{"time", (*Head).time, (*Head).setTime},
	{"version", func(h *Head) string { return h.Version }, func(h *Head, v string) { h.Version = v }},
	{"release", func(h *Head) string { return h.Release }, func(h *Head, v string) { h.Release = v }},
	{"redacted", (*Head).redacted, (*Head).setRedacted},
	{"redaction", func(h *Head) string { return h.Redaction }, func(h *Head, v string) { h.Redaction = v }},
}

func (h *Head) time() string {
	if h.Time.IsZero() {
		return ""
	}
	return h.Time.Format(time.RFC3339Nano)
}

// setTime ignores what is not a time.
func (h *Head) setTime(v string) {
	if t, err := time.Parse(time.RFC3339Nano, v); err == nil {
		h.Time = t
	}
}

func (h *Head) redacted() string { return strconv.FormatBool(h.Redacted) }

func (h *Head) setRedacted(v string) { h.Redacted = v == "true" }

// appendHead encodes the texts, each cut at its first NUL byte and to the length of a name.
func appendHead(dst []byte, h *Head) []byte {
	for i := range headKeys {
		v := CString([]byte(headKeys[i].get(h)))
		if len(v) == 0 {
			continue
		}
		dst = append(append(dst, headKeys[i].key...), 0)
		dst = append(append(dst, v[:min(len(v), maxName)]...), 0)
	}
	return dst
}

// parse decodes texts. A key whose value is missing ends it.
func (h *Head) parse(b []byte) {
	for {
		key, rest, ok := bytes.Cut(b, []byte{0})
		value, rest, ended := bytes.Cut(rest, []byte{0})
		if !ok || !ended {
			return
		}
		b = rest
		for i := range headKeys {
			if headKeys[i].key == string(key) {
				headKeys[i].set(h, string(value))
			}
		}
	}
}

func appendNamespace(dst []byte, ns Namespace) []byte {
	dst = binary.NativeEndian.AppendUint64(dst, ns.Inode)
	return append(dst, ns.Name[:min(len(ns.Name), maxName)]...)
}

func parseNamespace(b []byte) (ns Namespace, ok bool) {
	if len(b) < 8 || len(b) > 8+maxName {
		return ns, false
	}
	return Namespace{Inode: binary.NativeEndian.Uint64(b), Name: string(b[8:])}, true
}

// clone copies a head; the first namespace is left out if it is unknown.
func (h *Head) clone(spaces []Namespace) Head {
	c := *h
	if len(spaces) > 0 && spaces[0] == (Namespace{}) {
		spaces = spaces[1:]
	}
	c.Namespaces = append([]Namespace(nil), spaces...)
	return c
}
