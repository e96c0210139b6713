package sevenbit

// repair writes content that is quoted-printable already and has raw 8-bit
// octets, which decoders take for themselves. They become =XX; a line that has
// some gets soft line breaks where it needs them. All other lines stay, but for
// an encoded hyphen in front of a second one.
type repair struct {
	quoted
	unit    [3]byte // an "=" and up to two octets behind it, which stay together
	held    int
	touched bool // this line has an octet that was encoded
}

func (e *repair) text(p []byte) {
	for i, c := range p {
		switch {
		case e.held > 0 && c < 0x80:
			e.unit[e.held] = c
			e.held++
			if e.held == len(e.unit) {
				e.flush()
			}
		case c >= 0x80:
			e.stray()
			e.octet(c)
			e.touched = true
		case c == '=':
			e.unit[0], e.held = c, 1
		case c == '-' && begins(p[i:], "--"):
			e.start(c)
		case c == '.' && e.touched:
			e.start(c)
		default:
			e.put(c)
		}
	}
}

// put writes an octet as it is.
func (e *repair) put(c byte) {
	if e.touched {
		e.fit(1)
	}
	e.w.WriteByte(c)
	e.column++
}

// start writes an octet that is encoded at the beginning of a line, which could
// become a boundary or a lone dot.
func (e *repair) start(c byte) {
	if e.touched {
		e.fit(1)
	}
	if e.column == 0 {
		e.octet(c)
		return
	}
	e.put(c)
}

// flush writes what is held as it came.
func (e *repair) flush() {
	if e.touched {
		e.fit(e.held)
	}
	e.w.Write(e.unit[:e.held])
	e.column += e.held
	if e.held > 1 && (e.unit[1] == ' ' || e.unit[1] == '\t') {
		// Blanks behind the "=" of a soft line break: no other may come between.
		e.touched = false
	}
	e.held = 0
}

// stray writes what is held before an 8-bit octet: the "=" of it stands for
// itself.
func (e *repair) stray() {
	if e.held == 0 {
		return
	}
	e.octet('=')
	for _, c := range e.unit[1:e.held] {
		if c == '=' {
			e.octet(c)
			continue
		}
		e.put(c)
	}
	e.held = 0
}

func (e *repair) newline() {
	e.close()
	e.w.WriteString(crlf)
	e.column, e.touched = 0, false
}

func (e *repair) close() {
	if e.held > 0 {
		e.flush()
	}
}
