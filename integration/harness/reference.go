package harness

import (
	"os"
	"testing"

	"github.com/nlstat/nlstat/integration/reference"
)

// requireEnv set to 1 turns the absence of a reference from a reason to skip into a failure.
const requireEnv = "NLSTAT_REQUIRE_REFERENCE"

// Reference returns the path of the program that ours must equal, which every user can run; package reference
// says where it is looked for. Without one the test is skipped, or fails where NLSTAT_REQUIRE_REFERENCE=1.
func Reference(t testing.TB, name string) string {
	t.Helper()
	top, err := reference.Top()
	if err != nil {
		top = "." // a guest of integration/kernels has no repository
	}
	path, err := reference.Path(t.Context(), top, name)
	switch {
	case err == nil:
		whole := path
		if dir := reference.Folder(top); dir != "" {
			whole = dir // with its loader and its libraries
		}
		if path, err = everybody(path, whole, "references"); err != nil {
			t.Fatal(err)
		}
		return path
	case os.Getenv(requireEnv) == "1":
		t.Fatalf("%v; %s", err, reference.Remedy)
	default:
		t.Skipf("%v; %s", err, reference.Remedy)
	}
	return ""
}
