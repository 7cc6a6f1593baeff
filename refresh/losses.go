package refresh

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/retenant/retenant/refresh/receipt"
	"github.com/retenant/retenant/tenancy"
)

// Losses is what the target loses by a refresh, as the plan's annex tells it (N6): rows that were created or changed there since the refresh that made
// them. They are told by a digest of each row that the landing left behind, under a key derived from the masking secret; no timestamp is trusted.
type Losses struct {
	Counted     bool        `json:"counted"`
	Why         string      `json:"why,omitempty"`          // why nothing was counted
	Tables      []TableLoss `json:"tables,omitempty"`       // those whose rows go, in the order of the plan, then those that go themselves
	ActiveUsers *int64      `json:"active_users,omitempty"` // who used the target (A9); nil where the directory cannot tell, see [ActivityCounter]
	ActiveSince time.Time   `json:"active_since,omitzero"`  // since when: the time of the target's last refresh; zero is ever
}

// TableLoss is what the target loses of one table.
type TableLoss struct {
	Table       string   `json:"table"`
	Rows        int64    `json:"rows"`                   // that the target has now
	Compared    bool     `json:"compared"`               // with what the last refresh left; otherwise all rows may be lost
	Why         string   `json:"why,omitempty"`          // why they were not compared
	Since       RunID    `json:"since,omitempty"`        // the run that they were compared with
	Changed     int64    `json:"changed"`                // rows that are not as that run left them
	Created     int64    `json:"created"`                // rows that it did not leave
	Deleted     int64    `json:"deleted"`                // rows that it left and that are gone; they come back unless the source has lost them too
	AtLeast     bool     `json:"at_least,omitempty"`     // the table has so many rows that Changed is a lower bound, created rows included
	ChangedKeys []string `json:"changed_keys,omitempty"` // up to five, of tables whose keys are numbers or UUIDs that no mask makes
	CreatedKeys []string `json:"created_keys,omitempty"`
}

// Lost returns how many rows are lost: changed and created ones, or all where that cannot be told.
func (l TableLoss) Lost() int64 {
	if !l.Compared {
		return l.Rows
	}
	return l.Changed + l.Created
}

// Lost returns how many rows are lost in all.
func (l Losses) Lost() (rows int64) {
	for _, t := range l.Tables {
		rows += t.Lost()
	}
	return rows
}

// byTable returns what is lost by table, or nil where nothing was counted.
func (l Losses) byTable() map[string]int64 {
	if !l.Counted {
		return nil
	}
	rows := map[string]int64{}
	for _, t := range l.Tables {
		rows[t.Table] = t.Lost()
	}
	return rows
}

// record tells in a receipt, which has all tables that are at stake, what was lost.
func (l Losses) record(r *receipt.Receipt) {
	r.Losses = receipt.Losses{Counted: l.Counted, Why: l.Why}
	for _, t := range l.Tables {
		at := slices.IndexFunc(r.Tables, func(entry receipt.Table) bool { return entry.Name == t.Table })
		r.Tables[at].Lost, r.Tables[at].LostAtLeast = t.Lost(), t.AtLeast
	}
}

// Tolerance is how much more may be lost than was agreed to, so that a plan that was agreed to on Monday can still be run on Friday. In each table that is
// Rows, and Percent of the rows agreed to. The zero value allows nothing more: a run that is refused costs one more look at the plan, and work that is lost
// without anybody's knowledge cannot be had back. A target on which people or jobs work until the outage needs more. It is counted from what was agreed to,
// however often a run fails and is resumed, and it is a part of that: the plan's hash covers it.
type Tolerance struct {
	Rows    int64 `json:"rows,omitempty"`    // in each table
	Percent int   `json:"percent,omitempty"` // of what was agreed to in each table, rounded down
}

func (t Tolerance) allows(agreed, lost int64) bool {
	return lost-agreed <= t.Rows+int64(float64(agreed)*float64(t.Percent)/100)
}

// String says it in words.
func (t Tolerance) String() string {
	switch {
	case t == Tolerance{}:
		return "nothing more than agreed to"
	case t.Percent == 0:
		return fmt.Sprintf("%d rows more in each table", t.Rows)
	case t.Rows == 0:
		return fmt.Sprintf("%d%% more in each table", t.Percent)
	}
	return fmt.Sprintf("%d%% and %d rows more in each table", t.Percent, t.Rows)
}

// tolerance refuses one that cannot be meant.
func (c *compiler) tolerance() {
	if t := c.Profile.Tolerance; t.Rows < 0 || t.Percent < 0 {
		c.problem(Problem{Message: "the profile's tolerance is below zero", Remedy: "write how many rows more may be lost, or leave it out"})
	}
}

// ActivityCounter is implemented by a [Directory] that knows who uses a tenant (A9).
type ActivityCounter interface {
	// ActiveUsers returns how many users have used the tenant since then; the zero time is ever. It returns [errors.ErrUnsupported] where it cannot tell.
	ActiveUsers(ctx context.Context, id tenancy.ID, since time.Time) (int64, error)
}

// RowDigestWriter is implemented by a [Stage] that can keep a digest of each row, so that later plans tell what will be lost, and that later
// refreshes know whose secrets may stay (`secret: keep`). Without it they cannot, and secrets are blank. Suite: adaptertest.Data.
type RowDigestWriter interface {
	// WriteRowDigests replaces what is kept of a table of the landing's target by these pieces, each of at most 256 KiB, in their order; none take it away.
	// They are written with the landing, as key mappings are: visible with its commit, gone without. It returns [errors.ErrUnsupported] where it cannot.
	WriteRowDigests(ctx context.Context, table string, pieces iter.Seq[[]byte]) error
}

// RowDigestReader is implemented by a [Snapshot] of a database that keeps row digests.
type RowDigestReader interface {
	// RowDigests returns the pieces that are kept of a table, in their order; none where no landing wrote any. A piece is good until the next one. It
	// yields [errors.ErrUnsupported] where it cannot read them.
	RowDigests(ctx context.Context, table string) iter.Seq2[[]byte, error]
}

// activeUsers asks the directory who uses the target.
func (r *Runner) activeUsers(ctx context.Context, target tenancy.Tenant, l *Losses) error {
	counter, ok := r.Directory.(ActivityCounter)
	if !ok {
		return nil
	}
	var since time.Time
	if target.Provenance != nil {
		since = target.Provenance.AsOf
	}
	n, err := counter.ActiveUsers(ctx, target.ID, since)
	if errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("target %s: counting its active users: %w", target.ID, err)
	}
	l.ActiveUsers, l.ActiveSince = &n, since
	return nil
}
