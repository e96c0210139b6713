package password

// substitution is the digest's table, a permutation of 0 to 255. It stands
// where MD2 has its own (RFC 1319, 3.2).
const substitution = "" +
	"\xbd\x56\xea\xf2\xa2\xf1\xac\x2a\xb0\x93\xd1\x9c\x1b\x33\xfd\xd0" +
	"\x30\x04\xb6\xdc\x7d\xdf\x32\x4b\xf7\xcb\x45\x9b\x31\xbb\x21\x5a" +
	"\x41\x9f\xe1\xd9\x4a\x4d\x9e\xda\xa0\x68\x2c\xc3\x27\x5f\x80\x36" +
	"\x3e\xee\xfb\x95\x1a\xfe\xce\xa8\x34\xa9\x13\xf0\xa6\x3f\xd8\x0c" +
	"\x78\x24\xaf\x23\x52\xc1\x67\x17\xf5\x66\x90\xe7\xe8\x07\xb8\x60" +
	"\x48\xe6\x1e\x53\xf3\x92\xa4\x72\x8c\x08\x15\x6e\x86\x00\x84\xfa" +
	"\xf4\x7f\x8a\x42\x19\xf6\xdb\xcd\x14\x8d\x50\x12\xba\x3c\x06\x4e" +
	"\xec\xb3\x35\x11\xa1\x88\x8e\x2b\x94\x99\xb7\x71\x74\xd3\xe4\xbf" +
	"\x3a\xde\x96\x0e\xbc\x0a\xed\x77\xfc\x37\x6b\x03\x79\x89\x62\xc6" +
	"\xd7\xc0\xd2\x7c\x6a\x8b\x22\xa3\x5b\x05\x5d\x02\x75\xd5\x61\xe3" +
	"\x18\x8f\x55\x51\xad\x1f\x0b\x5e\x85\xe5\xc2\x57\x63\xca\x3d\x6c" +
	"\xb4\xc5\xcc\x70\xb2\x91\x59\x0d\x47\x20\xc8\x4f\x58\xe0\x01\xe2" +
	"\x16\x38\xc4\x6f\x3b\x0f\x65\x46\xbe\x7e\x2d\x7b\x82\xf9\x40\xb5" +
	"\x1d\x73\xf8\xeb\x26\xc7\x87\x97\x25\x54\xb1\x28\xaa\x98\x9d\xa5" +
	"\x64\x6d\x7a\xd4\x10\x81\x44\xef\x49\xd6\xae\x2e\xdd\x76\x5c\x2f" +
	"\xa7\x1c\xc9\x09\x69\x9a\x83\xcf\x29\x39\xb9\xe9\x4c\xff\x43\xab"

const (
	blockSize  = 16
	mixPasses  = 18
	mixColumns = 3 * blockSize
)

// digest gives the 128-bit digest that every stored form is built on: MD2's
// construction with another table, and with a position weight of 48 down to 1
// added to the running octet before each look-up, where MD2 adds the number of
// the pass after each pass.
func digest(data []byte) [blockSize]byte {
	var state, check, block [blockSize]byte
	for len(data) >= blockSize {
		copy(block[:], data)
		data = data[blockSize:]
		mix(&state, &block)
		fold(&check, &block)
	}
	// The padding is always there: a length that is a multiple of 16, 0
	// included, gets a whole block of 0x10.
	pad := byte(blockSize - len(data))
	n := copy(block[:], data)
	for i := n; i < blockSize; i++ {
		block[i] = pad
	}
	mix(&state, &block)
	fold(&check, &block)
	mix(&state, &check)
	return state
}

// mix works one block into the state.
func mix(state, block *[blockSize]byte) {
	var row [mixColumns]byte
	for i := range blockSize {
		row[i] = state[i]
		row[i+blockSize] = block[i]
		row[i+2*blockSize] = state[i] ^ block[i]
	}
	var p byte
	for range mixPasses {
		for j := range row {
			row[j] ^= substitution[p+byte(mixColumns-j)]
			p = row[j]
		}
	}
	copy(state[:], row[:blockSize])
}

// fold works one block into the check octets, which are mixed in last.
func fold(check, block *[blockSize]byte) {
	t := check[blockSize-1]
	for i := range check {
		check[i] ^= substitution[block[i]^t]
		t = check[i]
	}
}
