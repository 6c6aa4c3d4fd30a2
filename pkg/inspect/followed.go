package inspect

// A Followed is a row of [Follow] and its network namespace.
type Followed[R any] struct {
	Netns string // name of the namespace, as in [Place]
	NetNS uint64 // its inode
	// Row is overwritten by the next iteration: use its Clone to keep it. It is nil beside an error, and if Gone
	// is set.
	Row *R
	// Gone says that the namespace was removed, and that there are no more rows of it.
	Gone bool
}
