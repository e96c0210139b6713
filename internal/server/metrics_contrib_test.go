package server

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

	"domigo/internal/metrics"
)

// query is what one PromQL expression names.
type query struct {
	metrics map[string][]string // with the labels of their own selectors
	labels  []string            // of by, without, on, ignoring, group_left and group_right
}

var token = regexp.MustCompile(`[a-zA-Z_:][a-zA-Z0-9_:]*|"(?:[^"\\]|\\.)*"|\[[^\]]*\]|[0-9.][0-9a-zA-Z.]*|[!=<>]=|=~|!~|\S`)

// words of PromQL that are no metrics. Those of the second kind have a list of
// labels behind them.
var (
	operators = []string{"and", "or", "unless", "bool", "offset", "inf", "nan"}
	grouping  = []string{"by", "without", "on", "ignoring", "group_left", "group_right"}
)

// parseQuery finds the metrics and labels of an expression: a name that is
// neither a function nor a word of the language is a metric, unless it stands in
// braces, or in the list of a grouping word.
func parseQuery(expr string) (query, error) {
	q := query{metrics: map[string][]string{}}
	words, depth := token.FindAllString(expr, -1), 0
	at := func(i int) string {
		if i < len(words) {
			return words[i]
		}
		return ""
	}
	isName := func(w string) bool {
		return w != "" && (w[0] == '_' || w[0] >= 'a' && w[0] <= 'z' || w[0] >= 'A' && w[0] <= 'Z')
	}
	for i := 0; i < len(words); i++ {
		w := words[i]
		switch {
		case slices.Contains(grouping, w):
			if at(i+1) != "(" {
				continue // group_left without labels
			}
			for i += 2; at(i) != ")"; i++ {
				if i >= len(words) {
					return q, fmt.Errorf("%s: no end of the list behind %s", expr, w)
				}
				if isName(words[i]) {
					q.labels = append(q.labels, words[i])
				}
			}
		case w == "(":
			depth++
		case w == ")":
			depth--
		case !isName(w) || slices.Contains(operators, w) || slices.Contains([]string{"(", "by", "without"}, at(i+1)):
		default:
			labels := q.metrics[w]
			if at(i+1) == "{" {
				for i += 2; at(i) != "}"; i++ {
					if i >= len(words) {
						return q, fmt.Errorf("%s: no end of the selector of %s", expr, w)
					}
					if !isName(words[i]) {
						continue
					}
					if !slices.Contains([]string{"=", "!=", "=~", "!~"}, at(i+1)) || !strings.HasPrefix(at(i+2), `"`) {
						return q, fmt.Errorf("%s: label %s has no value", expr, words[i])
					}
					labels = append(labels, words[i])
				}
			}
			q.metrics[w] = labels
		}
	}
	if depth != 0 {
		return q, fmt.Errorf("%s: parentheses do not match", expr)
	}
	if len(q.metrics) == 0 {
		return q, fmt.Errorf("%s: names no metric", expr)
	}
	return q, nil
}

func TestParseQuery(t *testing.T) {
	for expr, want := range map[string]string{
		`up{job="domigo"} == 0`: `up[job] `,
		`histogram_quantile(0.95, sum by (instance, le) (rate(a_bucket{x!="}(",y=~".*"}[5m]))) > 5`:      `a_bucket[x y] instance le`,
		`a - on (i) group_left (v) b offset 5m and bool_ > 1e3`:                                          `a[] b[] bool_[] i v`,
		`sum without(a) (rate(m:x_total[$__rate_interval])) / ignoring(c) group_right n{} unless time()`: `m:x_total[] n[] a c`,
	} {
		q, err := parseQuery(expr)
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		var got strings.Builder
		for _, m := range slices.Sorted(maps.Keys(q.metrics)) {
			fmt.Fprintf(&got, "%s%v ", m, q.metrics[m])
		}
		if got := got.String() + strings.Join(q.labels, " "); got != want {
			t.Errorf("%s: got %q, want %q", expr, got, want)
		}
	}
	for _, expr := range []string{"", "1 + 2", "rate(", "a{b", "a{b}", "sum by (x", "time()"} {
		if q, err := parseQuery(expr); err == nil {
			t.Errorf("%q: got %v, want an error", expr, q)
		}
	}
}

// exported is what a server shows: the labels of each metric, those of its own
// and the two that Prometheus adds.
type exported map[string][]string

func exportedBy(families map[string]*dto.MetricFamily) exported {
	e := exported{"up": {"job", "instance"}}
	for name, f := range families {
		labels := []string{"job", "instance"}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName())
			}
		}
		if f.GetType() != dto.MetricType_HISTOGRAM {
			e[name] = labels
			continue
		}
		e[name+"_sum"], e[name+"_count"], e[name+"_bucket"] = labels, labels, append(slices.Clone(labels), "le")
	}
	return e
}

// check tells what an expression names that no server shows.
func (e exported) check(t *testing.T, where, expr string) query {
	t.Helper()
	q, err := parseQuery(expr)
	if err != nil {
		t.Errorf("%s: %v", where, err)
	}
	var all []string
	for name, labels := range q.metrics {
		known, ok := e[name]
		if !ok {
			t.Errorf("%s: nobody shows %s: %s", where, name, expr)
		}
		all = append(all, known...)
		for _, l := range labels {
			if !slices.Contains(known, l) {
				t.Errorf("%s: %s has no label %s", where, name, l)
			}
		}
	}
	for _, l := range q.labels {
		if !slices.Contains(all, l) {
			t.Errorf("%s: no metric has a label %s: %s", where, l, expr)
		}
	}
	return q
}

// everything gives what a server shows that has seen one of each.
func everything(t *testing.T) exported {
	t.Helper()
	s, addr := startMetered(t)
	s.traffic(t)
	families := scrape(t, addr)
	for _, name := range []string{"domigo_smtp_refusals_total", "domigo_tls_certificate_expiry_timestamp_seconds", "domigo_disk_free_bytes", "process_open_fds"} {
		if families[name] == nil {
			t.Fatalf("%s is not shown", name)
		}
	}
	return exportedBy(families)
}

// panel is one of Grafana's, or a row of them.
type panel struct {
	ID      int
	Title   string
	Type    string
	GridPos struct{ H, W, X, Y int }
	Targets []struct{ Expr, LegendFormat, RefID string }
	Panels  []panel
}

// TestBoard: the Grafana board is JSON, each of its queries names metrics and
// labels that a running server shows, and no two panels overlap.
func TestBoard(t *testing.T) {
	data, err := os.ReadFile("../../contrib/grafana/domigo.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Title, UID  string
		Panels      []panel
		Templating  struct{ List []struct{ Name string } }
		Annotations struct{ List []struct{ Name, Expr string } }
	}
	if err := json.Unmarshal(data, &board); err != nil {
		t.Fatal(err)
	}
	if board.UID == "" || len(board.Panels) == 0 || len(board.Templating.List) != 2 {
		t.Fatalf("board %q has %d panels and %d variables", board.UID, len(board.Panels), len(board.Templating.List))
	}
	e := everything(t)
	legend := regexp.MustCompile(`{{(\w+)}}`)
	type cell struct{ x, y int }
	taken, ids := map[cell]string{}, map[int]bool{}
	for _, p := range board.Panels {
		if p.Title == "" || ids[p.ID] || len(p.Panels) > 0 {
			t.Errorf("panel %d %q: no title, an id that is used, or panels inside", p.ID, p.Title)
		}
		ids[p.ID] = true
		for x := range p.GridPos.W {
			for y := range p.GridPos.H {
				c := cell{p.GridPos.X + x, p.GridPos.Y + y}
				if taken[c] != "" || c.x >= 24 {
					t.Errorf("%s and %s overlap, or leave the board", p.Title, taken[c])
				}
				taken[c] = p.Title
			}
		}
		if p.Type == "row" {
			continue
		}
		if len(p.Targets) == 0 {
			t.Errorf("%s: no query", p.Title)
		}
		for _, target := range p.Targets {
			q := e.check(t, p.Title, target.Expr)
			for _, l := range legend.FindAllStringSubmatch(target.LegendFormat, -1) {
				for name := range q.metrics {
					if !slices.Contains(e[name], l[1]) {
						t.Errorf("%s: %s has no label %s for the legend", p.Title, name, l[1])
					}
				}
			}
			if !strings.Contains(target.Expr, `instance=~"$instance"`) {
				t.Errorf("%s: shows other servers than those chosen: %s", p.Title, target.Expr)
			}
		}
	}
	for _, a := range board.Annotations.List {
		e.check(t, a.Name, a.Expr)
	}
	e.check(t, "variable instance", "domigo_build_info")
}

// rule is one of Prometheus' alert rules.
type rule struct {
	name, expr, wait string
	labels, notes    map[string]string
}

// parseRules reads the part of YAML that the file of rules is written in: groups
// of rules, a field to a line. Anything else is an error.
func parseRules(text string) ([]rule, error) {
	var rules []rule
	line := regexp.MustCompile(`^( *)(- )?(\w+):(?: (.*))?$`)
	var into map[string]string
	for n, l := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if l == "" || strings.HasPrefix(l, "#") {
			continue
		}
		m := line.FindStringSubmatch(l)
		if m == nil {
			return nil, fmt.Errorf("line %d: %q", n+1, l)
		}
		depth, first, key, value := len(m[1])+len(m[2]), m[2] != "", m[3], m[4]
		if strings.HasPrefix(value, `"`) {
			var s string
			if err := json.Unmarshal([]byte(value), &s); err != nil { // of YAML's quoted strings these are a part
				return nil, fmt.Errorf("line %d: %w", n+1, err)
			}
			value = s
		} else if strings.Contains(value, ": ") || strings.Contains(value, " #") {
			return nil, fmt.Errorf("line %d: needs quotes", n+1)
		}
		switch {
		case depth == 0 && key == "groups", depth == 4 && first && key == "name" && value != "", depth == 4 && key == "rules":
		case depth == 8 && first && key == "alert":
			rules = append(rules, rule{name: value, labels: map[string]string{}, notes: map[string]string{}})
		case depth == 8 && !first && key == "expr":
			rules[len(rules)-1].expr = value
		case depth == 8 && !first && key == "for":
			rules[len(rules)-1].wait = value
		case depth == 8 && !first && key == "labels":
			into = rules[len(rules)-1].labels
		case depth == 8 && !first && key == "annotations":
			into = rules[len(rules)-1].notes
		case depth == 10 && into != nil:
			into[key] = value
		default:
			return nil, fmt.Errorf("line %d: %s at depth %d", n+1, key, depth)
		}
	}
	return rules, nil
}

// TestAlerts: the file of rules can be read, each of its queries names metrics
// and labels that a running server shows, and each says what to do.
func TestAlerts(t *testing.T) {
	data, err := os.ReadFile("../../contrib/prometheus/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	rules, err := parseRules(string(data))
	if err != nil || len(rules) < 10 {
		t.Fatalf("%d rules, %v", len(rules), err)
	}
	e := everything(t)
	label := regexp.MustCompile(`\$labels\.(\w+)`)
	seen := map[string]bool{}
	for _, r := range rules {
		if seen[r.name] {
			t.Errorf("%s is there twice", r.name)
		}
		seen[r.name] = true
		q := e.check(t, r.name, r.expr)
		if wait, err := time.ParseDuration(r.wait); r.wait != "" && (err != nil || wait <= 0) || r.wait == "" && !strings.Contains(r.expr, "changes(") {
			t.Errorf("%s: for: %q", r.name, r.wait)
		}
		if s := r.labels["severity"]; s != "page" && s != "ticket" || len(r.labels) != 1 {
			t.Errorf("%s: labels %v", r.name, r.labels)
		}
		if len(r.notes) != 2 || len(r.notes["summary"]) < 20 || len(r.notes["description"]) < 60 {
			t.Errorf("%s: annotations %v", r.name, r.notes)
		}
		for _, l := range label.FindAllStringSubmatch(r.notes["summary"]+r.notes["description"], -1) {
			// What an aggregation leaves of the labels, else those of its metrics.
			left := q.labels
			for name := range q.metrics {
				if !strings.Contains(r.expr, " by (") {
					left = append(left, e[name]...)
				}
			}
			if !slices.Contains(left, l[1]) {
				t.Errorf("%s: the result has no label %s", r.name, l[1])
			}
		}
	}
}

// TestReadmeOfContrib: the page names the variable, the port and the files.
func TestReadmeOfContrib(t *testing.T) {
	text := textOf(t, "../../contrib/README.md")
	for _, want := range []string{"Domigo_Metrics=", "prometheus/alerts.yml", "grafana/domigo.json", "job_name: domigo"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q", want)
		}
	}
	addr, err := netip.ParseAddrPort(regexp.MustCompile(`Domigo_Metrics=(\S+?)` + "`").FindStringSubmatch(text)[1])
	if err != nil || !addr.Addr().IsLoopback() {
		t.Errorf("the example's address: %v, %v", addr, err)
	}
	if _, known := metrics.Describe("Mail.Delivered"); !known {
		t.Error("no descriptions")
	}
}
