package btf

import (
	"strconv"
)

// names distinguishes types of the same name: the second one gets the suffix ___2. Names of typedefs are
// counted separately from those after struct, union and enum.
type names struct {
	seen  [2]map[string]int
	given map[uint32]string
}

// give returns the name of a type. The space is 0 or 1.
func (n *names) give(id uint32, name []byte, space int) string {
	if given, ok := n.given[id]; ok {
		return given
	}
	if n.given == nil {
		n.given = map[uint32]string{}
	}
	if n.seen[space] == nil {
		n.seen[space] = map[string]int{}
	}
	given := string(name)
	n.seen[space][given]++
	if times := n.seen[space][given]; times > 1 {
		given = cutName(given + "___" + strconv.Itoa(times))
	}
	n.given[id] = given
	return given
}

// cutName cuts a name that is too long for the library.
func cutName(name string) string {
	const room = 255
	return name[:min(len(name), room)]
}

// nestMax limits the nesting of declarations and values.
const nestMax = 64

// declaration appends the C declaration of a type, without qualifiers.
func (d *Dumper) declaration(b []byte, id uint32, name []byte, depth int) []byte {
	if depth > nestMax {
		return b
	}
	var chain []uint32
	for range nestMax {
		typ := d.types.at(id)
		if !typ.Kind.qualifies() {
			chain = append(chain, id)
		}
		switch typ.Kind {
		case Ptr, Volatile, Const, Restrict, TypeTag, FuncProto:
			id = typ.Ref
			continue
		case Array:
			id, _ = typ.array()
			continue
		default:
		}
		break
	}
	return d.chain(b, chain, name, depth+1)
}

// chain appends a chain of types, which are in reverse order in C.
func (d *Dumper) chain(b []byte, ids []uint32, name []byte, depth int) []byte {
	star := true // a star needs no blank before it
	for len(ids) > 0 {
		id := ids[len(ids)-1]
		ids = ids[:len(ids)-1]
		typ := d.types.at(id)
		switch typ.Kind {
		case Array:
			return d.arrayOf(b, typ, ids, name, star, depth)
		case FuncProto:
			return d.function(b, typ, ids, name, star, depth)
		case Ptr:
			if !star {
				b = append(b, ' ')
			}
			b = append(b, '*')
		default:
			b = d.word(b, id, typ)
		}
		star = typ.Kind == Ptr
	}
	return appendName(b, name, star)
}

func appendName(b, name []byte, star bool) []byte {
	if len(name) > 0 && !star {
		b = append(b, ' ')
	}
	return append(b, name...)
}

// word appends the name of a type that does not refer to another.
func (d *Dumper) word(b []byte, id uint32, typ *Type) []byte {
	name := d.types.name(typ)
	switch typ.Kind {
	case Void:
		return append(b, "void"...)
	case Struct:
		return d.tagged(b, "struct", id, typ)
	case Union:
		return d.tagged(b, "union", id, typ)
	case Enum, Enum64:
		return d.tagged(append(b, "enum "...), "", id, typ) // with the blank even without a name
	case Fwd:
		if typ.Flag {
			return append(append(b, "union "...), name...)
		}
		return append(append(b, "struct "...), name...)
	case Typedef:
		return append(b, d.names.give(id, name, 1)...)
	default:
	}
	return append(b, name...)
}

func (d *Dumper) tagged(b []byte, word string, id uint32, typ *Type) []byte {
	b = append(b, word...)
	if typ.Name == 0 {
		return b
	}
	name := d.types.name(typ)
	if word != "" {
		b = append(b, ' ')
	}
	if typ.Kind == Enum && len(typ.Tail) == 0 { // a forward declaration
		return append(b, name...)
	}
	return append(b, d.names.give(id, name, 0)...)
}

func (d *Dumper) arrayOf(b []byte, typ *Type, ids []uint32, name []byte, star bool, depth int) []byte {
	_, n := typ.array()
	if len(name) > 0 && !star {
		b = append(b, ' ')
	}
	switch {
	case len(ids) == 0:
		b = append(b, name...)
	case d.types.at(ids[len(ids)-1]).Kind == Array: // several dimensions
		b = d.chain(b, ids, name, depth)
	default:
		b = append(d.chain(append(b, '('), ids, name, depth), ')')
	}
	b = strconv.AppendUint(append(b, '['), uint64(n), 10)
	return append(b, ']')
}

func (d *Dumper) function(b []byte, typ *Type, ids []uint32, name []byte, star bool, depth int) []byte {
	if len(ids) > 0 {
		b = append(d.chain(append(b, " ("...), ids, name, depth), ')')
	} else {
		b = appendName(b, name, star)
	}
	b = append(b, '(')
	n := len(typ.Tail) / 8
	if n == 0 || n == 1 && u32(typ.Tail[4:]) == 0 {
		return append(b, "void)"...)
	}
	for i := range n {
		if i > 0 {
			b = append(b, ", "...)
		}
		name, id := u32(typ.Tail[i*8:]), u32(typ.Tail[i*8+4:])
		if i == n-1 && id == 0 {
			b = append(b, "..."...)
			break
		}
		if len(b) > outputMax {
			break
		}
		b = d.declaration(b, id, d.types.file.NameAt(name), depth)
	}
	return append(b, ')')
}
