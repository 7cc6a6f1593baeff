package adaptertest

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// Agree refreshes the same rows in two stores, under masks for every type of column, and compares the copies: for the same canonical values both have the
// same fakes, and the same keys where these are not handed out by a sequence (N9).
func Agree(t *testing.T, one, other DataHarness) {
	a, b := copyOf(t, one), copyOf(t, other)
	for _, column := range slices.Concat(agreeing, []string{"assets.id", "assets.parent_id", "parts.code", "parts.asset_id", "parts.part_of"}) {
		common := 0
		for original, fake := range a[column] {
			theirs, both := b[column][original]
			if !both {
				continue // this store keeps the value in another form: a scale that the other drops
			}
			common++
			if difference := cmp.Diff(fake, theirs); difference != "" {
				t.Errorf("%s: two stores make different copies of %s (-one +other):\n%s", column, show(original, true), difference)
			}
		}
		if common == 0 {
			t.Errorf("%s: the stores have no value in common: %v and %v", column, a[column], b[column])
		}
	}
}

// agreeing are the columns that Agree puts a mask on, beside those of the CRM's own rules.
var agreeing = []string{"companies.name", "companies.phone", "persons.first_name", "persons.last_name", "persons.email", "persons.born", "persons.active", "items.name",
	"items.price", "orders.placed", "orders.remark", "activities.subject", "notes.title", "notes.body", "notes.number", "notes.ratio", "notes.amount", "notes.flag",
	"notes.day", "notes.clock", "notes.moment", "notes.instant", "notes.token", "notes.raw", "notes.document"}

// copyOf refreshes the sandbox and returns, by table and column, the copies of the canonical values.
func copyOf(t *testing.T, harness DataHarness) map[string]map[string]string {
	s := newStand(t, harness, 25)
	rule := func(table, column string, c masking.Column) { s.runner.Rules.Tables[table].Columns[column] = c }
	shift := masking.Column{Mask: "date_shift", Days: 40, Subject: []string{"label"}}
	rule("persons", "born", shift)
	rule("items", "name", masking.Column{Mask: "street"})
	rule("items", "price", masking.Column{Mask: "number", Percent: 20})
	rule("orders", "placed", shift)
	rule("notes", "title", masking.Column{Mask: "city"})
	rule("notes", "number", masking.Column{Mask: "digits"})
	rule("notes", "ratio", masking.Column{Mask: "number", Percent: 30})
	rule("notes", "amount", masking.Column{Mask: "number", Percent: 5})
	rule("notes", "day", shift)
	rule("notes", "moment", shift)
	rule("notes", "instant", shift)
	rule("notes", "token", masking.Column{Mask: "token"})
	rule("notes", "document", masking.Column{Mask: "json", Rest: masking.RestRedact})
	s.refresh(sandbox)
	snapshot, err := s.db.Target.Snapshot(t.Context(), production)
	s.must(err)
	defer snapshot.Close()
	made := map[string]map[string]string{}
	for _, table := range s.crm.tables() {
		if table.global {
			continue
		}
		copies := map[string]Row{}
		for _, row := range s.canonical(snapshot, table.name, sandbox) {
			copies[row["label"]] = row
		}
		for _, row := range s.canonical(snapshot, table.name, production) {
			for column, original := range row {
				if name := table.name + "." + column; made[name] == nil {
					made[name] = map[string]string{}
				}
				fake, some := copies[row["label"]][column]
				if !some {
					fake = "NULL"
				}
				if slices.Contains([]string{"placed", "born", "day", "moment", "instant"}, column) { // by its subject
					original = row["label"] + " " + original
				}
				made[table.name+"."+column][original] = fake
			}
		}
	}
	return made
}

// canonical reads the rows of a tenant through the adapter.
func (s *stand) canonical(snapshot refresh.Snapshot, table string, tenant tenancy.ID) []Row {
	rows, _ := s.read(snapshot, s.extent(s.describe(), table, tenant), 0)
	return rows
}
