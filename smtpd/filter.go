package smtpd

import (
	"context"
	"time"

	"domigo/internal/smtpwire"
	"domigo/settings"
	"domigo/smtpd/policy"
)

// Bounds of asking the DNS lists: each site, and all of them together. One
// that does not answer must not keep those behind it from being asked.
const (
	siteBudget = 2 * time.Second
	listBudget = 5 * time.Second
)

// applyFilters asks the black- and whitelist filters about the client, at
// connect and when the view changes; what DNS answered holds for the session.
// A connection that the connection controls refuse, or that gets no further
// than the greeting, is not asked about.
func (s *session) applyFilters(ctx context.Context) {
	before := s.filter
	s.filter = policy.FilterVerdict{}
	if s.flag.OK() && !s.view.Ports.SiteOff() {
		s.filter = s.askFilters(ctx)
	}
	v := s.filter
	if v == before || v.List == policy.NoList {
		return
	}
	if v.List != before.List || v.Site != before.Site {
		s.countListed(v)
	}
	if v.Found != "" {
		s.console(settings.LogNormal, "%s", v.Found)
	}
	s.log.Info().Stringer("list", v.List).Str("site", v.Site).Stringer("client", s.client.IP).Msg("host found in a list")
	s.report(v.Verdict, "")
}

// askFilters fetches what the filters ask for until they have a verdict: at
// most each site of both lists once, the name and its confirmation.
func (s *session) askFilters(ctx context.Context) policy.FilterVerdict {
	sites := len(s.view.Filters.DNSWhiteSites) + len(s.view.Filters.DNSBlackSites)
	var deadline time.Time
	for range sites + maxFacts {
		before := s.steps()
		v := policy.Filter(s.view, &s.client, &s.lists, s.trail())
		if v.Action != policy.Ask {
			return v
		}
		s.forget(before)
		switch {
		case v.Need != policy.NeedListing:
			s.fetch(ctx, v.Need)
			continue
		case deadline.IsZero():
			deadline = time.Now().Add(listBudget)
		}
		s.fetchListing(ctx, v.Site, deadline)
	}
	s.log.Error().Msg("the filters asked for the same fact again")
	return policy.FilterVerdict{}
}

// fetchListing asks one DNS list for the client, until the deadline of all.
func (s *session) fetchListing(ctx context.Context, site string, deadline time.Time) {
	if own := time.Now().Add(siteBudget); own.Before(deadline) {
		deadline = own
	}
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	addrs, err := s.srv.cfg.Resolver.A(ctx, policy.ListName(s.client.IP, site))
	a := policy.Answer{Site: site, State: lookedUp(err), Addrs: addrs}
	s.lists.Answers = append(s.lists.Answers, a)
	switch {
	case a.State == policy.Failed:
		s.log.Warn().Err(err).Str("site", site).Stringer("client", s.client.IP).Msg("DNS list did not answer")
	case a.Code() == policy.ListError:
		s.log.Warn().Str("site", site).Stringer("client", s.client.IP).Msg("DNS list answers with an error code; it lists nobody")
	}
}

// countListed counts a hit for the statistics.
func (s *session) countListed(v policy.FilterVerdict) {
	f := &s.view.Filters
	expand := v.List == policy.DNSBlacklist && f.ExpandBlack || v.List == policy.DNSWhitelist && f.ExpandWhite
	s.srv.cfg.Counters.lists.hit(v.List, v.Site, s.client.IP, expand)
}

// tag gives the header field that tells where the client was found, "" for
// none. It stands above the Received field of this server, where no client can
// put one.
func (s *session) tag() string {
	if s.filter.TagName == "" {
		return ""
	}
	return s.filter.TagName + ": " + smtpwire.Clean(s.filter.TagValue) + "\r\n"
}
