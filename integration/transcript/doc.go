// Package transcript compares ss and netstat with recorded output of their references, over recorded kernel
// replies: on every machine, without root and without a reference.
//
// testdata/inputs has recorded kernel data: trees of files as in /proc, and files as `ss -D` writes them.
// Each set in testdata names its input and lists command lines with what the reference printed for them:
//
//	program netstat
//	input zoo
//	$ -tn
//	>Active Internet connections (w/o servers)
//	...
//
// Lines that begin with ">" are standard output, with "!" standard error, both with a "\" behind the mark
// where no newline ends them; "?" is an exit code that is not 0, and "=" stands for the answer of an earlier
// line. $DIR in command lines and answers is the folder that the input is unpacked into.
//
// To add a case, add its line and run `make transcripts`, which runs the references again and records their
// output. `go -C integration test -tags integration -run TestTranscriptInputs -update .` records the inputs
// anew.
//
// Lines must not print names of services, hosts or users (-n), nor need a live kernel.
package transcript
