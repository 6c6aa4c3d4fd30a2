package cgroup

import "strings"

// Lengths of a pod's uid: with four separators, and of static pods, whose uid is a hash.
const (
	uuidLen = 36
	hashLen = 32
)

// podOf returns the uid in the kubelet's name of a pod's group.
//
//	podUID                                        cgroupfs
//	kubepods-burstable-podUID.slice               systemd, with "_" for "-"
//	kubepods-podUID.slice:cri-containerd:ID       its notation with the cgroupfs driver
func podOf(part string) string {
	part, _, _ = strings.Cut(part, ":")
	if stem, ok := strings.CutSuffix(part, ".slice"); ok {
		part = stem[strings.LastIndexByte(stem, '-')+1:]
	}
	uid, ok := strings.CutPrefix(part, "pod")
	if !ok || !isUID(uid) {
		return ""
	}
	return uid
}

func isUID(s string) bool {
	if len(s) == hashLen {
		return isHex(s)
	}
	if len(s) != uuidLen {
		return false
	}
	for _, i := range [...]int{8, 13, 18, 23} {
		if s[i] != '-' && s[i] != '_' {
			return false
		}
	}
	return isHex(s[:8]) && isHex(s[9:13]) && isHex(s[14:18]) && isHex(s[19:23]) && isHex(s[24:])
}
