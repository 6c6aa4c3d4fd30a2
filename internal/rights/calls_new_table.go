//go:build !amd64 && !386 && !arm

package rights

// The younger architectures have the calls with a folder alone.
var (
	changingOld [0]uint32
	renamingOld = [...]uint32{38} // renameat of arm64; riscv64 has no such call
	openingOld  [0]struct{ call, flags uint32 }
)
