//go:build !amd64 && !386 && !arm

package rights

// Newer architectures have only the calls with a directory descriptor.
var (
	changingOld [0]uint32
	renamingOld = [...]uint32{38} // renameat of arm64; riscv64 has no such call
	openingOld  [0]struct{ call, flags uint32 }
)
