package query

import (
	"strings"
	"testing"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/view"
)

// TestUnknownValues checks that the few values of a field are named if one is unknown.
func TestUnknownValues(t *testing.T) {
	table := view.Sockets(&names.Names{})
	for filter, want := range map[string]string{
		"reach=foo":   `unknown reach "foo", expected any, link, loopback, private, public`,
		"reach=publc": `did you mean "public"?`,
	} {
		if _, err := Parse(&table, []string{filter}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", filter, err, want)
		}
	}
}
