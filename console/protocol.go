package console

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The protocol of the socket is text that can be typed and read.
//
// The client sends requests, a line each:
//
//	run COMMAND    run a console command
//	attach         send the lines that the server prints, from now on
//	complete LINE  give what the last word of LINE may become, a word each line
//	               of the output; one that is complete ends in a blank
//	password       give "set" if a console password is set, else "none"
//	alive          give nothing, at once
//
// The server answers each request, in order, and sends frames: a letter, a
// blank, a decimal number and a line feed.
//
//	L n    n bytes follow: a console line, line feed included
//	O n    n bytes follow: output of the command that runs
//	E n    the request has ended; n is 0, or 1 if the command answered with
//	       an error
//
// The output of a command, with its E, is never interrupted by an L. A request
// that is not complete when the client goes is not run; a command that runs
// when its client goes, runs to its end.
const (
	frameLine   = 'L'
	frameOutput = 'O'
	frameEnd    = 'E'
)

const (
	requestRun      = "run "
	requestAttach   = "attach"
	requestComplete = "complete "
	requestPassword = "password"
	requestAlive    = "alive"

	passwordSet  = "set"
	passwordNone = "none"
)

const (
	// maxFrame is the longest content of a frame. Longer output takes several.
	maxFrame = 1 << 16
	// maxOutput bounds the output of a command that a client keeps.
	maxOutput = 16 << 20
)

func appendFrame(b []byte, kind byte, content []byte) []byte {
	b = appendHeader(b, kind, len(content))
	return append(b, content...)
}

func appendHeader(b []byte, kind byte, n int) []byte {
	b = append(b, kind, ' ')
	b = strconv.AppendInt(b, int64(n), 10)
	return append(b, '\n')
}

func appendLineFrame(b, line []byte) []byte { return appendFrame(b, frameLine, line) }

// answer gives the frames of a command's output and end.
func answer(output []byte, failed bool) []byte {
	var b []byte
	for len(output) > 0 {
		n := min(len(output), maxFrame)
		b = appendFrame(b, frameOutput, output[:n])
		output = output[n:]
	}
	status := 0
	if failed {
		status = 1
	}
	return appendHeader(b, frameEnd, status)
}

// frame is one frame as a client reads it.
type frame struct {
	kind    byte
	status  int    // of frameEnd
	content []byte // of the others
}

// errProtocol: the other side is no console of this kind.
var errProtocol = errors.New("console: unexpected answer on the socket")

// readFrame reads one frame; io.EOF stands only before its first byte.
func readFrame(br *bufio.Reader) (frame, error) {
	header, err := readLine(br)
	if errors.Is(err, io.EOF) && header != "" {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return frame{}, err
	}
	kind, number, ok := strings.Cut(header, " ")
	n, numErr := strconv.ParseUint(number, 10, 31)
	if !ok || len(kind) != 1 || numErr != nil {
		return frame{}, fmt.Errorf("%w: %.40q", errProtocol, header)
	}
	f := frame{kind: kind[0]}
	switch f.kind {
	case frameEnd:
		f.status = int(n)
		return f, nil
	case frameLine, frameOutput:
		if n > maxFrame {
			return frame{}, fmt.Errorf("%w: frame of %d bytes", errProtocol, n)
		}
	default:
		return frame{}, fmt.Errorf("%w: %.40q", errProtocol, header)
	}
	f.content = make([]byte, n)
	if _, err := io.ReadFull(br, f.content); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return frame{}, err
	}
	return f, nil
}
