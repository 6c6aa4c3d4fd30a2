package cli

import (
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"nlstat": func() {
			signal.Ignore(syscall.SIGPIPE)
			os.Exit(Main(Env{
				Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Etc: os.Getenv("ETC"),
			}))
		},
		"nlstat-confined": confinedProgram,
	})
}

// TestScripts runs testdata/script: command lines on recordings, with what they print and their exit codes.
func TestScripts(t *testing.T) {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("ZOO", dir+"/testdata/zoo.nls")
			env.Setenv("ALL", dir+"/testdata/all.nls")
			env.Setenv("TABLES", dir+"/testdata/tables")
			env.Setenv("ETC", dir+"/testdata/etc")
			env.Setenv("XDG_CONFIG_HOME", env.WorkDir+"/config")
			return nil
		},
	})
}
