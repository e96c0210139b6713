package sevenbit

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
)

// bufferSize is that of the read and the write buffer, and so the longest
// piece of a line that is handled at once.
const bufferSize = 32 << 10

// eightBits are the bits that 7-bit octets do not have.
const eightBits = 0x8080808080808080

// anyHigh reports whether r has octets above 127. It reads up to the first one,
// and holds one buffer.
func anyHigh(r io.Reader) (bool, error) {
	buf := make([]byte, bufferSize)
	for {
		n, err := r.Read(buf)
		if firstHigh(buf[:n]) < n {
			return true, nil
		}
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("read message: %w", err)
		}
	}
}

// firstHigh is the index of the first octet above 127 in p, or len(p).
func firstHigh(p []byte) int {
	i := 0
	for ; len(p)-i >= 8; i += 8 {
		if v := binary.LittleEndian.Uint64(p[i:]) & eightBits; v != 0 {
			return i + bits.TrailingZeros64(v)/8
		}
	}
	for ; i < len(p); i++ {
		if p[i] >= 0x80 {
			break
		}
	}
	return i
}

// countHigh counts the octets above 127 in p.
func countHigh(p []byte) int {
	n, i := 0, 0
	for ; len(p)-i >= 8; i += 8 {
		n += bits.OnesCount64(binary.LittleEndian.Uint64(p[i:]) & eightBits)
	}
	for ; i < len(p); i++ {
		n += int(p[i] >> 7)
	}
	return n
}

// bare reports whether p, a line or a piece of one without its line end, has
// octets that no 7bit or 8bit content may have (RFC 2045, 2.7).
func bare(p []byte) bool {
	return bytes.IndexByte(p, 0) >= 0 || bytes.IndexByte(p, '\r') >= 0 || bytes.IndexByte(p, '\n') >= 0
}
