package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"

	"github.com/jmoiron/sqlx"
)

// schemaOfCRM is the host's own schema. Nothing in it is there for retenant's sake but the tenant column.
const schemaOfCRM = `
CREATE TABLE countries  (code TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL);
CREATE TABLE items      (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price NUMERIC(10,2) NOT NULL);
CREATE TABLE companies  (id INTEGER PRIMARY KEY, tenant_id TEXT NOT NULL, name TEXT NOT NULL, city TEXT, country TEXT NOT NULL REFERENCES countries(code));
CREATE TABLE persons    (id INTEGER PRIMARY KEY, tenant_id TEXT NOT NULL, company_id INTEGER NOT NULL REFERENCES companies(id),
                         first_name TEXT NOT NULL, last_name TEXT NOT NULL, email TEXT NOT NULL, phone TEXT, born_on DATE, UNIQUE (tenant_id, email));
CREATE TABLE orders     (id INTEGER PRIMARY KEY, tenant_id TEXT NOT NULL, person_id INTEGER NOT NULL REFERENCES persons(id), ordered_on DATE NOT NULL, status TEXT NOT NULL);
CREATE TABLE lines      (order_id INTEGER NOT NULL REFERENCES orders(id), line_no INTEGER NOT NULL, tenant_id TEXT NOT NULL, item_id INTEGER NOT NULL REFERENCES items(id),
                         quantity INTEGER NOT NULL, price NUMERIC(10,2) NOT NULL, PRIMARY KEY (order_id, line_no));
CREATE TABLE activities (id INTEGER PRIMARY KEY, tenant_id TEXT NOT NULL, person_id INTEGER NOT NULL REFERENCES persons(id), follows_id INTEGER REFERENCES activities(id),
                         kind TEXT NOT NULL, subject TEXT NOT NULL, done_at DATETIME NOT NULL);
CREATE TABLE notes      (id INTEGER PRIMARY KEY, tenant_id TEXT NOT NULL, person_id INTEGER NOT NULL REFERENCES persons(id), body TEXT NOT NULL);
CREATE INDEX companies_tenant ON companies (tenant_id);
CREATE INDEX orders_tenant ON orders (tenant_id, person_id);
CREATE INDEX lines_tenant ON lines (tenant_id);
CREATE INDEX activities_tenant ON activities (tenant_id, person_id);
CREATE INDEX notes_tenant ON notes (tenant_id, person_id);
`

// tables are those that belong to tenants.
var tables = []string{"companies", "persons", "orders", "lines", "activities", "notes"}

// crmMaker writes the rows. All tenants take their ids from the same tables, so that ids of one tenant lie between those of others.
type crmMaker struct {
	ctx    context.Context
	tx     *sqlx.Tx
	random *rand.Rand
	insert map[string]*sqlx.Stmt
	staff  map[string][]int64 // the companies of each tenant
	people int
	err    error
}

// makeCRM fills the database with about as many rows, the same on every machine.
func makeCRM(ctx context.Context, db *sqlx.DB, rows int) error {
	if _, err := db.ExecContext(ctx, schemaOfCRM); err != nil {
		return err
	}
	tx, err := db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	m := &crmMaker{ctx: ctx, tx: tx, random: rand.New(rand.NewPCG(2026, 1)), insert: map[string]*sqlx.Stmt{}, staff: map[string][]int64{}}
	for code, name := range map[string]string{"AT": "Austria", "AU": "Australia", "CA": "Canada", "DE": "Germany", "NZ": "New Zealand", "US": "United States"} {
		m.row("countries", code, name)
	}
	for i := range 200 {
		m.row("items", i+1, pick(m.random, adjectives)+" "+pick(m.random, things), float64(100+m.random.IntN(90_000))/100)
	}
	const each = 11 // rows for one person, about
	for range max(rows/each, 60) {
		m.person(weighted(m.random))
	}
	if m.err != nil {
		return m.err
	}
	return tx.Commit()
}

// weighted picks a tenant. The sandbox has a few rows that somebody left there.
func weighted(random *rand.Rand) string {
	switch n := random.IntN(100); {
	case n < 55:
		return "acme"
	case n < 80:
		return "globex"
	case n < 98:
		return "initech"
	default:
		return "acme-sandbox"
	}
}

// row inserts a row and returns its id.
func (m *crmMaker) row(table string, values ...any) int64 {
	if m.err != nil {
		return 0
	}
	statement := m.insert[table]
	if statement == nil {
		places := strings.TrimSuffix(strings.Repeat("?, ", len(values)), ", ")
		statement, m.err = m.tx.PreparexContext(m.ctx, "INSERT INTO "+table+" VALUES ("+places+")")
		if m.err != nil {
			return 0
		}
		m.insert[table] = statement
	}
	result, err := statement.ExecContext(m.ctx, values...)
	if err != nil {
		m.err = fmt.Errorf("%s: %w", table, err)
		return 0
	}
	id, _ := result.LastInsertId()
	return id
}

// person adds somebody with orders, activities and notes, and now and then a company.
func (m *crmMaker) person(tenant string) {
	r := m.random
	if len(m.staff[tenant]) == 0 || r.IntN(6) == 0 {
		name := pick(r, lastNames) + " " + pick(r, things) + " " + pick(r, []string{"Ltd", "Inc", "GmbH"})
		m.staff[tenant] = append(m.staff[tenant], m.row("companies", nil, tenant, name, pick(r, cities), pick(r, []string{"AT", "AU", "CA", "DE", "NZ", "US"})))
	}
	m.people++
	first, last := pick(r, firstNames), pick(r, lastNames)
	email := fmt.Sprintf("%s.%s.%d@%s.example", strings.ToLower(first), strings.ToLower(last), m.people, tenant)
	id := m.row("persons", nil, tenant, pick(r, m.staff[tenant]), first, last, email, fmt.Sprintf("+43 %d %07d", 1+r.IntN(900), r.IntN(10_000_000)),
		fmt.Sprintf("%d-%02d-%02d", 1950+r.IntN(55), 1+r.IntN(12), 1+r.IntN(28)))
	for range 1 + r.IntN(3) {
		order := m.row("orders", nil, tenant, id, fmt.Sprintf("2026-%02d-%02d", 1+r.IntN(12), 1+r.IntN(28)), pick(r, []string{"open", "shipped", "paid"}))
		for line := range 1 + r.IntN(4) {
			m.row("lines", order, line+1, tenant, 1+r.IntN(200), 1+r.IntN(9), float64(100+r.IntN(90_000))/100)
		}
	}
	var follows any
	for range 1 + r.IntN(3) {
		at := fmt.Sprintf("2026-%02d-%02d %02d:%02d:00", 1+r.IntN(12), 1+r.IntN(28), 8+r.IntN(10), r.IntN(60))
		follows = m.row("activities", nil, tenant, id, follows, pick(r, []string{"call", "visit", "mail", "meeting"}), "Talk to "+first+" about "+pick(r, things), at)
	}
	m.row("notes", nil, tenant, id, fmt.Sprintf("%s %s prefers mail to %s.\nMet at the fair in %s; asked for %s.", first, last, email, pick(r, cities), pick(r, things)))
}

// changes is what changeSource does to the source, for a later look.
const (
	renamed = 25 // persons who get another address
	joined  = 3  // persons who are new
)

// changeSource does what a day in production does.
func changeSource(ctx context.Context, out io.Writer, db *sqlx.DB) error {
	tx, err := db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, `UPDATE persons SET email = 'new.' || email WHERE id IN (SELECT id FROM persons WHERE tenant_id = 'acme' ORDER BY id LIMIT ?)`, renamed); err != nil {
		return err
	}
	var leaver, company int64
	if err := tx.GetContext(ctx, &leaver, `SELECT max(id) FROM persons WHERE tenant_id = 'acme'`); err != nil {
		return err
	}
	for _, statement := range []string{
		`DELETE FROM lines WHERE order_id IN (SELECT id FROM orders WHERE person_id = ?)`, `DELETE FROM orders WHERE person_id = ?`, `DELETE FROM notes WHERE person_id = ?`,
		`UPDATE activities SET follows_id = NULL WHERE person_id = ?`, `DELETE FROM activities WHERE person_id = ?`, `DELETE FROM persons WHERE id = ?`,
	} {
		if _, err := tx.ExecContext(ctx, statement, leaver); err != nil {
			return err
		}
	}
	if err := tx.GetContext(ctx, &company, `SELECT min(id) FROM companies WHERE tenant_id = 'acme'`); err != nil {
		return err
	}
	m := &crmMaker{ctx: ctx, tx: tx, random: rand.New(rand.NewPCG(2026, 2)), insert: map[string]*sqlx.Stmt{}, staff: map[string][]int64{"acme": {company}}, people: 1_000_000}
	for range joined {
		m.person("acme")
	}
	if m.err != nil {
		return m.err
	}
	fmt.Fprintf(out, "In acme, %d persons got another e-mail address, %d joined, and one left with all that was theirs.\n\n", renamed, joined)
	return tx.Commit()
}

func pick[T any](random *rand.Rand, list []T) T { return list[random.IntN(len(list))] }

var (
	firstNames = strings.Fields("Anna Ben Clara David Ella Felix Greta Hugo Ida Jonas Karla Leo Mia Noah Olga Paul Quinn Rosa Simon Thea Uwe Vera Walter Xenia Yann Zoe")
	lastNames  = strings.Fields("Adler Bauer Conrad Dorn Eder Fuchs Gruber Huber Illich Jung Kaiser Lang Moser Novak Ober Pichler Quast Reiter Steiner Thaler Unger Vogel Wagner Zeller")
	cities     = strings.Fields("Graz Hamburg Linz Melbourne Perth Quebec Salzburg Toronto Vienna Wellington")
	adjectives = strings.Fields("blue compact double early fine green heavy light new plain quick red slim tall warm")
	things     = strings.Fields("bearings cables drills engines filters gears hinges lamps motors nails pumps pipes rivets screws sensors springs tubes valves")
)
