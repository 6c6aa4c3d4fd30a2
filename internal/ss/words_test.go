package ss

import (
	"math"
	"testing"
)

func TestMapID(t *testing.T) {
	for arg, want := range map[string]uint32{
		"7": 7, " \t+7": 7, "0x1F": 31, "0X1f": 31, "017": 15, "0b101": 5, "4294967294": math.MaxUint32 - 1,
		"": 0, "0": 0, "0x": 0, "08": 0, "-1": 0, "++1": 0, "1_0": 0, "7 ": 0, "4294967295": 0, "4294967296": 0,
	} {
		if id, ok := mapID(arg); ok != (want != 0) || ok && id != want {
			t.Errorf("mapID(%q) = %d, %v, want %d", arg, id, ok, want)
		}
	}
}

// FuzzWords reads hostile words: arguments, lines of files, and names of processes, which must not reach a
// terminal as they are.
func FuzzWords(f *testing.F) {
	for _, s := range []string{"0x7f", "20 (a) b\x1b[2J) S", "16 genl # comment\n0xff x\n#", "(", ")("} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if id, ok := mapID(string(b)); ok && (id == 0 || id == math.MaxUint32) {
			t.Errorf("mapID(%q) = %d", b, id)
		}
		protocols, _ := parseProtos(b)
		for protocol, name := range protocols {
			if protocol > math.MaxUint8 || name == "" {
				t.Errorf("protocol %d is called %q", protocol, name)
			}
		}
		name := appendCommand(nil, command(b))
		if len(name) > maxCommand {
			t.Errorf("a name of %d bytes: %q", len(name), name)
		}
		for _, c := range name {
			if c < ' ' || c > '~' {
				t.Errorf("command(%q) = %q", b, name)
			}
		}
	})
}
