package settings

import (
	"strings"

	"domigo/configdoc"
	"domigo/configdoc/note"
)

// deriveRow completes the resolution of a row that is made of several items,
// so that it can be compared and frozen like any other.
func (b *builder) deriveRow(r *Resolved) {
	if r.Row.Type != Derived {
		return
	}
	switch r.Row.Key() {
	case "ServerName":
		r.Value = b.server
		if b.in.Server != "" {
			r.Rule = "given on the command line"
			r.win(Layer{Source: "command line", Value: b.in.Server})
		} else if w := r.Winner(); w.Source == "default" && b.server != "" {
			r.Rule = "neither document nor ServerName gives it: MailServer"
			r.win(b.otherVariable("MailServer", b.server))
		}
	case "SMTPFullHostDomain":
		if r.Value == "" {
			r.Value = b.in.HostName
			r.win(Layer{Source: "operating system", Value: b.in.HostName})
			r.Rule = "no document gives it: the operating system's host name"
		}
	case "SMTPListenerEnabled":
		if r.Value != "1" && b.task("SMTP") {
			r.Value, r.Rule = "1", "ServerTasks names SMTP"
			r.win(b.otherVariable("ServerTasks", "SMTP"))
		}
	case "Product":
		build := ""
		if b.res.server != nil {
			build = b.res.server.Text("ServerBuildNumber")
		}
		if build != "" {
			r.win(Layer{Source: "Server document", Place: b.choice.Server.Place(), Value: build})
		}
		r.Value, r.Rule = productName(build, b.in.Version), "made of ServerBuildNumber"
	case "SiteDocument":
		if b.res.site != nil {
			r.Value, r.Rule = b.res.site.Place(), "the first SMTP Inbound Site document of this server and organization"
			r.win(Layer{Source: "SMTP Inbound Site document", Place: r.Value, Value: b.res.site.Text("ISiteName")})
		}
	case "LocalPrimaryInternetDomain":
		b.globalDomains(r)
	case "FSInternetDomain":
		b.foreignDomains(r)
	case "MailServers":
		b.servers(r)
	case "SMTPRelayHost":
		b.connections(r)
	}
}

// win adds the layer that a derived value came from.
func (r *Resolved) win(l Layer) {
	for i := range r.Layers {
		r.Layers[i].Won = false
	}
	l.Won = true
	r.Layers = append(r.Layers, l)
}

// otherVariable gives the layer of a value that another variable decides.
func (b *builder) otherVariable(name, value string) Layer {
	_, place, at := b.src.place(name)
	return Layer{Source: name, Place: place, Value: value, at: at}
}

// task reports whether ServerTasks names a task.
func (b *builder) task(name string) bool {
	for _, t := range strings.Split(b.src.variable("ServerTasks"), ",") {
		fields := strings.Fields(t)
		if len(fields) > 0 && strings.EqualFold(fields[0], name) {
			return true
		}
	}
	return false
}

// globalDomains collects the Global Domain documents into texts, a domain a
// piece: "primary|alias,alias|notes,notes", parts as joinParts makes them.
func (b *builder) globalDomains(r *Resolved) {
	r.Value, r.List = "", nil
	form := b.res.forms.domain
	for _, d := range b.src.Documents {
		doc := readGlobalDomain(form, d, b.src.Aliases)
		if doc == nil {
			continue
		}
		primary := domainName(doc.Text("LocalPrimaryInternetDomain"))
		if primary == "" {
			b.finding(CodeGlobalEmpty.At(Finding{File: d.File, Line: d.Line, Document: docName(doc), Item: "LocalPrimaryInternetDomain"},
				"the Global Domain document names no local primary Internet domain; it is left out"))
			continue
		}
		var aliases, notes []string
		if v := doc.Value("LocalInternetDomainAliases"); v != nil {
			for _, alias := range v.List {
				aliases = append(aliases, domainName(alias))
			}
		}
		if v := doc.Value("NotesDomainList"); v != nil {
			notes = v.List
		}
		r.List = append(r.List, strings.ToLower(joinParts('|', primary, joinParts(',', aliases...), joinParts(',', notes...))))
		if len(r.List) == 1 {
			r.win(Layer{Source: "Global Domain document", Place: d.Place(), Value: primary})
		} else {
			r.Layers = append(r.Layers, Layer{Source: "Global Domain document", Place: d.Place(), Value: primary, Won: true})
		}
		r.Rule = "the Global Domain documents name the local Internet domains"
	}
	if len(r.List) == 0 {
		r.Rule = "no Global Domain document: the server's host name and its domain"
	}
	r.Value = strings.Join(r.List, " ")
}

// readGlobalDomain reads a Global Domain document, and gives nil for any other.
func readGlobalDomain(form *configdoc.Form, d *note.Document, a configdoc.Aliases) *configdoc.Doc {
	if !d.Is("Domain") {
		return nil
	}
	doc := form.Read(d, a)
	if configdoc.LabelKey(doc.Text("DomainType")) != "globaldomain" {
		return nil
	}
	return doc
}

// derive fills the Snapshot fields that are made of several items.
func (b *builder) derive(s *Snapshot) {
	derived := map[string]*Resolved{}
	for _, r := range s.resolved {
		if r.Row.Type == Derived {
			derived[r.Row.Key()] = r
		}
	}
	value := func(key string) string { return derived[key].Value }
	s.Identity.ServerName = value("ServerName")
	s.Identity.HostName = value("SMTPFullHostDomain")
	s.Identity.Product = value("Product")
	s.Ports.Listener = value("SMTPListenerEnabled") == "1"
	s.Ports.SiteFound = value("SiteDocument") != ""
	s.Rules = b.rules(s)
	s.Router.Foreign = foreignOf(derived["FSInternetDomain"].List)
	s.Router.Servers = serversOf(derived["MailServers"].List)
	s.Router.Connections = connectionsOf(derived["SMTPRelayHost"].List)
	s.Domains = domainsOf(derived["LocalPrimaryInternetDomain"].List, s.Identity.HostName)
}

// domainsOf makes the local domains from what globalDomains collected, or from
// the host name ("Using a Global Domain document to define local domains").
func domainsOf(list []string, host string) Domains {
	d := Domains{Aliases: map[string]string{}}
	for _, entry := range list {
		parts := splitParts('|', entry)
		primary := parts[0]
		d.Global = true
		d.Primary = append(d.Primary, primary)
		for _, a := range splitParts(',', parts[1]) {
			if a != "" && d.Aliases[a] == "" {
				d.Aliases[a] = primary
			}
		}
		for _, n := range splitParts(',', parts[2]) {
			if n != "" {
				d.Notes = append(d.Notes, NotesDomain{primary, n})
			}
		}
	}
	if d.Global {
		for _, p := range d.Primary {
			delete(d.Aliases, p)
		}
		return d
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host != "" {
		d.Primary = append(d.Primary, host)
	}
	if _, domain, ok := strings.Cut(host, "."); ok && strings.Contains(domain, ".") {
		d.Primary = append(d.Primary, domain)
	}
	return d
}
