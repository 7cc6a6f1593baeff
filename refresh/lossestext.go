package refresh

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
)

// String tells in a sentence what is lost.
func (l Losses) String() string {
	switch rows := l.Lost(); {
	case !l.Counted:
		return "not counted: " + l.Why
	case rows == 0:
		return "nothing: the target has no rows that were created or changed since its last refresh"
	default:
		return fmt.Sprintf("%s%d rows of the target that no refresh has left as they are", l.atLeast(), rows)
	}
}

func (l Losses) atLeast() string {
	for _, t := range l.Tables {
		if t.AtLeast {
			return "at least "
		}
	}
	return ""
}

// Activity tells in words who used the target, "" where that is not known.
func (l Losses) Activity() string {
	switch {
	case l.ActiveUsers == nil:
		return ""
	case l.ActiveSince.IsZero():
		return fmt.Sprintf("%d so far", *l.ActiveUsers)
	default:
		return fmt.Sprintf("%d since %s", *l.ActiveUsers, l.ActiveSince.UTC().Format(time.RFC3339))
	}
}

// reason tells why rows count as lost: their keys, as far as they are shown, or why they were not compared.
func (l TableLoss) reason() string {
	if !l.Compared {
		return "all rows: " + l.Why
	}
	var parts []string
	for _, group := range []struct {
		what string
		rows int64
		keys []string
	}{{"changed", l.Changed, l.ChangedKeys}, {"created", l.Created, l.CreatedKeys}} {
		if len(group.keys) == 0 {
			continue
		}
		text := group.what + " " + strings.Join(group.keys, ", ")
		if int64(len(group.keys)) < group.rows {
			text += ", …"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

// counts gives the numbers of changed, created and deleted rows.
func (l TableLoss) counts() [3]string {
	switch {
	case !l.Compared:
		return [3]string{"-", "-", "-"}
	case l.AtLeast:
		return [3]string{fmt.Sprintf("at least %d", l.Changed), "-", fmt.Sprintf("at least %d", l.Deleted)}
	}
	return [3]string{fmt.Sprint(l.Changed), fmt.Sprint(l.Created), fmt.Sprint(l.Deleted)}
}

// lossRows lists what is lost by table, under a head; nil is nothing.
func (l Losses) lossRows() [][]string {
	var rows [][]string
	for _, t := range l.Tables {
		if t.Lost()+t.Deleted == 0 {
			continue
		}
		if rows == nil {
			rows = [][]string{{"table", "rows", "changed", "created", "deleted", "keys"}}
		}
		counts := t.counts()
		rows = append(rows, []string{t.Table, fmt.Sprint(t.Rows), counts[0], counts[1], counts[2], t.reason()})
	}
	return rows
}

// lossFacts tells what the target loses, as far as anybody was to count.
func (p *Plan) lossFacts() []fact {
	l := p.Annex.Losses
	if !l.Counted && l.Why == "" {
		return nil
	}
	list := []fact{{"will be lost", l.String()}}
	if users := l.Activity(); users != "" {
		list = append(list, fact{"active users", users})
	}
	if l.Counted {
		list = append(list, fact{"tolerated", p.Tolerance.String()})
	}
	return list
}

// losses writes what the target loses.
func (p *Plan) losses(b *strings.Builder) {
	facts := p.lossFacts()
	if facts == nil {
		return
	}
	b.WriteByte('\n')
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, f := range facts {
		fmt.Fprintf(w, "  %s\t%s\n", f.name, f.text)
	}
	w.Flush()
	if rows := p.Annex.Losses.lossRows(); rows != nil {
		b.WriteByte('\n')
		writeTable(b, rows)
	}
}
