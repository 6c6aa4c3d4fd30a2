package cgroup

import "bytes"

// Ranks of hierarchies. The root has all processes that were not moved elsewhere.
const (
	rankNone = iota
	rankRoot
	rankOther
	rankSystemd
	rankUnified
)

// pathOf returns the path of the hierarchy with the highest rank.
func pathOf(file []byte) []byte {
	var best []byte
	most := rankNone
	for line := range bytes.Lines(file) {
		number, rest, _ := bytes.Cut(bytes.TrimSuffix(line, []byte{'\n'}), []byte{':'})
		controllers, path, _ := bytes.Cut(rest, []byte{':'})
		if rank := rankOf(number, controllers, path); rank > most {
			best, most = path, rank
		}
	}
	return bytes.TrimSuffix(best, []byte(" (deleted)")) // removed while the process ends
}

func rankOf(number, controllers, path []byte) int {
	switch {
	case len(path) == 0 || path[0] != '/':
		return rankNone
	case len(path) == 1:
		return rankRoot
	case string(number) == "0" && len(controllers) == 0:
		return rankUnified
	case string(controllers) == "name=systemd":
		return rankSystemd
	default:
		return rankOther
	}
}
