package classify_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/masking/classify"
	"github.com/retenant/retenant/tenancy/schema"
)

func text(name string, size int) schema.Column {
	return schema.Column{Name: name, Type: schema.Text, Declared: "text", Size: size, Nullable: true}
}

func of(name string, kind schema.Type, nullable bool) schema.Column {
	return schema.Column{Name: name, Type: kind, Declared: kind.String(), Nullable: nullable}
}

// propose returns the proposal for the only column that takes a rule.
func propose(t *testing.T, table string, column schema.Column, others ...schema.Column) classify.Proposal {
	t.Helper()
	list := classify.Propose(schema.Table{Name: table, Columns: append([]schema.Column{column}, others...)}, classify.Setting{})
	if len(list) == 0 || list[0].Name != column.Name {
		t.Fatalf("%s.%s: no proposal", table, column.Name)
	}
	return list[0]
}

func TestN3ProposalsByName(t *testing.T) {
	for mask, columns := range map[string][]string{
		"first_name": {"first_name", "FirstName", "firstname", "fname", "FIRST_NAME", "givenName", "customer_first_name"},
		"last_name":  {"last_name", "LastName", "lname", "surname", "familyName", "contact", "createdBy", "Composer"},
		"email":      {"email", "e_mail", "EMail", "Email", "emailAddress", "work_email", "useremail", "login", "user_name"},
		"phone":      {"phone", "mobile", "Fax", "telephone_number", "HomePhone", "tel", "cell"},
		"company":    {"company", "CompanyName", "organization", "employer"},
		"free_text":  {"note", "Notes", "comment", "description", "body", "subject", "whatever_this_is", "Remarks"},
		"redact":     {"house_number", "po_box", "district", "initials"},
		"street":     {"address", "street", "BillingAddress", "address1", "street_address"},
		"city":       {"City", "town", "BillingCity", "birthplace", "place_of_birth"},
		"postcode":   {"postal_code", "PostalCode", "zip", "BillingPostalCode"},
		"digits":     {"iban", "bank_account", "account_number", "vat_id", "customer_number"},
		"token":      {"code", "serial_number", "voucher", "external_id", "reference"},
		"url":        {"website", "homepage", "avatar_url", "profile_link"},
		"host":       {"host", "hostname", "domain_name"},
		"secret":     {"password", "password_hash", "api_key", "refresh_token"},
		"null":       {"ssn", "passport", "photo", "gender", "date_of_birth", "ip_address"},
		"pass":       {"status", "type", "currency", "country", "locale", "sku", "BillingCountry", "country_code"},
	} {
		for _, name := range columns {
			if p := propose(t, "things", text(name, 0)); p.Column.Mask != mask {
				t.Errorf("%s: proposed %q (%s), want %s", name, p.Column.Mask, p.Why, mask)
			}
		}
	}
}

func TestN3ProposalsByType(t *testing.T) {
	for _, c := range []struct {
		column schema.Column
		want   string
	}{
		{of("BirthDate", schema.Timestamp, true), "null"},
		{of("birth_date", schema.Date, false), "fixed"},
		{of("HireDate", schema.Timestamp, true), "null"},
		{of("InvoiceDate", schema.Timestamp, false), "pass"},
		{of("created_at", schema.TimestampTZ, false), "pass"},
		{of("password_changed_at", schema.TimestampTZ, true), "pass"},
		{of("some_date", schema.Date, true), "null"},
		{of("UnitPrice", schema.Decimal, false), "pass"},
		{of("Quantity", schema.Integer, false), "pass"},
		{of("message_count", schema.Integer, false), "pass"},
		{of("salary", schema.Decimal, false), "number"},
		{of("bonus", schema.Integer, true), "number"},
		{of("zip", schema.Integer, false), "digits"},
		{of("order_number", schema.Integer, false), "token"},
		{of("iban", schema.Text, false), "digits"},
		{of("ssn", schema.Integer, true), "null"},
		{of("phone", schema.Integer, false), "fixed"},
		{of("frobs", schema.Integer, true), "null"},
		{of("active", schema.Boolean, false), "pass"},
		{of("has_disability", schema.Boolean, true), "null"},
		{of("payload", schema.JSON, false), "fixed"},
		{of("scan", schema.Bytes, true), "null"},
		{of("shape", schema.Other, true), "null"},
		{of("shape", schema.Other, false), ""},
	} {
		if p := propose(t, "things", c.column); p.Column.Mask != c.want {
			t.Errorf("%s %s: proposed %q (%s), want %q", c.column.Name, c.column.Type, p.Column.Mask, p.Why, c.want)
		}
	}
}

func TestN3ProposalsByTable(t *testing.T) {
	for _, c := range []struct{ table, column, want string }{
		{"Genre", "Name", "pass"}, {"countries", "name", "pass"}, {"MediaType", "Name", "pass"}, {"user_roles", "name", "pass"},
		{"Artist", "Name", "last_name"}, {"users", "name", "last_name"}, {"crm.contacts", "name", "last_name"},
		{"companies", "name", "company"}, {"suppliers", "name", "company"},
		{"currencies", "code", "pass"}, {"people", "code", "token"},
		{"Playlist", "Name", "free_text"}, {"Album", "Title", "pass"},
	} {
		if p := propose(t, c.table, text(c.column, 0)); p.Column.Mask != c.want {
			t.Errorf("%s.%s: proposed %q (%s), want %s", c.table, c.column, p.Column.Mask, p.Why, c.want)
		}
	}
	if p := propose(t, "employees", text("Title", 30), text("LastName", 20)); p.Column.Mask != "free_text" {
		t.Errorf("the title of a person: proposed %q", p.Column.Mask)
	}
	if p := propose(t, "customers", text("State", 40), text("City", 40)); p.Column.Mask != "redact" {
		t.Errorf("the state of an address: proposed %q", p.Column.Mask)
	}
}

func TestN3ProposalsFitSizeAndUniqueness(t *testing.T) {
	short := propose(t, "people", text("email", 30))
	if !short.Column.Compact || short.Column.Mask != "email" {
		t.Errorf("an address in 30 characters: %+v", short)
	}
	if p := propose(t, "people", text("email", 12)); p.Column.Mask != "redact" {
		t.Errorf("an address in 12 characters: %+v", p)
	}
	table := schema.Table{Name: "people", Columns: []schema.Column{of("id", schema.Integer, false), {Name: "phone", Type: schema.Text, Size: 60}, {Name: "number", Type: schema.Text, Size: 8}},
		PrimaryKey: []string{"id"}, Unique: []schema.Unique{{Columns: []string{"phone"}}, {Columns: []string{"number"}}}}
	want := []classify.Proposal{
		{Name: "phone", Column: masking.Column{Mask: "email"}, Why: "a telephone number; unique, so it gets the mask that keeps values apart"},
		{Name: "number", Column: masking.Column{Mask: "token", Alphabet: "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"},
			Why: "a code or number that something is looked up by; a value that the mask cannot read refuses the run"},
	}
	if diff := cmp.Diff(want, classify.Propose(table, classify.Setting{})); diff != "" {
		t.Errorf("unique columns (-want +got):\n%s", diff)
	}
}

func TestN3SharedTablesDoNotPassWhatIsUniqueForAll(t *testing.T) {
	table := schema.Table{Name: "products", Columns: []schema.Column{of("id", schema.Integer, false), of("tenant_id", schema.Integer, false), {Name: "sku", Type: schema.Text, Size: 60}},
		PrimaryKey: []string{"id"}, Unique: []schema.Unique{{Columns: []string{"sku"}}}}
	if p := classify.Propose(table, classify.Setting{Shared: true, TenantColumn: "tenant_id"}); p[0].Column.Mask != "email" {
		t.Errorf("unique for all tenants: %+v", p)
	}
	table.Unique[0].Columns = []string{"tenant_id", "sku"}
	if p := classify.Propose(table, classify.Setting{Shared: true, TenantColumn: "tenant_id"}); p[0].Column.Mask != masking.Pass {
		t.Errorf("unique within a tenant: %+v", p)
	}
}

func TestN3ReferencesAndTenantColumnAreFound(t *testing.T) {
	id := of("id", schema.Integer, false)
	s := schema.Schema{Tables: []schema.Table{
		{Name: "companies", Columns: []schema.Column{id, of("tenant_id", schema.Integer, false)}, PrimaryKey: []string{"id"}},
		{Name: "notes", Columns: []schema.Column{id, of("tenant_id", schema.Integer, false), of("company_id", schema.Integer, true), of("parent_id", schema.Integer, true), of("strange_id", schema.Integer, true)}, PrimaryKey: []string{"id"}},
		{Name: "countries", Columns: []schema.Column{id}, PrimaryKey: []string{"id"}},
	}}
	s.Sort()
	references := classify.References(&s, *s.Table("notes"), "tenant_id")
	want := []masking.Reference{{Columns: []string{"company_id"}, To: "companies"}, {Columns: []string{"parent_id"}, To: "notes"}}
	if diff := cmp.Diff(want, references); diff != "" {
		t.Errorf("references (-want +got):\n%s", diff)
	}
	list := classify.Propose(*s.Table("notes"), classify.Setting{Shared: true, TenantColumn: "tenant_id", References: references})
	if len(list) != 1 || list[0].Name != "strange_id" || list[0].Column.Mask != masking.Null || !strings.Contains(list[0].Why, "not declared") {
		t.Errorf("what is left: %+v", list)
	}
	if column, tables := classify.TenantColumn(&s); column != "tenant_id" || tables != 2 {
		t.Errorf("the tenant column is %q in %d tables", column, tables)
	}
}

// TestN3EveryProposalFits holds the package's promise over tables of any kind.
func TestN3EveryProposalFits(t *testing.T) {
	words := rapid.SampledFrom([]string{"id", "email", "phone", "first", "last", "name", "note", "price", "date", "birth", "status", "secret", "url", "x", "address", "count", "user", "company", "at", "Ü"})
	rapid.Check(t, func(t *rapid.T) {
		table := schema.Table{Name: words.Draw(t, "table")}
		for i := range rapid.IntRange(1, 6).Draw(t, "columns") {
			c := schema.Column{Name: strings.Join(rapid.SliceOfN(words, 1, 3).Draw(t, "name"), "_") + fmt.Sprint(i), Type: schema.Type(rapid.IntRange(0, int(schema.JSON)).Draw(t, "type")),
				Nullable: rapid.Bool().Draw(t, "nullable")}
			if c.Type == schema.Text || c.Type == schema.Bytes {
				c.Size = rapid.IntRange(0, 60).Draw(t, "size")
			}
			c.Declared = c.Type.String()
			if c.Type == schema.Decimal {
				c.Declared = rapid.SampledFrom([]string{"numeric", "numeric(10,2)", "NUMERIC(12, 6)", "numeric(5)"}).Draw(t, "declared")
			}
			table.Columns = append(table.Columns, c)
		}
		for range rapid.IntRange(0, 2).Draw(t, "uniques") {
			at := rapid.IntRange(0, len(table.Columns)-1).Draw(t, "unique")
			table.Unique = append(table.Unique, schema.Unique{Columns: []string{table.Columns[at].Name}})
		}
		for _, p := range classify.Propose(table, classify.Setting{Shared: rapid.Bool().Draw(t, "shared")}) {
			if p.Why == "" {
				t.Fatalf("%s: no reason is told", p.Name)
			}
			column, _ := table.Column(p.Name)
			if p.Column.Mask == "" {
				if p.Certain || column.Nullable {
					t.Fatalf("%s: no rule, although NULL would do, or certain of none: %+v", p.Name, p)
				}
				continue
			}
			if problems := p.Column.Check(column); len(problems) > 0 {
				t.Fatalf("%s: the proposal does not fit: %v", p.Name, problems)
			}
			traits, _ := p.Column.Traits()
			for _, u := range table.Unique {
				if u.Columns[0] == p.Name && traits.Uniqueness == masking.Lossy && p.Column.Mask != masking.Null {
					t.Fatalf("%s is unique and the proposal %s is lossy", p.Name, p.Column.Mask)
				}
			}
		}
	})
}
