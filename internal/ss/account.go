package ss

// An account computes the fill of ss's buffers, so that batches end at the same rows as those of ss:
// widths, which are visible, are computed for each batch. The buffers are chunks of 1 MiB less a header;
// a cell takes a length word and its bytes, aligned to two; a cell never crosses chunks; a batch ends
// when a row ends and the fifth chunk has been opened.
type account struct {
	chunks int
	end    int // bytes in use in the last chunk
}

const (
	accountChunk = 1048560 // bytes of a chunk
	accountWord  = 2       // a length word
	accountFull  = 5       // chunks of a batch
)

func (a *account) reset() { *a = account{chunks: 1, end: accountWord} }

// add counts the n bytes of a cell, in a new chunk if they do not fit.
func (a *account) add(n int) {
	if n == 0 {
		return
	}
	if n < accountChunk-a.end {
		a.end += n
		return
	}
	a.chunks++
	a.end = accountWord + n
}

// finish ends a cell of n bytes and counts the length word of the next.
func (a *account) finish(n int) {
	pad := n % 2
	if accountChunk-a.end-pad < accountWord {
		a.chunks++
		a.end = accountWord
		return
	}
	a.end += pad + accountWord
}

// full reports whether the batch ends with the last row.
func (a *account) full() bool { return a.chunks >= accountFull }
