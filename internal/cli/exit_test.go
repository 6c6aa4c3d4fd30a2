package cli

import "testing"

// TestExitCodes checks the numbers that scripts rely on.
func TestExitCodes(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want int
	}{
		{[]string{"--version"}, 0},
		{[]string{"help"}, 0},
		{[]string{"--nosuch"}, 2},
		{[]string{"nosuch=1"}, 2},
		{[]string{"--replay", "/nonexistent/file"}, 2},
	} {
		if _, stderr, code := runMain(t, tt.args...); code != tt.want {
			t.Errorf("nlstat %q ends with %d, want %d: %s", tt.args, code, tt.want, stderr)
		}
	}
}
