package version

import "testing"

func TestRecorded(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"no build info", "", "devel"},
		{"built in the tree", "(devel)", "devel"},
		{"installed", "v1.2.3", "v1.2.3"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := recorded(tt.in); got != tt.want {
				t.Errorf("recorded(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestStringIsNeverEmpty(t *testing.T) {
	if String() == "" {
		t.Error("String() is empty")
	}
}
