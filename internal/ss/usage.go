package ss

import _ "embed"

// usage is what -h prints; after a wrong option it goes to standard error.
//
//go:embed usage.txt
var usage string

// version is what -V prints: the release whose output this front end has.
const version = "ss utility, iproute2-7.3.0\n"
