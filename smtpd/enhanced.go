package smtpd

// enhancedCode gives the enhanced status code of a reply (RFC 2034, 4; RFC 3463; RFC
// 5248): none for the replies that ask for more.
func (r reply) enhancedCode() string {
	if r.status != "" {
		return r.status
	}
	switch r.code {
	case 235:
		return "2.7.0"
	case 252:
		return "2.5.2"
	case 421:
		return "4.3.2"
	case 451, 459:
		return "4.7.1"
	case 452:
		return "4.3.1"
	case 454:
		return "4.7.0"
	case 458:
		return "4.3.0"
	case 500:
		return "5.5.2"
	case 501, 504, 555:
		return "5.5.4"
	case 502, 503:
		return "5.5.1"
	case 530:
		return "5.7.0"
	case 535:
		return "5.7.8"
	case 550:
		return "5.1.1"
	case 554:
		return "5.7.1"
	case 552:
		return "5.3.4"
	case 553:
		return "5.6.7"
	}
	if class := r.code / 100; class == 2 || class == 4 || class == 5 {
		return string(rune('0'+class)) + ".0.0"
	}
	return ""
}

// enhanced gives the reply with its enhanced status code in front of each line.
func (r reply) enhanced() reply {
	s := r.enhancedCode()
	if s == "" || r.hello {
		return r
	}
	r.text = s + " " + r.text
	more := make([]string, 0, len(r.more))
	for _, t := range r.more {
		more = append(more, s+" "+t)
	}
	if r.more != nil {
		r.more = more
	}
	return r
}
