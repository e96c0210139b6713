package resolver_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/miekg/dns"

	"domigo/internal/dnstest"
	"domigo/resolver"
)

// Why there is no answer decides whether mail is refused or put off.
func ExampleResolver() {
	ctx := context.Background()
	zone := `
		acme.com       MX 10 mail.acme.com
		mail.acme.com  A  192.0.2.1
		quiet.acme.com MX 0 .
		SERVFAIL broken.example
	`
	server, err := dnstest.Listen(ctx, "127.0.0.1:0", zone)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	names, err := resolver.New(resolver.Config{Servers: []string{server.Addr}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, domain := range []string{"acme.com", "quiet.acme.com", "mail.acme.com", "nowhere.example", "broken.example"} {
		exchangers, err := names.MX(ctx, domain)
		switch {
		case errors.Is(err, resolver.ErrNXDomain):
			fmt.Println(domain, "does not exist")
		case errors.Is(err, resolver.ErrNotFound):
			fmt.Println(domain, "has no MX records: ask for its addresses")
		case err != nil:
			fmt.Println(domain, "may be asked for again later:", errors.Is(err, resolver.ErrServer))
		case exchangers[0].Host == "":
			fmt.Println(domain, "takes no mail")
		default:
			fmt.Println(domain, exchangers)
		}
	}
	// Output:
	// acme.com [{mail.acme.com 10}]
	// quiet.acme.com takes no mail
	// mail.acme.com has no MX records: ask for its addresses
	// nowhere.example does not exist
	// broken.example may be asked for again later: true
}

// An ExchangeFunc in place of the network: questions go to a program's own
// transport, or to no server at all.
func ExampleExchangeFunc() {
	noServer := func(_ context.Context, network, server string, m *dns.Msg) (*dns.Msg, error) {
		answer := new(dns.Msg).SetReply(m)
		answer.RecursionAvailable = true
		record, err := dns.NewRR(m.Question[0].Name + " 60 A 192.0.2.7")
		if m.Question[0].Qtype == dns.TypeA {
			answer.Answer = []dns.RR{record}
		}
		return answer, err
	}
	r, err := resolver.New(resolver.Config{Servers: []string{"192.0.2.53"}, Exchange: noServer})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Addrs(context.Background(), "mail.acme.com"))
	// Output: [192.0.2.7] <nil>
}
