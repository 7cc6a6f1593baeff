package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

func heading(out io.Writer, text string) {
	fmt.Fprintf(out, "\n%s\n%s\n\n", text, strings.Repeat("=", len(text)))
}

// aligned prints lines of cells with tabs between them, in columns.
func aligned(out io.Writer, lines ...string) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, line := range lines {
		fmt.Fprintln(w, line)
	}
	w.Flush()
}

// showTenants counts rows.
func showTenants(ctx context.Context, out io.Writer, db *sqlx.DB) error {
	lines := []string{"tenant\t" + strings.Join(tables, "\t") + "\tids of persons"}
	for _, tenant := range []string{"acme", "globex", "initech", "acme-sandbox"} {
		line := tenant
		for _, table := range tables {
			var n int
			if err := db.GetContext(ctx, &n, "SELECT count(*) FROM "+table+" WHERE tenant_id = ?", tenant); err != nil {
				return err
			}
			line += fmt.Sprintf("\t%d", n)
		}
		var ids []string
		if err := db.SelectContext(ctx, &ids, "SELECT id FROM persons WHERE tenant_id = ? ORDER BY id LIMIT 5", tenant); err != nil {
			return err
		}
		lines = append(lines, line+"\t"+strings.Join(ids, ", ")+", …")
	}
	aligned(out, lines...)
	return nil
}

// progress shows how a run gets on: as a bar on a terminal, else as a line for each step.
func progress(out io.Writer) func(refresh.Event) {
	if file, ok := out.(*os.File); !ok || !term.IsTerminal(int(file.Fd())) {
		return func(e refresh.Event) {
			switch e.Kind {
			case refresh.StepFinished:
				line := e.Step
				if e.All.Done > 0 {
					line += fmt.Sprintf("\t%d rows", e.All.Done)
				}
				fmt.Fprintf(out, "  %s\n", strings.Replace(line, "\t", strings.Repeat(" ", max(1, 9-len(e.Step))), 1))
			case refresh.Warned, refresh.Stalled:
				fmt.Fprintf(out, "  %s: %s %s\n", e.Kind, e.Step, e.Message)
			}
		}
	}
	var bar *progressbar.ProgressBar
	return func(e refresh.Event) {
		switch e.Kind {
		case refresh.Progressed:
			if bar == nil {
				bar = progressbar.NewOptions64(max(e.All.Of, 1), progressbar.OptionSetDescription(fmt.Sprintf("  %-8s", e.Step)), progressbar.OptionSetWriter(out),
					progressbar.OptionSetWidth(40), progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond))
			}
			bar.ChangeMax64(max(e.All.Of, 1))
			_ = bar.Set64(e.All.Done)
		case refresh.StepFinished:
			if bar == nil {
				fmt.Fprintf(out, "  %s\n", e.Step)
				return
			}
			_ = bar.Finish()
			bar = nil
			fmt.Fprintln(out)
		case refresh.Warned:
			fmt.Fprintf(out, "\n  warning: %s\n", e.Message)
		}
	}
}

// fingerprints hashes all rows of each tenant, by SQL of its own and in order, without any help of retenant.
func fingerprints(ctx context.Context, db *sqlx.DB, tenants ...string) (map[string]string, error) {
	sums := map[string]string{}
	for _, tenant := range tenants {
		hash := sha256.New()
		for _, table := range tables {
			rows, err := db.QueryxContext(ctx, "SELECT * FROM "+table+" WHERE tenant_id = ? ORDER BY 1, 2", tenant)
			if err != nil {
				return nil, err
			}
			for rows.Next() {
				values, err := rows.SliceScan()
				if err != nil {
					return nil, err
				}
				fmt.Fprintf(hash, "%s %q\n", table, values)
			}
			if err := rows.Err(); err != nil {
				return nil, err
			}
		}
		sums[tenant] = fmt.Sprintf("%x", hash.Sum(nil))
	}
	return sums, nil
}

// showUntouched compares the other tenants with what they were before the run.
func showUntouched(ctx context.Context, out io.Writer, db *sqlx.DB, before map[string]string) error {
	after, err := fingerprints(ctx, db, "acme", "globex", "initech")
	if err != nil {
		return err
	}
	lines := []string{"tenant\tsha256 of all rows before\tand after\t"}
	for _, tenant := range []string{"acme", "globex", "initech"} {
		if before[tenant] != after[tenant] {
			return fmt.Errorf("the rows of %s have changed", tenant)
		}
		lines = append(lines, fmt.Sprintf("%s\t%.16s\t%.16s\tequal", tenant, before[tenant], after[tenant]))
	}
	fmt.Fprintln(out)
	aligned(out, lines...)
	return nil
}

// person is a row of persons with a note.
type person struct {
	ID    int64
	First string `db:"first_name"`
	Last  string `db:"last_name"`
	Email string
	Phone string
	Note  string
}

// persons returns the persons of a tenant in order of their ids. A copy's ids are in the order of the originals'.
func persons(ctx context.Context, db *sqlx.DB, tenant string) ([]person, error) {
	var list []person
	err := db.SelectContext(ctx, &list, `SELECT p.id, p.first_name, p.last_name, p.email, p.phone, n.body AS note
		FROM persons p JOIN notes n ON n.person_id = p.id WHERE p.tenant_id = ? ORDER BY p.id`, tenant)
	return list, err
}

// showPeople puts originals and copies side by side.
func showPeople(ctx context.Context, out io.Writer, db *sqlx.DB) error {
	originals, err := persons(ctx, db, "acme")
	if err != nil {
		return err
	}
	copies, err := persons(ctx, db, "acme-sandbox")
	if err != nil {
		return err
	}
	if len(originals) != len(copies) {
		return fmt.Errorf("%d persons were copied to %d", len(originals), len(copies))
	}
	heading(out, "Ten people in acme, and in acme-sandbox")
	lines := []string{"id\tname\te-mail\tphone\t\tid\tname\te-mail\tphone"}
	cells := func(p person) string {
		return fmt.Sprintf("%d\t%s %s\t%s\t%s", p.ID, p.First, p.Last, p.Email, p.Phone)
	}
	for i := range min(10, len(originals)) {
		lines = append(lines, cells(originals[i])+"\t→\t"+cells(copies[i]))
	}
	aligned(out, lines...)
	fmt.Fprintf(out, "\nA note in acme:\n%s\n\nThe same in acme-sandbox:\n%s\n", indent(originals[0].Note), indent(copies[0].Note))
	return nil
}

func indent(text string) string { return "  " + strings.ReplaceAll(text, "\n", "\n  ") }

// showSettings asks the guard what the copy may do.
func showSettings(ctx context.Context, out io.Writer, directory refresh.Directory, id tenancy.ID) error {
	heading(out, "The copy is quiet")
	tenant, err := directory.Tenant(ctx, id)
	if err != nil {
		return err
	}
	for _, channel := range []tenancy.Channel{tenancy.Mail, tenancy.Callout, tenancy.Workflow} {
		refusal := tenant.Allow(channel)
		if refusal == nil {
			return fmt.Errorf("%s may use %s right after a refresh", id, channel)
		}
		fmt.Fprintln(out, refusal)
	}
	return nil
}

// seen is what stood in source and sandbox at one time.
type seen struct {
	original, copied map[string][]int64 // keys by table, in order
	people           map[int64]person   // of the sandbox
}

func look(ctx context.Context, db *sqlx.DB) (seen, error) {
	s := seen{map[string][]int64{}, map[string][]int64{}, map[int64]person{}}
	for _, table := range tables {
		key := "id"
		if table == "lines" {
			key = "order_id * 100 + line_no"
		}
		for tenant, keys := range map[string]map[string][]int64{"acme": s.original, "acme-sandbox": s.copied} {
			var list []int64
			if err := db.SelectContext(ctx, &list, "SELECT "+key+" FROM "+table+" WHERE tenant_id = ? ORDER BY 1", tenant); err != nil {
				return s, err
			}
			keys[table] = list
		}
	}
	list, err := persons(ctx, db, "acme-sandbox")
	for _, p := range list {
		s.people[p.ID] = p
	}
	return s, err
}

// showStable compares two refreshes: a row that was in the source both times has one key in the sandbox, and one fake.
func showStable(ctx context.Context, out io.Writer, db *sqlx.DB, before seen) error {
	after, err := look(ctx, db)
	if err != nil {
		return err
	}
	heading(out, "Keys and fakes are stable")
	lines := []string{"table\trows in both refreshes\twith the same key\tnew\tgone"}
	for _, table := range tables {
		stayed, came, went := compare(before.original[table], after.original[table])
		kept, fresh, gone := compare(before.copied[table], after.copied[table])
		lines = append(lines, fmt.Sprintf("%s\t%d\t%d\t%d\t%d", table, stayed, kept, fresh, gone))
		if kept != stayed || fresh != came || gone != went {
			return fmt.Errorf("%s: of %d rows that stayed %d have the same key; %d came and %d are new; %d went and %d are gone", table, stayed, kept, came, fresh, went, gone)
		}
	}
	aligned(out, lines...)
	same, other := 0, 0
	for id, p := range after.people {
		was, known := before.people[id]
		switch {
		case !known:
		case was.First != p.First || was.Last != p.Last || was.Phone != p.Phone:
			return fmt.Errorf("person %d has another fake", id)
		case was.Email != p.Email:
			other++
		default:
			same++
		}
	}
	fmt.Fprintf(out, "\n%d persons have the same fakes as before; %d have the same but for the e-mail address, which is another one in the source too.\n", same, other)
	if other != renamed {
		return fmt.Errorf("%d persons have another address, and %d were given one", other, renamed)
	}
	return nil
}

// compare counts what is in both lists, in the second alone, and in the first alone.
func compare(before, after []int64) (both, came, went int) {
	for _, id := range after {
		if _, found := slices.BinarySearch(before, id); found {
			both++
		}
	}
	return both, len(after) - both, len(before) - both
}

// showFiles says how to look at what was made.
func showFiles(out io.Writer, dir string) {
	heading(out, "Look for yourself")
	crm, state := filepath.Join(dir, "crm.db"), filepath.Join(dir, "state.db")
	aligned(out,
		crm+"\tthe tenants' data",
		state+"\ttenants, refreshes and receipts",
		filepath.Join(dir, "secret")+"\twhat the fakes come from; readable by you alone")
	fmt.Fprintf(out, "\nsqlite3 %q \"SELECT tenant_id, id, first_name, email FROM persons WHERE tenant_id LIKE 'acme%%' LIMIT 20\"\n", crm)
	fmt.Fprintf(out, "sqlite3 %q \"SELECT id, state FROM retenant_refresh\"\n", state)
}
