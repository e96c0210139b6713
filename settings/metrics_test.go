package settings

import "testing"

func TestMetricsAddress(t *testing.T) {
	for text, want := range map[string]string{
		"": "invalid AddrPort", "  ": "invalid AddrPort", "127.0.0.1:9187": "127.0.0.1:9187", " [::1]:9187 ": "[::1]:9187", "0.0.0.0:1": "0.0.0.0:1",
	} {
		o := Own{Metrics: text}
		if got, err := o.MetricsAddress(); err != nil || got.String() != want {
			t.Errorf("%q: got %v, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"9187", ":9187", "localhost:9187", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "::1:9187x", "http://127.0.0.1:9187"} {
		o := Own{Metrics: text}
		if got, err := o.MetricsAddress(); err == nil || got.IsValid() {
			t.Errorf("%q: got %v, %v, want an error", text, got, err)
		}
	}
}
