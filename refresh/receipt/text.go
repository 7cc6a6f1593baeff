package receipt

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
)

// String gives the receipt as text for people, one table a line.
func (r *Receipt) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Receipt of run %s\n", r.Run)
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	line := func(name, format string, args ...any) {
		fmt.Fprintf(w, "  %s\t%s\n", name, fmt.Sprintf(format, args...))
	}
	line("source", "%s (%s), %s, as of %s", r.Source.Tenant, r.Source.Kind, r.Source.Database, r.Snapshot.UTC().Format(time.RFC3339))
	line("target", "%s (%s), %s, generation %d", r.Target.Tenant, r.Target.Kind, r.Target.Database, r.Generation)
	line("purpose", "%s, asked for by %s", r.Purpose, r.RequestedBy)
	if r.Masked {
		line("masked", "yes; secret %s, audience %s, dictionaries %.12s", r.Secret, r.Audience, r.Dictionaries)
	} else if r.OptOut != nil {
		line("masked", "NO: turned off by %s: %s", r.OptOut.By, r.OptOut.Reason)
	}
	line("plan", "%.12s, rules %.12s", r.Plan, r.Rules)
	line("foreign keys", "%s during the landing, verified by set", r.ForeignKeys)
	line("settings", "%s", r.Settings)
	if lost := r.lost(); lost != "" {
		line("lost", "%s", lost)
	}
	line("committed", "%s, attempt %d", r.Committed.UTC().Format(time.RFC3339), r.Attempts)
	if !r.Opened.IsZero() {
		line("opened", "%s", r.Opened.UTC().Format(time.RFC3339))
	}
	w.Flush()
	b.WriteByte('\n')
	fmt.Fprintf(w, "  table\tdisposition\tread\twritten\tnew keys\tdigest\n")
	for _, t := range r.Tables {
		fmt.Fprintf(w, "  %s\t%s\t%d\t%d\t%d\t%s\n", t.Name, t.Disposition, t.Read, t.Written, t.NewKeys, short(t.Digest))
	}
	w.Flush()
	for _, t := range r.Tables {
		if t.Nulled+t.Passed > 0 {
			fmt.Fprintf(&b, "  %s: references to other tenants' rows: %d set to NULL, %d passed\n", t.Name, t.Nulled, t.Passed)
		}
		if t.Lost > 0 {
			fmt.Fprintf(&b, "  %s: lost %s%d rows of the target that no refresh had left as they were\n", t.Name, atLeast(t.LostAtLeast), t.Lost)
		}
	}
	r.configured(&b)
	for _, t := range r.Tables {
		for _, c := range t.Columns {
			if c.Kept > 0 {
				fmt.Fprintf(&b, "  %s.%s: the target's own secret stayed in %d rows\n", t.Name, c.Name, c.Kept)
			}
		}
	}
	for _, s := range r.Stragglers {
		fmt.Fprintf(&b, "  straggler: %d rows of %s were written to the target during the outage by somebody else\n", s.Rows, s.Table)
	}
	for _, warning := range r.Warnings {
		fmt.Fprintf(&b, "  warning: %s\n", warning)
	}
	if r.Sealed() {
		fmt.Fprintf(&b, "  sealed %.16s, after %s\n", r.Hash, firstOr(r.Previous, "none"))
	}
	return b.String()
}

// lost tells in words what the target lost in all; "" where the receipt does not say.
func (r *Receipt) lost() string {
	var rows int64
	some := false
	for _, t := range r.Tables {
		rows += t.Lost
		some = some || t.LostAtLeast
	}
	switch {
	case !r.Losses.Counted && r.Losses.Why == "":
		return ""
	case !r.Losses.Counted:
		return "not counted: " + r.Losses.Why
	case rows == 0 && !some:
		return "nothing: the target had no rows that were created or changed since its last refresh"
	default:
		return fmt.Sprintf("%s%d rows of the target that no refresh had left as they were", atLeast(some), rows)
	}
}

func atLeast(so bool) string {
	if so {
		return "at least "
	}
	return ""
}

func short(digest string) string {
	if len(digest) > 24 {
		return digest[:24]
	}
	return digest
}

func firstOr(hash, none string) string {
	if hash == "" {
		return none
	}
	return fmt.Sprintf("%.16s", hash)
}
