package ss

// An exit is an error that ends the program: what to print, and the exit code.
type exit struct {
	code           int
	stdout, stderr string
}

func (e exit) Error() string { return e.stderr }

// Exit codes of ss. It ends with 0 even if the kernel refuses a request.
const (
	exitOK    = 0
	exitValue = 1   // a value that cannot be read, or a namespace that cannot be entered
	exitWrite = 1   // standard output failed; the reference ends with 0
	exitUsage = 255 // an invalid command line
)

// fail ends the program with a message.
func fail(code int, message string) error { return exit{code: code, stderr: message} }

// usageError ends the program with a message and the usage.
func usageError(message string) error { return exit{code: exitUsage, stderr: message + usage} }
