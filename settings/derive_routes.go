package settings

import (
	"slices"
	"strings"

	"domigo/configdoc"
	"domigo/directory"
)

// foreignDomains collects the Foreign SMTP Domain documents into texts, an
// Internet domain a piece: "*.partner.example|domain|host", parts as joinParts
// has them. foreignOf takes them apart again.
func (b *builder) foreignDomains(r *Resolved) {
	r.Value, r.List = "", nil
	for _, d := range b.src.Documents {
		if !d.Is("Domain") {
			continue
		}
		doc := b.res.forms.domain.Read(d, b.src.Aliases)
		if configdoc.LabelKey(doc.Text("DomainType")) != "foreignsmtpdomain" {
			continue
		}
		host, domain := strings.TrimSpace(doc.Text("FSInternetHost")), strings.TrimSpace(doc.Text("FSDomainName"))
		var internet []string
		if v := doc.Value("FSInternetDomain"); v != nil {
			internet = v.List
		}
		if len(internet) == 0 || host == "" && domain == "" {
			b.finding(CodeRouteIncomplete.At(Finding{File: d.File, Line: d.Line, Document: docName(doc), Item: "FSInternetDomain"},
				"the Foreign SMTP Domain document names no Internet domain, or no domain name and no host to route to; it is left out"))
			continue
		}
		for _, name := range internet {
			r.List = append(r.List, joinParts('|', domainName(name), strings.ToLower(domain), strings.ToLower(host)))
		}
		r.win(Layer{Source: "Foreign SMTP Domain document", Place: d.Place(), Value: strings.Join(internet, ", "), at: docItem(doc, "FSInternetDomain")})
		r.Rule = "the Foreign SMTP Domain documents name routes"
	}
	r.Value = strings.Join(r.List, " ")
}

func foreignOf(list []string) []ForeignSMTPDomain {
	var out []ForeignSMTPDomain
	for _, entry := range list {
		p := splitParts('|', entry)
		out = append(out, ForeignSMTPDomain{Internet: p[0], Domain: p[1], Host: p[2]})
	}
	return out
}

// connections collects the enabled SMTP Connection documents of this server:
// "source|domain|relay host".
func (b *builder) connections(r *Resolved) {
	r.Value, r.List = "", nil
	for _, d := range b.src.Documents {
		if !d.Is("Connection") && !d.Is("local") {
			continue
		}
		doc := b.res.forms.connection.Read(d, b.src.Aliases)
		if doc.Text("Enabled") == "0" {
			continue
		}
		source, relay := strings.TrimSpace(doc.Text("Source")), strings.TrimSpace(doc.Text("SMTPRelayHost"))
		if source != "" && source != "*" && !directory.SameName(source, b.server) {
			continue
		}
		at := Finding{File: d.File, Line: d.Line, Document: docName(doc), Item: "SMTPRelayHost"}
		switch smtp := isSMTP(doc); {
		case smtp && relay == "":
			b.finding(CodeRouteIncomplete.At(at, "the SMTP Connection document names no relay host; it is left out"))
			continue
		case !smtp && relay != "":
			b.finding(CodeRouteIncomplete.At(at, "the Connection document names an SMTP relay host, but neither is its type SMTP nor its routing task SMTP Mail Routing; it is left out"))
			continue
		case !smtp:
			continue
		}
		entry := joinParts('|', strings.ToLower(source), strings.ToLower(strings.TrimSpace(doc.Text("DestinationDomain"))), strings.ToLower(relay))
		if !slices.Contains(r.List, entry) {
			r.List = append(r.List, entry)
		}
		r.win(Layer{Source: "SMTP Connection document", Place: d.Place(), Value: relay, at: docItem(doc, "SMTPRelayHost")})
		r.Rule = "the SMTP Connection documents name relay hosts"
	}
	r.Value = strings.Join(r.List, " ")
}

// isSMTP tells SMTP Connection documents from those of Notes routing and
// replication, by the type or by the routing task.
func isSMTP(doc *configdoc.Doc) bool {
	return strings.EqualFold(strings.TrimSpace(doc.Text("ConnectionType")), "SMTP") ||
		strings.EqualFold(strings.TrimSpace(doc.Text("RoutingTask")), "SMTP Mail Routing")
}

func connectionsOf(list []string) []SMTPConnection {
	var out []SMTPConnection
	for _, entry := range list {
		p := splitParts('|', entry)
		out = append(out, SMTPConnection{Source: p[0], Domain: p[1], RelayHost: p[2]})
	}
	return out
}

// servers collects the Server documents: "name|host|domain|network,network".
func (b *builder) servers(r *Resolved) {
	r.Value, r.List = "", nil
	for _, d := range b.src.Documents {
		if !d.Is("Server") {
			continue
		}
		doc := b.res.forms.server.Read(d, b.src.Aliases)
		name := doc.Text("ServerName")
		if name == "" {
			continue
		}
		var networks []string
		if v := doc.Value("NetworkNames"); v != nil {
			networks = v.List
		}
		r.List = append(r.List, joinParts('|', name, strings.ToLower(strings.TrimSpace(doc.Text("SMTPFullHostDomain"))),
			strings.TrimSpace(doc.Text("Domain")), joinParts(',', networks...)))
		r.win(Layer{Source: "Server document", Place: d.Place(), Value: name})
		r.Rule = "the Server documents name the servers"
	}
	r.Value = strings.Join(r.List, " ")
}

func serversOf(list []string) []MailServer {
	var out []MailServer
	for _, entry := range list {
		parts := splitParts('|', entry)
		s := MailServer{Name: parts[0], HostName: parts[1], Domain: parts[2]}
		for _, n := range splitParts(',', parts[3]) {
			if n = strings.TrimSpace(n); n != "" {
				s.Networks = append(s.Networks, n)
			}
		}
		out = append(out, s)
	}
	return out
}
