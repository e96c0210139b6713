package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// key is the id of a message in eight octets: the number of its stream, its
// round, its number in the round and its attempt, which package load puts behind
// the stream's name with dots between them.
type key uint64

// Bits of the parts of a key. A round has a few hundred messages, and an attempt
// takes no less than ten milliseconds of the two minutes for which a message is
// tried.
const (
	roundBits, numberBits, attemptBits = 24, 16, 16
)

// keys turns ids into keys and back.
type keys struct{ streams []string }

func newKeys(streams []*stream) keys {
	var k keys
	for _, s := range streams {
		k.streams = append(k.streams, s.name)
	}
	return k
}

// key gives the key of an id; ok is false for one that no stream can have given.
func (s keys) key(id string) (k key, ok bool) {
	parts := strings.Split(id, ".")
	if len(parts) != 4 {
		return 0, false
	}
	n := slices.Index(s.streams, parts[0])
	if n < 0 || n > 0xff {
		return 0, false
	}
	k = key(n)
	for i, bits := range []int{roundBits, numberBits, attemptBits} {
		v, err := strconv.ParseUint(parts[i+1], 10, bits)
		if err != nil || strconv.FormatUint(v, 10) != parts[i+1] {
			return 0, false
		}
		k = k<<bits | key(v)
	}
	return k, true
}

// stream gives the place of a key's stream.
func (k key) stream() int { return int(k >> (roundBits + numberBits + attemptBits)) }

// id gives the id of a key.
func (s keys) id(k key) string {
	part := func(from, bits int) key { return k >> from & (1<<bits - 1) }
	return fmt.Sprintf("%s.%d.%d.%d", s.streams[k.stream()],
		part(numberBits+attemptBits, roundBits), part(attemptBits, numberBits), part(0, attemptBits))
}
