package main

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"domigo/internal/dnstest"
	"domigo/internal/soak/fault"
	"domigo/internal/soak/site"
)

// zone leads the mail for each other's domains from one site to the other, on
// 127.0.0.1, and that for sink.example to the sink, on 127.0.0.2. Answers live
// for a second, so that an outage is felt.
const zone = `
	acme.com       1 MX 10 mx.acme.com
	mx.acme.com    1 A  127.0.0.1
	ibm.com        1 MX 10 mx.isp.example
	isp.example    1 MX 10 mx.isp.example
	mx.isp.example 1 A  127.0.0.1
	sink.example   1 MX 10 mx.sink.example
	mx.sink.example 1 A 127.0.0.2
`

// outage is zone with no answer for any of the names.
func outage() string {
	text := zone
	for line := range strings.Lines(zone) {
		if f := strings.Fields(line); len(f) > 0 {
			text += "TIMEOUT " + f[0] + "\n"
		}
	}
	return text
}

// house is what a run has running: two sites, a sink, and the DNS that leads
// from one to the other.
type house struct {
	dir       string
	acme, isp *site.Server
	dns       *dnstest.Server
	disk      *fault.Disk // acme's mail.box, with -full

	sink *sink
}

// target is a process that may be killed, and the folder that its Maildirs are in.
type target struct {
	name, dir string
	process
}

// process is what a site and the sink have in common.
type process interface {
	Start(ctx context.Context) error // again, after Kill
	Kill() error
	Ended() error // an error if it ended by itself
}

// sinkName is the name of the sink among the processes.
const sinkName = "sink"

// processes gives all that may be killed.
func (h *house) processes() []target {
	return []target{h.site(h.acme), h.site(h.isp), {sinkName, h.sink.dir, h.sink}}
}

func (h *house) site(s *site.Server) target { return target{s.Name, s.Dir, s} }

// openHouse copies the sites below dir and starts all there is. close must be
// called, also after an error.
func openHouse(ctx context.Context, dir string, o *options) (*house, error) {
	h := &house{dir: dir}
	acme, err := site.FreePort(int(o.seed%10007), "127.0.0.1")
	if err != nil {
		return h, err
	}
	// Mail goes to the port of the Server document, so the sink has isp's.
	isp, err := site.FreePort(int(o.seed%10007)+10007, "127.0.0.1", "127.0.0.2")
	if err != nil {
		return h, err
	}
	if h.dns, err = dnstest.Listen(ctx, "127.0.0.1:0", zone); err != nil {
		return h, err
	}
	h.sink = &sink{addr: "127.0.0.2:" + isp, dir: filepath.Join(dir, sinkName)}
	if err := h.sink.Start(ctx); err != nil {
		return h, err
	}
	h.acme = &site.Server{Name: "acme", Dir: filepath.Join(dir, "acme"), Addr: "127.0.0.1:" + acme, Domigo: o.domigo}
	h.isp = &site.Server{Name: "isp", Dir: filepath.Join(dir, "isp"), Addr: "127.0.0.1:" + isp, Domigo: o.domigo}
	for i, s := range h.servers() {
		port, err := site.FreePort(int(o.seed%10007)+5003*(2*i+1), "127.0.0.1")
		if err != nil {
			return h, err
		}
		s.Metrics = "127.0.0.1:" + port
	}
	if err := h.copySites(o.sites, acme, isp); err != nil {
		return h, err
	}
	if o.full {
		if h.disk, err = fault.Mount(ctx, filepath.Join(h.acme.Dir, "mail.box"), o.disk); err != nil {
			return h, err
		}
	}
	for _, s := range h.servers() {
		if err := s.Start(ctx); err != nil {
			return h, err
		}
	}
	return h, nil
}

func (h *house) servers() []*site.Server { return []*site.Server{h.acme, h.isp} }

// copySites copies both sites with the ports of this run. Neither has a relay
// host: the next hops come from DNS. Clients of this machine may relay, and
// what could not be transferred is tried again as soon as Domino allows. Neither
// has a console log, of which nothing is read here.
func (h *house) copySites(from, acme, isp string) error {
	ini := func(s *site.Server) site.Swap {
		const listen = "Domigo_Listen=127.0.0.1\n"
		return site.Swap{Old: listen, New: listen + "Domigo_DNS=" + h.dns.Addr + "\nDomigo_Metrics=" + s.Metrics + "\nConsole_Log_Enabled=0\n"}
	}
	err := site.Copy(filepath.Join(from, "acme"), h.acme.Dir, []site.Swap{
		ini(h.acme),
		{Old: "<number>2525</number>", New: "<number>" + acme + "</number>"},
		{Old: "<number>2526</number>", New: "<number>" + isp + "</number>"},
		{Old: "<text>[127.0.0.1]:2526</text>", New: "<textlist/>"},
		{Old: "<item name='SMTPRlyExcpts'><textlist/></item>",
			New: "<item name='SMTPRlyExcpts'><text>[127.0.0.1]</text></item><item name='MailRetryInterval'><number>1</number></item>"},
	})
	return errors.Join(err, site.Copy(filepath.Join(from, "isp"), h.isp.Dir, []site.Swap{
		ini(h.isp),
		{Old: `"SMTP_Port": 2526`, New: `"SMTP_Port": ` + isp},
		{Old: `"Router_Port": 2525`, New: `"Router_Port": ` + acme},
		{Old: `"MailRelayHost": "[127.0.0.1]:2525",`, New: `"MailRetryInterval": 1, "SMTPRlyExcpts": "[127.0.0.1]",`},
	}))
}

// close ends all that runs, in the order that leaves nothing behind. It may be
// called with half a house.
func (h *house) close() error {
	var errs []error
	for _, s := range h.servers() {
		if s != nil {
			errs = append(errs, s.Kill())
		}
	}
	if h.disk != nil {
		errs = append(errs, h.disk.Unmount())
	}
	if h.sink != nil {
		errs = append(errs, h.sink.Ended(), h.sink.Kill())
	}
	if h.dns != nil {
		h.dns.Close()
	}
	return errors.Join(errs...)
}

// deliverAgain has both Routers try at once what waits for a later attempt, as
// an administrator would with "route *".
func (h *house) deliverAgain(ctx context.Context) error {
	var errs []error
	for _, s := range h.servers() {
		_, err := s.Command(ctx, "route *")
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
