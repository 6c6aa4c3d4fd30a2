//go:build linux

package inspect

import "encoding/binary"

// A squeezer compresses packed rows. Messages of one query and length are similar: the field of an IPv4
// address has room for an IPv6 one, attributes have the same headers, most connections the same options and
// path. The first of each kind is stored as a model, the others by the bytes that differ: some 25 of 114,
// or 45 of 430 with tcp_info.
//
// The format is the number of the model, the length in two bytes, and for each 64 bytes a mask with a bit
// for each eight bytes that differ, each followed by a mask with a bit for each byte that differs, and
// these bytes.
type squeezer struct {
	models  [][]byte // by number - 1; number 0 is zeros
	numbers map[uint32]uint8
}

const (
	longestSqueezed = 1<<16 - 1 // string that can be squeezed
	longestModel    = 1 << 10
	mostModels      = 1<<8 - 1 // others are stored by their difference from zeros
	squeezedHead    = 3
)

// append appends b, of at most longestSqueezed bytes.
func (s *squeezer) append(dst, b []byte) []byte {
	number := s.number(b)
	dst = append(dst, number, byte(len(b)), byte(len(b)>>8))
	model := s.model(number)
	for len(b) > 0 {
		n := min(len(b), 64)
		like := model[:min(len(model), n)]
		model = model[len(like):]
		dst = appendGroups(dst, b[:n], like)
		b = b[n:]
	}
	return dst
}

// appendGroups appends up to 64 bytes.
func appendGroups(dst, b, model []byte) []byte {
	groups := len(dst)
	dst = append(dst, 0)
	for g := 0; len(b) > 0; g++ {
		n := min(len(b), 8)
		mask := len(dst)
		dst = append(dst, 0)
		for i, c := range b[:n] {
			if c != at(model, 8*g+i) {
				dst[mask] |= 1 << i
				dst = append(dst, c)
			}
		}
		if dst[mask] == 0 {
			dst = dst[:mask]
		} else {
			dst[groups] |= 1 << g
		}
		b = b[n:]
	}
	return dst
}

// expand appends the original bytes; ok is false for input that append does not write.
func (s *squeezer) expand(dst, b []byte) (_ []byte, ok bool) {
	if len(b) < squeezedHead || int(b[0]) > len(s.models) {
		return dst, false
	}
	model, size := s.model(b[0]), int(b[1])|int(b[2])<<8
	in := shortReader{b: b[squeezedHead:]}
	var groups, mask byte
	for i := range size {
		if i%64 == 0 {
			groups = in.next(true, 0)
		}
		if i%8 == 0 {
			mask = in.next(groups&(1<<(i/8%8)) != 0, 0)
		}
		dst = append(dst, in.next(mask&(1<<(i%8)) != 0, at(model, i)))
		if in.short {
			return dst, false
		}
	}
	return dst, len(in.b) == 0
}

// A shortReader reads bytes that may be missing.
type shortReader struct {
	b     []byte
	short bool // one was
}

// next returns the next byte if there is one, else instead.
func (r *shortReader) next(there bool, instead byte) byte {
	switch {
	case !there:
		return instead
	case len(r.b) == 0:
		r.short = true
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

// at returns a byte of a model, 0 beyond its end.
func at(model []byte, i int) byte {
	if i < len(model) {
		return model[i]
	}
	return 0
}

// number returns the number of the model for a packed row. The first row of its kind becomes a model.
func (s *squeezer) number(b []byte) uint8 {
	if len(b) < packedHead || len(b) > longestModel {
		return 0
	}
	kind := uint32(binary.NativeEndian.Uint16(b))<<16 | uint32(len(b)) // the query comes first
	n, ok := s.numbers[kind]
	if ok || len(s.models) == mostModels {
		return n
	}
	if s.numbers == nil {
		s.numbers = map[uint32]uint8{}
	}
	s.models = append(s.models, append([]byte(nil), b...))
	s.numbers[kind] = uint8(len(s.models))
	return s.numbers[kind]
}

func (s *squeezer) model(number uint8) []byte {
	if number == 0 {
		return nil
	}
	return s.models[number-1]
}
