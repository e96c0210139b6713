package configdoc

import "strings"

// irrelevantPrefixes start the names of items that Server, Configuration
// Settings and Domain documents carry for other tasks than mail.
var irrelevantPrefixes = []string{
	"$", "http_", "ldap_", "imap_", "pop3_", "nntp_", "diiop_", "iiop_", "translog_", "daos", "ada_", "faenabled", "fadbs", "dcloc", "dcmsgsize", "dcnsdsize", "dcdo",
	"nsdenbld", "frenbld", "fltrcvry", "qta", "sametime", "remotedebug", "ws", "dsapi", "servlet", "java_", "css",
	"admincl", "adm_", "act_", "al_", "jrnl", "mtenabled", "mtno", "mtallow", "mtlog", "mtinterval", "mtmax", "mimeoptions", "snmp",
}

// irrelevantItems are whole names of such items.
var irrelevantItems = map[string]bool{
	"form": true, "type": true, "automationcomment": true, "createaccess": true, "replicaaccess": true,
	"unrestrictedlist": true, "restrictedlist": true, "onbehalfoflst": true, "onbehalfofinvokerlst": true,
	"fulladmin": true, "administrator": true, "localadmin": true, "documentaccess": true, "configname": true,
	"sslcipherlist": true, "pwdcheckinvault": true, "certificate": true, "publickey": true, "owner": true,
	"comment": true, "comments": true, "location": true, "phone": true, "zone": true, "daylightsavingstime": true,
	"smtpcharsetdetect": true, "programaccess": true, "masteraccess": true, "allowpassthru": true,
	"ccandestination": true, "centraldirectory": true, "dirtype": true, "catalogservers": true, "updatedby": true,
}

// Irrelevant reports whether an item is known to have no bearing on mail, so
// that it is not worth a report.
func Irrelevant(item string) bool {
	item = strings.ToLower(item)
	if irrelevantItems[item] {
		return true
	}
	for _, p := range irrelevantPrefixes {
		if strings.HasPrefix(item, p) {
			return true
		}
	}
	return false
}
