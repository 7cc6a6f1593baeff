package tenancy

import "fmt"

// Channel is a way in which a tenant acts on the world outside.
type Channel string

// The channels that the guard knows. Any other is closed.
const (
	Mail     Channel = "mail"     // mail and messages to people
	Callout  Channel = "callout"  // calls to the APIs of others
	Workflow Channel = "workflow" // the next due run of a scheduled workflow
)

// Refusal says why the guard keeps a channel closed. It matches [ErrRefused].
type Refusal struct {
	Tenant  ID
	Channel Channel
	Reason  string
}

// Error names the tenant, the channel and the reason.
func (r *Refusal) Error() string {
	return fmt.Sprintf("tenant %s: %s refused: %s", r.Tenant, r.Channel, r.Reason)
}

// Is matches [ErrRefused].
func (r *Refusal) Is(target error) bool { return target == ErrRefused }

// Allow is the guard: it returns nil if the tenant may use the channel now, and a [*Refusal] otherwise. A host asks it before
// every mail, callout and scheduled run. A closed tenant uses no channel, and there are no exempt categories.
func (t Tenant) Allow(c Channel) error {
	if t.Outage != nil {
		return &Refusal{t.ID, c, "the tenant is closed for run " + t.Outage.Run}
	}
	s := t.Settings
	reason := ""
	switch c {
	case Mail:
		if !s.Communications() {
			reason = "communications are off"
		}
	case Callout:
		switch {
		case !s.Communications():
			reason = "callouts need communications first, and these are off"
		case !s.Callouts():
			reason = "callouts are off; enabling communications does not enable them"
		}
	case Workflow:
		if !s.Workflows() {
			reason = "scheduled workflows are off"
		}
	default:
		reason = "the channel is not known to the guard"
	}
	if reason == "" {
		return nil
	}
	if p := t.Provenance; p != nil {
		reason += fmt.Sprintf("; the tenant is a copy of %s, and acting would overlap with it", p.Source)
	}
	return &Refusal{t.ID, c, reason}
}
