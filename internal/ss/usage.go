package ss

import _ "embed"

// usage is the output of -h; after an invalid option it goes to standard error.
//
//go:embed usage.txt
var usage string

// version is the output of -V: the release whose output this front end has.
const version = "ss utility, iproute2-7.3.0\n"
