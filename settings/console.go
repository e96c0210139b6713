package settings

// Console are the variables of the server console: the form of its lines and
// its log file. They are read at every update of either task.
type Console struct {
	LogEnabled    bool  // Console_Log_Enabled
	LogMax        int64 // Console_Log_Max_Kbytes, in octets; 0 is no limit
	DateOrder     DateOrder
	DateSeparator string
	TimeSeparator string
	ClockType     ClockType
	ThreadID      bool // DEBUG_THREADID
}

// DateOrder is the order of month, day and year.
type DateOrder int

// The values of the variable DateOrder.
const (
	DateMDY DateOrder = iota
	DateDMY
	DateYMD
)

// ClockType is the variable ClockType.
type ClockType int

// The values of the variable.
const (
	Clock12 ClockType = iota // 12_Hour
	Clock24                  // 24_Hour
)
