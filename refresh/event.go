package refresh

import "time"

// Event tells a host how a run gets on (D6). Events come from the goroutine that called [Runner.Run] and from its heartbeat, one at a time.
type Event struct {
	Run     RunID
	Kind    EventKind
	Step    string        // the step that is being done
	Table   string        // the table, while one is being copied or verified
	Rows    Count         // of the table
	All     Count         // of all tables in this step
	Bytes   int64         // canonical bytes of all rows so far
	Rate    float64       // rows per second over the step so far
	ETA     time.Duration // until the end of the step; 0 is unknown
	At      time.Time
	Message string // for warnings
}

// Count is how much is done of how much. Of is an estimate until it is reached, and 0 where it is unknown.
type Count struct{ Done, Of int64 }

// EventKind is what an event tells.
type EventKind string

// The kinds of events.
const (
	StepStarted  EventKind = "step"
	Progressed   EventKind = "progress"
	Heartbeat    EventKind = "heartbeat" // nothing new, but alive
	Stalled      EventKind = "stalled"   // no rows for the time that [Runner] sets
	Warned       EventKind = "warning"
	StepFinished EventKind = "finished"
)
