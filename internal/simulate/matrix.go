package simulate

import (
	"domigo/settings"
	"domigo/smtpd/policy"
)

// Matrix tells who may relay where: a row for each class of hosts, a column for
// each class of destinations.
type Matrix struct {
	Hosts        []Host        `json:"hosts"`
	Destinations []Destination `json:"destinations"`
	Cells        [][]Cell      `json:"cells"` // by host, then destination
	OpenRelay    bool          `json:"open_relay"`
}

// Host stands for a class of clients.
type Host struct {
	Class   string        `json:"class"`
	Example string        `json:"example"` // the client that was asked about
	client  policy.Client // with all facts known
}

// Destination stands for a class of recipients.
type Destination struct {
	Class  string `json:"class"`
	Domain string `json:"domain"`
}

// Answers of a Cell.
const (
	Yes   = "yes"   // mail is relayed
	No    = "no"    // it is refused
	Local = "local" // the domain is local: no relay
)

// Cell is the answer about one host and one destination.
type Cell struct {
	Relay   string   `json:"relay"`
	Control *Control `json:"control,omitempty"`
}

// WhoMayRelay asks the relay decision about every class of hosts and of
// destinations that the site's settings tell apart.
func WhoMayRelay(site Site) *Matrix {
	return matrix(site.Settings, hostClasses(site), destinationClasses(site))
}

func matrix(snap *settings.Snapshot, hosts []Host, destinations []Destination) *Matrix {
	m := &Matrix{Hosts: hosts, Destinations: destinations, OpenRelay: policy.OpenRelay(snap, nil)}
	names := newControls(snap)
	for i := range hosts {
		row := make([]Cell, len(destinations))
		for j := range destinations {
			row[j] = ask(snap, names, hosts[i].client, destinations[j].Domain)
		}
		m.Cells = append(m.Cells, row)
	}
	return m
}

// ask gives one cell. Every fact about the client is known, so that the decision
// never asks.
func ask(snap *settings.Snapshot, names *controls, client policy.Client, domain string) Cell {
	if snap.Domains.IsLocal(domain) {
		return Cell{Local, names.control(ruleDomains, &client)}
	}
	t := &policy.Trail{}
	v := policy.Relay(snap, &client, policy.Address{Local: "somebody", Domain: domain}, t)
	if !v.OK() {
		return Cell{No, names.control(v.Rule, &client)}
	}
	return Cell{Yes, names.control(accepted(t.Steps), &client)}
}

// Difference is a host and a destination about which two sites differ.
type Difference struct {
	Host        Host        `json:"host"`
	Destination Destination `json:"destination"`
	Before      Cell        `json:"before"`
	After       Cell        `json:"after"`
}

// CompareRelay gives what differs between two sites, about the classes that
// either of them tells apart. Another control that gives the same answer is no
// difference.
func CompareRelay(before, after Site) []Difference {
	hosts, destinations := hostClasses(before, after), destinationClasses(before, after)
	old, now := matrix(before.Settings, hosts, destinations), matrix(after.Settings, hosts, destinations)
	var out []Difference
	for i := range hosts {
		for j := range destinations {
			if a, b := old.Cells[i][j], now.Cells[i][j]; a.Relay != b.Relay {
				out = append(out, Difference{hosts[i], destinations[j], a, b})
			}
		}
	}
	return out
}
