package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
)

// sites is where the repository's sites are.
const sites = "../../testdata"

// ports hands out ports below the ones that the system gives to outgoing
// connections, so that none is taken between the look and the use.
type ports struct{ next atomic.Int32 }

const (
	firstPort = 12000
	lastPort  = 32000
)

func newPorts() *ports {
	p := &ports{}
	// Test binaries that run at the same time begin at different places.
	p.next.Store(int32(os.Getpid() * 37 % (lastPort - firstPort)))
	return p
}

// free gives a port of 127.0.0.1 on which nobody listens.
func (p *ports) free() (string, error) {
	for range lastPort - firstPort {
		port := fmt.Sprint(firstPort + int(p.next.Add(1))%(lastPort-firstPort))
		l, err := net.Listen("tcp", "127.0.0.1:"+port)
		if err != nil {
			continue
		}
		return port, l.Close()
	}
	return "", fmt.Errorf("no free port from %d to %d", firstPort, lastPort)
}

// copySite copies a site's notes.ini and documents, with port instead of its
// own and next instead of the port of its relay host.
func copySite(name, to, port, next string) error {
	from := filepath.Join(sites, name)
	own := map[string]string{"acme": "2525", "isp": "2526"}[name]
	other := map[string]string{"acme": "2526", "isp": "2525"}[name]
	if strings.HasPrefix(name, "fingerprint/") {
		own, other = "2525", "2526"
	}
	if own == "" {
		return fmt.Errorf("no site is named %q", name)
	}
	swap := strings.NewReplacer(own, port, other, next)
	files, err := filepath.Glob(filepath.Join(from, "names", "*"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(to, "names"), 0o700); err != nil {
		return err
	}
	for _, f := range append(files, filepath.Join(from, "notes.ini")) {
		data, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, f)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, rel), []byte(swap.Replace(string(data))), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// setItem gives a text item of a DXL file another value; "" empties it. The
// file is replaced as a whole, as an export to it would.
func setItem(file, item, value string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	re := regexp.MustCompile(`(?s)(<item name='` + regexp.QuoteMeta(item) + `'[^>]*>).*?</item>`)
	if n := len(re.FindAllIndex(data, -1)); n != 1 {
		return fmt.Errorf("%s: %d items are named %s, want one", file, n, item)
	}
	content := "<textlist/>"
	if value != "" {
		content = "<text>" + value + "</text>"
	}
	data = re.ReplaceAllFunc(data, func(m []byte) []byte {
		return []byte(re.FindStringSubmatch(string(m))[1] + content + "</item>")
	})
	return replaceFile(file, data)
}

// addItem puts a text item at the end of the first document of a form.
func addItem(file, form, item, value string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	head, rest, ok := strings.Cut(string(data), "<document form='"+form+"'>")
	if !ok {
		return fmt.Errorf("%s: no document of form %s", file, form)
	}
	body, tail, _ := strings.Cut(rest, "</document>")
	line := "<item name='" + item + "'><text>" + value + "</text></item>\n"
	return replaceFile(file, []byte(head+"<document form='"+form+"'>"+body+line+"</document>"+tail))
}

// removeDocuments takes the documents of a form out of a DXL file.
func removeDocuments(file, form string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	re := regexp.MustCompile(`(?s)<document form='` + regexp.QuoteMeta(form) + `'>.*?</document>\n`)
	if !re.Match(data) {
		return fmt.Errorf("%s: no document of form %s", file, form)
	}
	return replaceFile(file, re.ReplaceAll(data, nil))
}

// setVariable adds or, with the key there already, replaces a line of a
// notes.ini.
func setVariable(file, line string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	key, _, _ := strings.Cut(line, "=")
	var out []string
	for _, l := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		if k, _, _ := strings.Cut(l, "="); !strings.EqualFold(k, key) {
			out = append(out, l)
		}
	}
	return replaceFile(file, []byte(strings.Join(append(out, line), "\n")+"\n"))
}

func replaceFile(file string, data []byte) error {
	tmp := file + ".new"
	if err := os.WriteFile(tmp, data, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, file)
}
