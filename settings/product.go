package settings

import (
	"strconv"
	"strings"
)

// productName gives the name that greeting, Received and show server print,
// from the Server document's ServerBuildNumber: the brand goes by release,
// "Lotus" up to 8.5, "IBM" 9.0 to 10, "HCL" from 11 (banners of releases 5 to
// 14). Without a build number Domigo says its own name.
func productName(build, version string) string {
	build = strings.TrimSpace(build)
	if build == "" {
		return "Domigo Release " + version
	}
	word, rest, ok := strings.Cut(build, " ")
	switch {
	case ok && strings.EqualFold(word, "Release"):
		build = strings.TrimSpace(rest)
		word = "Release"
	case ok && strings.EqualFold(word, "Build"):
		build = strings.TrimSpace(rest)
		word = "Build"
	default:
		word = "Release"
	}
	return brand(build) + " Domino " + word + " " + build
}

func brand(build string) string {
	digits := strings.TrimLeft(build, "Vv")
	major := digits
	if i := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
		major = digits[:i]
	}
	n, err := strconv.Atoi(major)
	if err != nil {
		return "HCL"
	}
	if digits != build {
		for n > 19 { // beta builds write no dots: V85 is 8.5, V901 is 9.0.1, V1101 is 11.0.1
			n /= 10
		}
	}
	switch {
	case n <= 8:
		return "Lotus"
	case n <= 10:
		return "IBM"
	}
	return "HCL"
}
