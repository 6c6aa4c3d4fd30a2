// Package version returns the version of the running build.
package version

import "runtime/debug"

// stamp is set by the Makefile through -ldflags -X. It is empty in a plain go build.
var stamp string

// String returns the version of this build: the Makefile's stamp, else the module version recorded by the go
// command (go install), else "devel".
func String() string {
	if stamp != "" {
		return stamp
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	return recorded(info.Main.Version)
}

// recorded maps the go command's word for an unreleased build to "devel".
func recorded(v string) string {
	if v == "" || v == "(devel)" {
		return "devel"
	}
	return v
}
