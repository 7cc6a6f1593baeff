package memory_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/retenant/retenant/adapters/memory"
	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/schema"
)

// lossTables are a table with a number as its key, one with a UUID, one with two columns, and one without.
func lossTables(layout refresh.KeySpace) (schema.Schema, masking.Rules) {
	pass := masking.Column{Mask: masking.Pass, Reason: "a test"}
	column := func(name string, kind schema.Type) schema.Column {
		return schema.Column{Name: name, Type: kind, Declared: kind.String()}
	}
	s := schema.Schema{Tables: []schema.Table{
		{Name: "numbered", Columns: []schema.Column{column("id", schema.Integer), column("v", schema.Text)}, PrimaryKey: []string{"id"}},
		{Name: "linked", Columns: []schema.Column{column("v", schema.Text), column("numbered", schema.Integer), column("n", schema.Integer)}, PrimaryKey: []string{"numbered", "n"},
			ForeignKeys: []schema.ForeignKey{{Name: "f", Columns: []string{"numbered"}, To: "numbered", ToColumns: []string{"id"}}}},
		{Name: "universal", Columns: []schema.Column{column("id", schema.UUID), column("v", schema.Text)}, PrimaryKey: []string{"id"}},
		{Name: "keyless", Columns: []schema.Column{column("v", schema.Text), column("w", schema.Text)}},
	}}
	rules := masking.Rules{Version: masking.Version, Tables: map[string]masking.Table{
		"numbered":  {Columns: map[string]masking.Column{"v": {Mask: "first_name"}}},
		"universal": {Columns: map[string]masking.Column{"v": pass}},
		"linked":    {Columns: map[string]masking.Column{"v": pass, "n": pass}},
		"keyless":   {Columns: map[string]masking.Column{"v": pass, "w": pass}},
	}}
	delete(rules.Tables["linked"].Columns, "n") // of the key
	if layout == refresh.OwnKeys {
		return s, rules
	}
	rules.TenantColumn = "tenant"
	for i := range s.Tables {
		s.Tables[i].Columns = slices.Insert(s.Tables[i].Columns, 1, column("tenant", schema.Text))
	}
	return s, rules
}

// lossStand is a source, a target that is refreshed, and what its users do there.
type lossStand struct {
	data   *memory.Data
	layout refresh.KeySpace
	next   int
}

var edited = []string{"", "a", "b", "x\x00y"}

// edit does something to a row of the target, or adds one.
func (s *lossStand) edit(t *rapid.T) {
	row := func(r memory.Row) memory.Row {
		if s.layout != refresh.OwnKeys {
			r["tenant"] = "box"
		}
		return r
	}
	value := rapid.SampledFrom(edited).Draw(t, "value")
	numbers := s.rows(t, "numbered")
	var err error
	switch rapid.IntRange(0, 7).Draw(t, "edit") {
	case 0:
		if len(numbers) > 0 {
			_, err = s.data.Update("box", "numbered", row(memory.Row{"id": rapid.SampledFrom(numbers).Draw(t, "row")["id"]}), memory.Row{"v": value})
		}
	case 1:
		_, err = s.data.Update("box", "linked", row(memory.Row{"n": fmt.Sprint(rapid.IntRange(0, 3).Draw(t, "n"))}), memory.Row{"v": value})
	case 2:
		_, err = s.data.Update("box", "keyless", row(memory.Row{"v": rapid.SampledFrom(edited).Draw(t, "of")}), memory.Row{"w": value})
	case 3:
		table := rapid.SampledFrom([]string{"numbered", "linked", "universal", "keyless"}).Draw(t, "table")
		if rows := s.rows(t, table); len(rows) > 0 {
			_, err = s.data.Delete("box", table, rapid.SampledFrom(rows).Draw(t, "row"))
		}
	case 4:
		s.next++
		err = s.data.Insert("box", "numbered", row(memory.Row{"id": fmt.Sprint(1_000_000 + s.next), "v": value}))
	case 5:
		err = s.data.Insert("box", "keyless", row(memory.Row{"v": value, "w": "a"}))
	case 6:
		if rows := s.rows(t, "universal"); len(rows) > 0 {
			_, err = s.data.Update("box", "universal", memory.Row{"id": rapid.SampledFrom(rows).Draw(t, "row")["id"]}, memory.Row{"v": value})
		}
	case 7:
		s.next++
		err = s.data.Insert("box", "universal", row(memory.Row{"id": fmt.Sprintf("018f3b6e-1c2d-7abc-8def-%012d", s.next), "v": value}))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (s *lossStand) rows(t *rapid.T, table string) []memory.Row {
	all, err := s.data.Rows("box", table)
	if err != nil {
		t.Fatal(err)
	}
	var own []memory.Row
	for _, row := range all {
		if s.layout == refresh.OwnKeys || row["tenant"] == "box" {
			own = append(own, row)
		}
	}
	return own
}

// model counts by comparing the rows themselves.
func model(key []string, was, is []memory.Row) [3]int64 {
	id := func(row memory.Row) string {
		if len(key) == 0 {
			return fmt.Sprint(row)
		}
		var text string
		for _, name := range key {
			text += row[name] + "\n"
		}
		return text
	}
	left, same := map[string][]memory.Row{}, func(row memory.Row) func(memory.Row) bool {
		return func(other memory.Row) bool { return maps.Equal(row, other) }
	}
	for _, row := range was {
		left[id(row)] = append(left[id(row)], row)
	}
	var counts [3]int64
	for _, row := range is {
		known := left[id(row)]
		if len(known) == 0 {
			counts[1]++
			continue
		}
		at := slices.IndexFunc(known, same(row))
		if at < 0 {
			counts[0], at = counts[0]+1, 0
		}
		left[id(row)] = slices.Delete(known, at, at+1)
	}
	for _, rows := range left {
		counts[2] += int64(len(rows))
	}
	return counts
}

// TestN6LossesEqualANaiveModel edits a target at random after each of several refreshes.
func TestN6LossesEqualANaiveModel(t *testing.T) {
	secret, err := masking.NewSecret(bytes.Repeat([]byte("losses "), 6))
	if err != nil {
		t.Fatal(err)
	}
	for _, layout := range []refresh.KeySpace{refresh.SharedKeys, refresh.OwnKeys} {
		t.Run(string(layout), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				now := func() time.Time { return time.Date(2026, 4, 3, 8, 0, 0, 0, time.UTC) }
				tables, rules := lossTables(layout)
				s := &lossStand{data: memory.NewData(tables, layout, now), layout: layout}
				insert := func(table string, row memory.Row) {
					if layout != refresh.OwnKeys {
						row["tenant"] = "prod"
					}
					if err := s.data.Insert("prod", table, row); err != nil {
						t.Fatal(err)
					}
				}
				for i := range rapid.IntRange(1, 8).Draw(t, "rows") {
					insert("numbered", memory.Row{"id": fmt.Sprint(10 * i), "v": fmt.Sprint("Person ", i)})
					insert("linked", memory.Row{"numbered": fmt.Sprint(10 * i), "n": fmt.Sprint(i % 3), "v": "a"})
					insert("keyless", memory.Row{"v": "a", "w": edited[i%2]})
					insert("universal", memory.Row{"id": fmt.Sprintf("00000000-0000-4000-8000-%012d", i), "v": "a"})
				}
				store := memory.NewStore(now)
				directory := memory.NewDirectory(tenancy.Tenant{ID: "prod", Kind: tenancy.Production}, tenancy.Tenant{ID: "box", Kind: tenancy.Sandbox})
				runner := refresh.Runner{Store: store, Directory: directory, Source: s.data, Target: s.data, Rules: rules, Secret: secret, Now: now}
				desk := refresh.Desk{Store: store, Directory: directory, Now: now}
				request := refresh.Request{Source: "prod", Target: "box", Purpose: refresh.Develop, By: "ann"}
				plan, err := runner.Plan(t.Context(), request)
				for range rapid.IntRange(1, 3).Draw(t, "refreshes") {
					if err != nil {
						t.Fatal(err)
					}
					admitted, err := desk.Request(t.Context(), request)
					if err == nil {
						err = desk.Acknowledge(t.Context(), admitted.ID, plan)
					}
					if err == nil {
						_, err = runner.Run(t.Context(), admitted.ID)
					}
					if err != nil {
						t.Fatal(err)
					}
					was := map[string][]memory.Row{}
					for _, table := range tables.Tables {
						was[table.Name] = s.rows(t, table.Name)
					}
					for range rapid.IntRange(0, 12).Draw(t, "edits") {
						s.edit(t)
					}
					if plan, err = runner.Plan(t.Context(), request); err != nil {
						t.Fatal(err)
					}
					want, found := map[string][3]int64{}, map[string][3]int64{}
					for _, table := range tables.Tables {
						want[table.Name] = model(table.PrimaryKey, was[table.Name], s.rows(t, table.Name))
					}
					for _, loss := range plan.Annex.Losses.Tables {
						found[loss.Table] = [3]int64{loss.Changed, loss.Created, loss.Deleted}
					}
					if difference := cmp.Diff(want, found); difference != "" {
						t.Fatalf("changed, created and deleted rows (-done +counted):\n%s", difference)
					}
				}
			})
		})
	}
}
