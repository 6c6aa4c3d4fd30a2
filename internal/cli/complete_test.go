package cli

import "testing"

// TestHarmless has names that a shell would expand, or that look like options.
func TestHarmless(t *testing.T) {
	for name, want := range map[string]bool{
		"nginx": true, "php-fpm8.3": true, "東京": true, "/run/netns/blue": true,
		"": false, "-rf": false, "$(id)": false, "`id`": false, "a b": false, "a\nb": false, "*": false,
		"a;b": false, "\x1b[31m": false, "\xff": false, "~": false,
	} {
		if got := harmless(name); got != want {
			t.Errorf("harmless(%q) = %t", name, got)
		}
	}
}
