//go:build !386 && !arm

package rights

var changing32 [0]uint32
