package harness

import "testing"

func TestMapsUser(t *testing.T) {
	for table, want := range map[string]bool{
		"         0          0 4294967295\n": true,
		"0 1001 1\n":                         false,
		"0 1001 1\n1 100000 65535\n":         true,
		"0 100000 65534\n":                   false,
		"":                                   false,
		"x y z\n0 0\n":                       false,
	} {
		if got := mapsUser(table, nobody); got != want {
			t.Errorf("%q: %v, want %v", table, got, want)
		}
	}
}
