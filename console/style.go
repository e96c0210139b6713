package console

import "bytes"

// The styles of the terminal (ECMA-48, 8.3.117 SGR).
const (
	styleBold  = "\x1b[1m"
	styleRed   = "\x1b[31m"
	stylePlain = "\x1b[0m"
)

// style gives text in a style, if the terminal has colours.
func (t *Terminal) style(style, text string) string {
	if !t.color {
		return text
	}
	return style + text + stylePlain
}

// paint gives each line of text in red, if the terminal has colours and the
// command failed.
func (t *Terminal) paint(text []byte, failed bool) []byte {
	if !t.color || !failed {
		return text
	}
	var out []byte
	for line := range bytes.Lines(text) {
		line, ended := bytes.CutSuffix(line, []byte{'\n'})
		out = append(out, styleRed...)
		out = append(out, line...)
		out = append(out, stylePlain...)
		if ended {
			out = append(out, '\n')
		}
	}
	return out
}
