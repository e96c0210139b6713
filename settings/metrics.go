package settings

import (
	"fmt"
	"net/netip"
	"strings"
)

// The codes of findings about Domigo_Metrics.
const (
	CodeMetricsBad  Code = "metrics-address"
	CodeMetricsOpen Code = "metrics-open"
)

func metricsCodes() []CodeInfo {
	return []CodeInfo{
		{CodeMetricsBad, SevError, "The address of Domigo_Metrics cannot be told; the server does not start.", "Write address:port, as 127.0.0.1:9187 or [::1]:9187."},
		{CodeMetricsOpen, SevWarning, "The statistics can be read from other machines: they name sizes, rates and rules, and nobody is asked for a password.",
			"Set Domigo_Metrics to a loopback address, or see to it that a firewall admits the Prometheus server alone."},
	}
}

// MetricsAddress reads Domigo_Metrics, an IP address with a port, the address in
// brackets for IPv6. Without the variable there is no valid address, and no
// error.
func (o *Own) MetricsAddress() (netip.AddrPort, error) {
	text := strings.TrimSpace(o.Metrics)
	if text == "" {
		return netip.AddrPort{}, nil
	}
	a, err := netip.ParseAddrPort(text)
	if err != nil || a.Port() == 0 {
		return netip.AddrPort{}, fmt.Errorf("Domigo_Metrics: %q is not address:port", text)
	}
	return a, nil
}

// checkMetrics looks at the address that the statistics are read at.
func (b *builder) checkMetrics(s *Snapshot) {
	a, err := s.Own.MetricsAddress()
	switch {
	case err != nil:
		b.stopFinding(s, "Domigo_Metrics", CodeMetricsBad, err.Error())
	case a.IsValid() && !a.Addr().Unmap().IsLoopback():
		b.listFinding(s, "Domigo_Metrics", CodeMetricsOpen, fmt.Sprintf("Domigo_Metrics=%s: other machines can read the statistics", a))
	}
}
