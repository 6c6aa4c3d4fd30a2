package render

// A Type is the meaning of a field, independent of the [Kind] of its values. A column must have one.
type Type uint8

// The types.
const (
	TypeNone       Type = iota // not declared
	TypeCounter                // only grows while the socket exists: bytes sent, drops
	TypeGauge                  // an amount that rises and falls, or a limit: a queue, a window
	TypeRate                   // an amount a second
	TypeDuration               // a span of time
	TypeIdentifier             // a number that identifies something: a port, a process, a mark
	TypeText                   // a name or any other text
	TypeWord                   // one or several of a fixed set of words: a state
	TypeAddress                // an address, with a port or a prefix length if it has one
	TypeFlag                   // yes or no
	TypeTime                   // a point in time
	TypeList                   // several objects
)

var typeNames = [...]string{
	TypeNone: "none", TypeCounter: "counter", TypeGauge: "gauge", TypeRate: "rate", TypeDuration: "duration",
	TypeIdentifier: "identifier", TypeText: "text", TypeWord: "word", TypeAddress: "address", TypeFlag: "flag",
	TypeTime: "time", TypeList: "list",
}

// String returns the name that documentation uses for the type.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return "unknown"
}

// MarshalText returns what String does.
func (t Type) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// Quantity reports whether fields of the type are amounts: they can be summed and are sorted largest first.
// Others are sorted smallest first.
func (t Type) Quantity() bool {
	switch t {
	case TypeCounter, TypeGauge, TypeRate, TypeDuration:
		return true
	default:
		return false
	}
}

// Holds reports whether a field of the type may have values of a kind.
func (t Type) Holds(k Kind) bool {
	switch t {
	case TypeCounter:
		return k == KindUnsigned || k == KindSigned || k == KindByteSize || k == KindDuration
	case TypeGauge:
		return k == KindUnsigned || k == KindSigned || k == KindByteSize || k == KindDecimal
	case TypeRate:
		return k == KindBitRate || k == KindUnsigned || k == KindDecimal
	case TypeDuration:
		return k == KindDuration
	case TypeIdentifier:
		return k == KindUnsigned || k == KindSigned
	case TypeText, TypeWord:
		return k == KindString
	case TypeAddress:
		return k == KindAddress || k == KindEndpoint || k == KindNetwork
	case TypeFlag:
		return k == KindBoolean
	case TypeTime:
		return k == KindTime
	case TypeList:
		return k == KindObjects
	default:
		return false
	}
}
