package archtest

import (
	"encoding/json"
	"go/version"
	"strings"
	"testing"
)

// TestGoVersion keeps the language version at what the dependencies require, and no higher: who cannot have
// them cannot have us, everyone else can.
func TestGoVersion(t *testing.T) {
	var mod struct {
		Go      string
		Require []struct{ Path string }
	}
	if err := json.Unmarshal([]byte(strings.Join(run(t, "go", "mod", "edit", "-json"), "\n")), &mod); err != nil {
		t.Fatal(err)
	}
	args := []string{"list", "-m", "-f", "{{.GoVersion}}"}
	for _, r := range mod.Require {
		args = append(args, r.Path)
	}
	most := ""
	for _, v := range run(t, "go", args...) {
		if version.Compare("go"+v, "go"+most) > 0 || most == "" {
			most = v
		}
	}
	if most != mod.Go {
		t.Errorf("go.mod says go %s, the dependencies require %s", mod.Go, most)
	}
}
