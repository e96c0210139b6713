package settings

// maxConsoleLog is the largest Console_Log_Max_Kbytes, in KB: 1 GB ("Using
// console log mirroring").
const maxConsoleLog = 1_000_000

// consoleRows: the variables of the server console.
func consoleRows() []Row {
	return []Row{
		{Name: "Console_Log_Enabled", Target: "Console.LogEnabled", Type: Flag, Default: "1", Takes: Live, Status: Honoured,
			Doc: "1: console lines go to console.log. START and STOP CONSOLELOG hold until this is edited or the server ends."},
		{Name: "Console_Log_Max_Kbytes", Target: "Console.LogMax", Type: Kilobytes, Default: "0", Shown: "no limit", Max: maxConsoleLog, Takes: Live, Status: Partial,
			Reason: "at the maximum console.log becomes console.log.1 and a new one begins; Domino writes over its beginning",
			Doc:    "Maximum size of console.log in KB; 0 is no limit."},
		{Name: "DateOrder", Target: "Console.DateOrder", Type: Enum, Default: "MDY", Enum: map[string]int{"MDY": 0, "DMY": 1, "YMD": 2}, Takes: Live, Status: Honoured,
			Doc: "Order of month, day and year on the console."},
		{Name: "DateSeparator", Target: "Console.DateSeparator", Type: String, Default: "/", Takes: Live, Status: Honoured,
			Doc: "Separator of dates on the console: one character, no letter or digit."},
		{Name: "TimeSeparator", Target: "Console.TimeSeparator", Type: String, Default: ":", Takes: Live, Status: Honoured,
			Doc: "Separator of times on the console: one character, no letter or digit."},
		{Name: "ClockType", Target: "Console.ClockType", Type: Enum, Default: "12_Hour", Enum: map[string]int{"12_Hour": 0, "24_Hour": 1}, Takes: Live, Status: Honoured,
			Doc: "12-hour or 24-hour clock on the console."},
		{Name: "DEBUG_THREADID", Target: "Console.ThreadID", Type: Flag, Default: "0", Takes: Live, Status: Honoured,
			Doc: "1: each line of the console begins with the process id in the place of Domino's thread id."},
	}
}
