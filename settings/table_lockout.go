package settings

// maxLockout is the longest time of a lockout field in minutes: ten years, far
// within what the clock can count.
const maxLockout = 10 * 366 * 24 * 60

// lockoutRows: Security > Internet password lockout of the Configuration
// Settings document.
func lockoutRows() []Row {
	return []Row{
		{Form: "ServerConfig", Item: "ILEnforce", Target: "Lockout.Enforce", Type: Flag, Status: Honoured, Doc: "Internet password lockout: too many failed logins lock the name out."},
		{Form: "ServerConfig", Item: "ILLockIP", Target: "Lockout.LockIP", Type: Flag, Status: Honoured, Doc: "Addresses are locked out as well, for failures of names that no person has."},
		{Form: "ServerConfig", Item: "ILCountAgainstIP", Target: "Lockout.CountAgainstIP", Type: Flag, Status: Honoured, Doc: "With ILLockIP: failures of a person's name count against the address, too."},
		{Form: "ServerConfig", Item: "ILLogLockouts", Target: "Lockout.LogLockouts", Type: Flag, Status: Honoured, Doc: "Console lines of lockouts and of attempts while locked out."},
		{Form: "ServerConfig", Item: "ILLogFailures", Target: "Lockout.LogFailures", Type: Flag, Status: Honoured, Doc: "Console line of each failed login with name and address."},
		{Form: "ServerConfig", Item: "ILMaxTries", Target: "Lockout.MaxTries", Type: Int, Max: 1 << 20, Status: Honoured, Doc: "With ILEnforce: failed logins that lock; 0 is no limit."},
		{Form: "ServerConfig", Item: "ILExpMinutes", Target: "Lockout.Expiration", Type: Minutes, Max: maxLockout, Status: Honoured, Doc: "Minutes after which a lock opens at the next try; 0 is never."},
		{Form: "ServerConfig", Item: "ILClearMinutes", Target: "Lockout.Interval", Type: Minutes, Max: maxLockout, Status: Honoured, Doc: "Minutes after the last failure before which a login does not clear the failures; 0: each login does."},
	}
}

// accessRows: Security > Server Access of the Server document.
func accessRows() []Row {
	return []Row{
		{Form: "Server", Item: "AllowAccess", Target: "Ports.AllowAccess", Type: WordList, Status: Honoured, Doc: "With SMTP_EnforceAccess: only these users log in; names, groups, */O=Acme. Blank is everybody."},
		{Form: "Server", Item: "DenyAccess", Target: "Ports.DenyAccess", Type: WordList, Status: Honoured, Doc: "With SMTP_EnforceAccess: these users do not log in; wins over AllowAccess."},
	}
}
