package ss

import (
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/bpf"
	"github.com/nlstat/nlstat/internal/btf"
	"github.com/nlstat/nlstat/pkg/diag"
)

// bothMaps is the error if both all maps and certain ones are requested.
const bothMaps = "ss: --bpf-maps and --bpf-map-id cannot be used together\n"

// mapsMax is the maximum number of maps.
const mapsMax = 32

// A storageMap is a BPF map whose values sockets have.
type storageMap struct {
	id, valueSize, valueType uint32
	fd                       int // stays open: requests name maps by it
	dump                     *btf.Dumper
}

// storageMaps are the maps found so far, in that order.
type storageMaps struct {
	known []storageMap
	arg   string // of the option being read, for messages
}

// allMaps applies --bpf-maps.
func (p *program) allMaps() error {
	if len(p.maps.known) > 0 {
		return fail(exitUsage, bothMaps)
	}
	p.opt.bpfMaps = true
	return nil
}

// oneMap parses the argument of --bpf-map-id.
func (p *program) oneMap(arg string) error {
	if p.opt.bpfMaps {
		return fail(exitValue, bothMaps)
	}
	id, ok := mapID(arg)
	if !ok {
		return fail(exitValue, "ss: invalid BPF map ID "+arg+"\n")
	}
	p.maps.arg = arg
	if p.storageMap(id) == nil {
		return fail(exitValue, "")
	}
	return nil
}

// mapID reads a number in C notation. It is not 0 and not the largest one.
func mapID(arg string) (uint32, bool) {
	arg = strings.TrimPrefix(strings.TrimLeft(arg, " \t\n\v\f\r"), "+")
	base := 10
	switch {
	case strings.HasPrefix(arg, "0x"), strings.HasPrefix(arg, "0X"):
		arg, base = arg[2:], 16
	case strings.HasPrefix(arg, "0b"), strings.HasPrefix(arg, "0B"): // since glibc 2.38
		arg, base = arg[2:], 2
	case strings.HasPrefix(arg, "0"):
		base = 8
	}
	id, err := strconv.ParseUint(arg, base, 32)
	return uint32(id), err == nil && id != 0 && id != math.MaxUint32
}

// wantsStorage reports whether the storage of BPF programs is requested.
func (p *program) wantsStorage() bool { return p.opt.bpfMaps || len(p.maps.known) > 0 }

// chosenMaps are the requested descriptors; none = all.
func (p *program) chosenMaps() (fds []uint32) {
	if p.opt.bpfMaps {
		return nil
	}
	for i := range p.maps.known {
		fds = append(fds, uint32(p.maps.known[i].fd))
	}
	return fds
}

// storageMap returns a map by its id. If there is none, it prints the reason, each time.
func (p *program) storageMap(id uint32) *storageMap {
	known := p.maps.known
	for i := range known {
		if known[i].id == id {
			return &known[i]
		}
	}
	number := strconv.FormatUint(uint64(id), 10)
	if len(known) == mapsMax {
		p.complain("ss: too many (> " + strconv.Itoa(mapsMax) +
			") BPF socket-local storage maps found, skipping map ID " + number + "\n")
		return &known[mapsMax-1] // as the reference
	}
	fd, err := bpf.OpenMap(id)
	if err != nil {
		p.complain("ss: cannot get fd for BPF map ID " + number + mapRights(err) + "\n")
		return nil
	}
	m := storageMap{id: id, fd: fd}
	if message := m.load(p.maps.arg); message != "" {
		_ = unix.Close(fd) // it was only read
		p.complain(message + "\n")
		return nil
	}
	p.maps.known = append(p.maps.known, m)
	return &p.maps.known[len(known)]
}

// load reads the type of the map's values. It returns a message if that fails.
func (m *storageMap) load(arg string) (message string) {
	number := strconv.FormatUint(uint64(m.id), 10)
	info, err := bpf.MapInfo(m.fd)
	if err != nil {
		return "ss: failed to get info for BPF map ID " + number
	}
	if info.Type != bpf.TypeSkStorage {
		return "ss: BPF map with ID " + arg + " has type ID " + strconv.FormatUint(uint64(info.Type), 10) +
			", expecting 24 ('sk_storage')"
	}
	m.valueSize, m.valueType = info.ValueSize, info.ValueType
	if m.valueType == 0 {
		return "Failed to create btf_dump object"
	}
	raw, err := bpf.BTF(info.BTF)
	if err != nil {
		return "ss: failed to load BTF for map ID " + number
	}
	types, err := btf.Parse(raw)
	if err != nil {
		return "ss: failed to load BTF for map ID " + number
	}
	m.dump = btf.NewDumper(types)
	return ""
}

// mapRights names the missing rights.
func mapRights(err error) string {
	if errors.Is(err, unix.EPERM) {
		return ": missing root permissions, CAP_BPF, or CAP_SYS_ADMIN"
	}
	return ""
}

// appendStorage appends the BPF storage of a socket.
func (p *program) appendStorage(b []byte, s *diag.Socket) []byte {
	for st := range s.Storages() {
		m := p.storageMap(st.Map)
		if m == nil {
			b = append(appendUint(b, "\n\tmap_id: ", st.Map), " failed to fetch info, skipping\n"...)
			continue
		}
		if int(m.valueSize) != len(st.Value) {
			p.complain(string(appendUint(appendUint(appendUint(nil, "map_id: ", st.Map),
				": invalid value size, expecting ", m.valueSize), ", got ", len(st.Value))) + "\n")
			continue
		}
		b = p.appendValue(b, m, st.Value)
	}
	return b
}

// appendValue appends the value of one map.
func (p *program) appendValue(b []byte, m *storageMap, val []byte) []byte {
	// The reference reads replies into aligned memory, and prints some values depending on their alignment.
	layout := btf.Layout{Address: int(reflect.ValueOf(val).Pointer() % 8), Compact: p.opt.oneline}
	failed, end := "failed to dump data: ", ""
	if p.opt.oneline {
		b = appendUint(b, " map_id:", m.id)
	} else {
		b = append(appendUint(b, "\n\tmap_id:", m.id), " [\n"...)
		layout.Indent = 2
		failed, end = "\t\t"+failed, "\n\t]"
	}
	b, warnings, err := m.dump.Append(b, m.valueType, val, layout)
	if len(warnings) > 0 {
		p.complain(string(warnings))
	}
	if errno, ok := errors.AsType[unix.Errno](err); ok {
		b = strconv.AppendInt(append(b, failed...), -int64(errno), 10)
	}
	return append(b, end...)
}
