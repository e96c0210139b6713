package settings

import (
	"time"

	"domigo/directory"
	"domigo/settings/match"
	"domigo/settings/rules"
)

// Snapshot is one view of the whole configuration: what a connection or a
// delivery attempt reads. It is made by Build: one made by hand, and the zero
// Snapshot, has no defaults, and is an open relay. It is never changed after Build. Each exported field
// of its parts is filled from exactly one row of the settings table.
type Snapshot struct {
	Generation uint64 // rises with every view of a task

	Identity   Identity
	Domains    Domains
	Ports      Ports
	SMTP       SMTP
	Relay      Relay
	Connection Connection
	Senders    Senders
	Recipients Recipients
	Extensions Extensions
	Filters    Filters
	Lockout    Lockout
	Rules      []rules.Rule // server mail rules, in their order; rules that could not be read are left out
	Router     Router
	Own        Own
	TLS        TLS
	Console    Console
	LDAP       LDAP

	resolved map[string]*Resolved
	choice   Choice
}

// Identity says who the server is. It takes effect at server start.
type Identity struct {
	ServerName string // canonical, "CN=Server-704/O=Acme"; "" when no document names it
	Domain     string // Notes domain
	HostName   string // fully qualified Internet host name
	Build      string // ServerBuildNumber as the document holds it, "Release 7.0.4"
	Product    string // "Lotus Domino Release 7.0.4": greeting, Received, show server (design: identity)
	Directory  string // notes.ini Directory, only shown
	Title      string
	Tasks      []string // ServerTasks
}

// Organization gives the component O of the server's name, "" without one.
func (i *Identity) Organization() string { return organization(i.ServerName) }

// Domains are the local Internet domains. They take effect at server start.
type Domains struct {
	Global  bool              // they come from Global Domain documents
	Primary []string          // local primary Internet domains, lower case
	Aliases map[string]string // alternate Internet domain alias to its document's primary, lower case
	Notes   []NotesDomain     // Notes domains that the Global Domain documents map
}

// NotesDomain maps an Internet domain to a Notes domain, for %Domain entries.
type NotesDomain struct {
	Internet string // lower case
	Notes    string // lower case
}

// Ports are the SMTP inbound ports and their authentication options, from the
// Server document or, with Internet Sites on, from the Site document. They take
// effect when the SMTP task restarts, but for the two access lists, which every
// update reads.
type Ports struct {
	Listener       bool // SMTP listener task
	Port           int
	Enabled        bool
	TLSPort        int
	TLSEnabled     bool
	EnforceAccess  bool
	AllowAccess    []string // Access server: names, groups, */O=Acme; empty is everybody
	DenyAccess     []string // Not access server; wins
	InternetSites  bool     // the options below come from a Site document
	SiteFound      bool     // a Site document applies; false with InternetSites: nobody is served
	NamePassword   bool
	Anonymous      bool
	TLSName        bool // name & password on the TLS port, and after STARTTLS
	TLSAnonymous   bool
	KeyFile        string
	NotesPort      string // SMTPNotesPort
	MoreVariations bool   // "More name variations with lower security"
}

// SiteOff reports that the server uses Internet Sites and none applies, or the
// one that does has every option at No: "This site is not enabled on the
// server."
func (p Ports) SiteOff() bool {
	return p.InternetSites && (!p.SiteFound || !p.NamePassword && !p.Anonymous && !p.TLSName && !p.TLSAnonymous)
}

// SMTP are the listener's variables and limits.
type SMTP struct {
	Greeting             string // "" is Domino's own
	MaxSessions          int    // 0 is no limit but the machine's
	ErrorLimit           int
	MaxRecipients        int
	MaxCommandLength     int
	MaxForRecipients     int
	TimeoutMultiplier    int // times the base of 3 minutes
	StrictAddress        bool
	StrictLine           bool
	NonStandardLineEnd   bool
	NoVersionInReceived  bool
	VerifySender         bool // SMTPVerifyAuthenticatedSender
	DenyWins             bool // SMTPRelayHostsandDomains: the Release 5 conflict rule
	AllHostsExternal     bool
	UpdateInterval       time.Duration
	SenderDomainTimeout  time.Duration
	ConnectionsAnonymous int // SMTPAllowConnectionsAnonymous: -1 not set, else authentication is required and 1 lets the hosts of the Allow list connect without it
	LookupNoDircat       bool
	MaxMessageSize       int64 // octets, 0 is no limit
	STARTTLS             STARTTLS
	TranslateAddresses   Translation
	TranslateFullFirst   bool // SMTPTranslateLookupFullThenLocal: over the field "Address lookup"
	TranslateForeign     bool // SMTPTranslateAddressLookup: addresses outside of the local Internet domains too
	TranslatePreserve822 bool // SMTPTranslateAddressesPreserve822
	Debug                int  // SMTPDebug: 0 to 4
	DebugIO              int  // SMTPDebugIO: 0 to 4
	DebugSSL             bool // SMTPDebugSSL
}

// Translation is SMTPTranslateAddresses.
type Translation int

// The values of the variable.
const (
	TranslateNone Translation = iota // 0
	TranslateFrom                    // 1: the From item
	TranslateAll                     // 2: all address items
)

// STARTTLS is the field "SSL negotiated over TCP/IP port".
type STARTTLS int

// The values of the field, with its codes.
const (
	STARTTLSDisabled STARTTLS = iota // 0
	STARTTLSEnabled                  // 1
	STARTTLSRequired                 // 2
)

// Enforcement is the field "Perform Anti-Relay enforcement for these
// connecting hosts".
type Enforcement int

// The values of the field, with its codes.
const (
	EnforceExternal Enforcement = iota // 0
	EnforceAll                         // 1
	EnforceNone                        // 2
)

// Relay are the inbound relay controls and their enforcement.
type Relay struct {
	AllowDomains match.DomainList // DA: only these destinations
	DenyDomains  match.DomainList // DD
	AllowHosts   match.HostList   // HA: only these sources
	DenyHosts    match.HostList   // HD
	Enforcement  Enforcement
	Exclude      match.HostList // hosts that are spared the checks
	AuthMayRelay bool           // "Allow all authenticated users to relay"
}

// Connection are the inbound connection controls.
type Connection struct {
	VerifyHostName bool
	Allow          match.HostList
	Deny           match.HostList
}

// Senders are the inbound sender controls.
type Senders struct {
	VerifyDomain bool
	Allow        match.AddressList
	Deny         match.AddressList
}

// GroupPolicy is the field "Deny mail to groups".
type GroupPolicy int

// The values of the field, with its codes.
const (
	GroupsAllowed      GroupPolicy = iota // 0
	GroupsDenyExternal                    // 1: to external hosts
	GroupsDenyAll                         // 2: to all hosts
)

// Recipients are the inbound intended recipients controls.
type Recipients struct {
	Verify          bool // local recipients must exist in the directory
	RejectAmbiguous bool
	DenyGroups      GroupPolicy
	Allow           match.AddressList
	Deny            match.AddressList
}

// Extensions are the inbound commands and extensions.
type Extensions struct {
	Size       bool
	Pipelining bool
	DSN        bool
	EightBit   bool
	Help       bool
	Vrfy       bool
	Expn       bool
	Etrn       bool
}

// InternalSMTP is the field "SMTP allowed within the local internet domain".
type InternalSMTP int

// The values of the field. The codes are Domino's: 1, 0, 2.
const (
	InternalDisabled InternalSMTP = iota
	InternalMIMEOnly
	InternalAll
)

// HostLookup is the field "Host name lookup".
type HostLookup int

// The values of the field, with its codes.
const (
	DynamicThenLocal HostLookup = iota // 0
	DynamicOnly                        // 1
	LocalOnly                          // 2
)

// RelayAuth is the field "Use authentication when sending messages to the
// relay host".
type RelayAuth int

// The values of the field, with its codes.
const (
	RelayAuthDisabled RelayAuth = iota // 0
	RelayAuthEnabled                   // 1: try, else go on without
	RelayAuthRequired                  // 2: never without
)

// OutboundTLS is the SMTP outbound TCP/IP port status.
type OutboundTLS int

// The values of the field, with its codes.
const (
	OutboundDisabled   OutboundTLS = iota // 0
	OutboundPlain                         // 1
	OutboundNegotiated                    // 2: STARTTLS when offered, else in clear
)

// NullPathReport is RouterDSNForNULLReversePath.
type NullPathReport int

// The values of the variable.
const (
	NullPathDead NullPathReport = iota // 0: no report; the message is dead, in the place of Domino's dead report
	NullPathSend                       // 1: to the address of the Sender or From field
	NullPathNone                       // 2: no report, and the message is gone
)

// Router are the Router's settings.
type Router struct {
	ExternalSMTP          bool
	InternalSMTP          InternalSMTP
	Lookup                directory.Mode
	Exhaustive            bool
	PrimaryOnly           bool
	RelayHost             string
	RelayAuth             RelayAuth
	RelayUser             string
	RelayPassword         string
	SmartHost             string
	SmartHostAll          bool
	SmartHostNoExpansion  bool // SMTPSmartHostAllDisableGroupExpansion
	HostLookup            HostLookup
	MaxMessageSize        int64 // octets, 0 is no limit
	MaxHops               int
	RetryInterval         time.Duration // the first; later ones grow
	PurgeInterval         time.Duration // how often expired messages are looked for
	MessageTimeout        time.Duration // MailTimeout
	MessageTimeoutMinutes time.Duration // MailTimeoutMinutes; 0 unset. See Expiry
	HoldUndeliverable     bool
	NullPath              NullPathReport
	DisableMailToGroups   bool
	DeliveryThreads       int // 0 is automatic
	TransferThreads       int // 0 is automatic
	ConcurrentTransfers   int // 0 is half of the transfer threads, rounded down
	Port                  int // port on the remote server
	PortStatus            OutboundTLS
	FallbackNonTLS        bool
	ExtSize               bool
	ExtDSN                bool
	ExtEightBit           bool
	LogLevel              int // code of the field: 0 Normal, 1 Minimal, 2 Informational, 3 Verbose; see Logs, a LogLevel counts otherwise
	ReachNamedNetwork     bool
	Outbound              Outbound
	LowPriority           LowPriority
	IgnorePriority        bool // all mail is of normal priority
	Delay                 Delay
	DeadMail              DeadMail
	ExtPipelining         bool
	TLSPort               int  // TLS port on the remote server
	TLSPortOn             bool // it is tried before Port
	Journal               Journal
	Foreign               []ForeignSMTPDomain
	Connections           []SMTPConnection
	Servers               []MailServer // Server documents, this server's own among them
	NoRelayReports        bool         // RouterDisableDSNRelayReports
	FromAsOriginator      bool         // RouterUseFromAsSMTPOriginator
	Translate             bool         // RouterLanguageVisibleNDRStatus
	FreshMessageID        bool         // RFC2822MessageId
	ClientDebug           bool         // SMTPClientDebug
	NonUniqueGroups       bool         // RouterExpansionAllowNonUniqueGroupMatch
	Texts                 Texts
}

// Expiry is how long a message may wait: MailTimeoutMinutes when set, else
// MailTimeout ("Setting the message time-out value").
func (r Router) Expiry() time.Duration {
	if r.MessageTimeoutMinutes > 0 {
		return r.MessageTimeoutMinutes
	}
	return r.MessageTimeout
}

// Own are the variables that Domino does not have.
type Own struct {
	DNS            string
	Hosts          string
	Delivery       string
	TLSCert        string
	TLSKey         string
	ItemMap        string
	SubmissionPort int
	AllowOpenRelay bool
	TrustPTR       bool
	LFDataHosts    match.HostList
	AuthPlain      bool
	AuthNeedsTLS   bool
	ReloadOnChange bool
	Listen         string

	ProxyFrom               match.HostList
	MaxSessionsPerAddress   int // 0 is no limit
	MaxConnectionsPerMinute int // 0 is no limit
	EnhancedStatusCodes     bool
	Chunking                bool
	SMTPUTF8                bool
	ReportLanguage          string // "de"; with RouterLanguageVisibleNDRStatus=1
	Metrics                 string // see MetricsAddress
}

// IsLocal reports whether a domain, in any case, is a local Internet domain
// ("How Domino uses Global domain documents"): exactly one of the primaries or
// aliases, or without Global Domain documents the server's host name and its
// domain.
func (d *Domains) IsLocal(domain string) bool { return d.find(domain) != "" }

// PrimaryOf gives the primary domain when the given one is an alias, else "".
func (d *Domains) PrimaryOf(domain string) string {
	if name := d.find(domain); name != "" {
		return d.Aliases[name]
	}
	return ""
}
