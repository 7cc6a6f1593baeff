package receipt

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Format is the version of the receipt's form.
const Format = 1

// Receipt is the proof of a run: what was read and written, by which rules, and what the target held afterwards. It holds no cell, no
// secret and no key of a row.
type Receipt struct {
	Format       int        `json:"format"`
	Run          string     `json:"run"`
	Source       Side       `json:"source"`
	Target       Side       `json:"target"`
	Purpose      string     `json:"purpose"`
	RequestedBy  string     `json:"requested_by"`
	Masked       bool       `json:"masked"`
	OptOut       *OptOut    `json:"opt_out,omitempty"` // who turned masking off, and why
	Plan         string     `json:"plan"`              // hash of the plan
	Rules        string     `json:"rules"`             // hash of the rules
	Secret       string     `json:"secret"`            // fingerprint of the masking secret
	Audience     string     `json:"audience"`          // whom the fakes are made for
	Dictionaries string     `json:"dictionaries"`      // content hash of the dictionaries that names come from
	Snapshot     time.Time  `json:"snapshot"`          // the source's data is of this time (D22)
	Committed    time.Time  `json:"committed"`
	Opened       time.Time  `json:"opened,omitzero"`
	Attempts     int        `json:"attempts"`
	ForeignKeys  string     `json:"foreign_keys"` // what the database did about them during the landing; they are verified by set in any case
	Settings     string     `json:"settings"`     // of the target after the run
	Generation   int64      `json:"generation"`
	Losses       Losses     `json:"losses,omitzero"` // of the target's own rows, as far as anybody counted them
	Tables       []Table    `json:"tables"`
	Stragglers   []Straggle `json:"stragglers,omitempty"`
	Configured   []Setting  `json:"configured,omitempty"`
	Warnings     []string   `json:"warnings,omitempty"`
	Previous     string     `json:"previous"`       // hash of the receipt sealed before this one; "" is none
	Hash         string     `json:"hash,omitempty"` // over all of the above; "" until sealed
}

// Side is a tenant and the database that holds it, without credentials.
type Side struct {
	Tenant   string `json:"tenant"`
	Kind     string `json:"kind"`
	Database string `json:"database"`
}

// OptOut is who authorized a copy without masks.
type OptOut struct {
	By     string `json:"by"`
	Reason string `json:"reason"`
}

// Table is what was done to a table.
type Table struct {
	Name        string   `json:"name"`
	Disposition string   `json:"disposition"`             // of the plan, or [Dropped]
	Read        int64    `json:"read"`                    // rows of the source in scope
	Written     int64    `json:"written"`                 // rows of the target
	Nulled      int64    `json:"nulled,omitempty"`        // references to other tenants' rows that became NULL by rule
	Passed      int64    `json:"passed,omitempty"`        // references to other tenants' rows that were passed by rule
	Lost        int64    `json:"lost,omitempty"`          // rows of the target that went and that no refresh had left as they were; 0 also where nobody counted, see [Losses]
	LostAtLeast bool     `json:"lost_at_least,omitempty"` // Lost is a lower bound
	NewKeys     int64    `json:"new_keys"`                // keys reserved in this run; the others are those of earlier refreshes
	Digest      string   `json:"digest,omitempty"`        // see refresh.Digest
	Columns     []Column `json:"columns,omitempty"`       // how each column was treated
}

// Dropped is the disposition of a table that only the target had, and that went with its rows.
const Dropped = "dropped"

// Losses tells whether the rows that the target lost were counted, after the last transaction on it had ended. Both fields are empty in a receipt that does not
// tell.
type Losses struct {
	Counted bool   `json:"counted,omitempty"`
	Why     string `json:"why,omitempty"` // why they were not
}

// Setting is what became of a setting of the host's. It holds no value.
type Setting struct {
	Name     string `json:"name"`
	Choice   string `json:"choice"`             // of the profile
	From     string `json:"from"`               // whose value it has now: "target", "source" or "default"
	Secret   bool   `json:"secret,omitempty"`   // from the target: kept; from the default: blank
	Conflict bool   `json:"conflict,omitempty"` // target and source had both changed it, and the choice decided
}

// Column is how a column was treated.
type Column struct {
	Name      string `json:"name"`
	Treatment string `json:"treatment"`      // as the plan prints it: "mask email v1", "pass: …"
	Kept      int64  `json:"kept,omitempty"` // rows in which the target's own secret stayed
}

// Straggle counts rows that the host wrote to the target between the begin of the outage and the commit.
type Straggle struct {
	Table string `json:"table"`
	Rows  int64  `json:"rows"`
}

// Errors of [Receipt.Verify].
var (
	ErrNotSealed = errors.New("receipt is not sealed")
	ErrAltered   = errors.New("receipt was altered after it was sealed")
)

// Sealed tells whether the receipt is complete.
func (r *Receipt) Sealed() bool { return r.Hash != "" }

// Seal chains the receipt to the one sealed before it and closes it.
func (r *Receipt) Seal(previous string) {
	r.Previous, r.Hash = previous, ""
	r.Hash = r.sum()
}

// Verify returns nil if the receipt is as it was when it was sealed.
func (r *Receipt) Verify() error {
	if !r.Sealed() {
		return ErrNotSealed
	}
	if subtle.ConstantTimeCompare([]byte(r.Hash), []byte(r.sum())) != 1 {
		return fmt.Errorf("run %s: %w", r.Run, ErrAltered)
	}
	return nil
}

// sum hashes the receipt's JSON without its hash: Go writes the fields of a struct in their order, so the form is stable.
func (r *Receipt) sum() string {
	open := *r
	open.Hash = ""
	data, err := json.Marshal(open)
	if err != nil { // no field of a Receipt can fail to be written but a time outside years 0 to 9999
		return "unwritable: " + err.Error()
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// VerifyChain checks each receipt and that each is chained to the one before it, the oldest first.
func VerifyChain(receipts []Receipt) error {
	previous := ""
	for i := range receipts {
		r := &receipts[i]
		if err := r.Verify(); err != nil {
			return err
		}
		if i > 0 && r.Previous != previous {
			return fmt.Errorf("run %s: chained to another receipt than that of the run before it: %w", r.Run, ErrAltered)
		}
		previous = r.Hash
	}
	return nil
}
