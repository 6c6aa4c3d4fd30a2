package enum

import "testing"

func TestName(t *testing.T) {
	t.Parallel()
	names := []string{"zero", "", "two"}
	for v, want := range map[uint8]string{0: "zero", 1: "x1", 2: "two", 3: "x3", 255: "x255"} {
		if got := Name(names, v, "x"); got != want {
			t.Errorf("%d is %q, want %q", v, got, want)
		}
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	names := []string{"zero", "", "two"}
	for v, want := range map[uint32]string{0: "", 1: "zero", 5: "zero,two", 6: "bit1,two", 1<<31 | 4: "two,bit31"} {
		if got := Flags(names, v); got != want {
			t.Errorf("%#x is %q, want %q", v, got, want)
		}
	}
}
