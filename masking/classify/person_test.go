package classify_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/masking/classify"
	"github.com/retenant/retenant/tenancy/schema"
)

// proposed returns the rules that are proposed for a table, as text.
func proposed(table schema.Table, setting classify.Setting) map[string]string {
	got := map[string]string{}
	for _, p := range classify.Propose(table, setting) {
		got[p.Name] = p.Column.String()
	}
	return got
}

func TestN1_NamesAndAddressOfAPersonAgree(t *testing.T) {
	id := of("id", schema.Integer, false)
	for name, c := range map[string]struct {
		table   schema.Table
		setting classify.Setting
		want    map[string]string
	}{
		"an employee": {
			table: schema.Table{Name: "Employee", PrimaryKey: []string{"id"}, Columns: []schema.Column{id, text("FirstName", 40), text("LastName", 40), text("Email", 60), text("Login", 60),
				of("BirthDate", schema.Date, true), of("hire_date", schema.Timestamp, false)}},
			want: map[string]string{"FirstName": "{mask: person, part: first_name, subject: [id], domain: Employee}", "LastName": "{mask: person, part: last_name, subject: [id], domain: Employee}",
				"Email": "{mask: person, part: email, subject: [id], domain: Employee}", "Login": "{mask: person, part: login, subject: [id], domain: Employee}",
				"BirthDate": "{mask: date_shift, days: 180, subject: [id], domain: Employee, malformed: null}", "hire_date": "{mask: date_shift, days: 180, subject: [id], domain: Employee}"},
		},
		"login and address in the short form, both": {
			table: schema.Table{Name: "users", PrimaryKey: []string{"id"}, Columns: []schema.Column{id, text("username", 20), text("email", 60)}},
			want: map[string]string{"username": "{mask: person, part: login, subject: [id], domain: users, compact: true}",
				"email": "{mask: person, part: email, subject: [id], domain: users, compact: true}"},
		},
		"a full name": {
			table: schema.Table{Name: "contacts", PrimaryKey: []string{"id"}, Columns: []schema.Column{id, text("name", 60), text("contact_email", 60)}},
			want: map[string]string{"name": "{mask: person, part: full_name, subject: [id], domain: contacts}",
				"contact_email": "{mask: person, part: email, subject: [id], domain: contacts}"},
		},
		"another person's address is not the row's": {
			table: schema.Table{Name: "people", PrimaryKey: []string{"id"}, Columns: []schema.Column{id, text("first_name", 40), text("last_name", 40), text("spouse_email", 60)}},
			want: map[string]string{"first_name": "{mask: person, part: first_name, subject: [id], domain: people}", "last_name": "{mask: person, part: last_name, subject: [id], domain: people}",
				"spouse_email": "email"},
		},
		"two addresses are not one": {
			table: schema.Table{Name: "people", PrimaryKey: []string{"id"}, Columns: []schema.Column{id, text("name", 60), text("email", 60), text("work_email", 60)}},
			want:  map[string]string{"name": "last_name", "email": "email", "work_email": "email"},
		},
		"a customer with a name of two parts": {
			table: schema.Table{Name: "Customer", PrimaryKey: []string{"id"}, Columns: []schema.Column{id, text("FirstName", 40), text("LastName", 20), text("born", 30)}},
			want: map[string]string{"FirstName": "{mask: person, part: first_name, subject: [id], domain: Customer}", "LastName": "{mask: person, part: last_name, subject: [id], domain: Customer}",
				"born": "{mask: date_shift, days: 180, subject: [id], domain: Customer, malformed: null}"},
		},
		"an order has its customer's name in every row": {
			table: schema.Table{Name: "orders", PrimaryKey: []string{"id"}, Columns: []schema.Column{id, text("first_name", 40), text("last_name", 40)}},
			want:  map[string]string{"first_name": "first_name", "last_name": "last_name"},
		},
		"without a key nobody can be told apart": {
			table: schema.Table{Name: "people", Columns: []schema.Column{text("first_name", 40), text("last_name", 40), of("born", schema.Date, true)}},
			want:  map[string]string{"first_name": "first_name", "last_name": "last_name", "born": "null"},
		},
		"an address that other tables refer to": {
			table: schema.Table{Name: "people", PrimaryKey: []string{"id"}, Columns: []schema.Column{id, text("name", 60), {Name: "email", Type: schema.Text, Size: 60}},
				Unique: []schema.Unique{{Columns: []string{"email"}}}},
			setting: classify.Setting{Referenced: []string{"email"}},
			want:    map[string]string{"name": "last_name", "email": "email"},
		},
		"a date of the only person that the row refers to": {
			table: schema.Table{Name: "visits", PrimaryKey: []string{"id"}, Columns: []schema.Column{id, of("patient_id", schema.Integer, false), of("appointment", schema.Timestamp, false)},
				ForeignKeys: []schema.ForeignKey{{Columns: []string{"patient_id"}, To: "patients", ToColumns: []string{"id"}}}},
			want: map[string]string{"appointment": "{mask: date_shift, days: 180, subject: [patient_id], domain: patients}"},
		},
		"a date of one of two persons": {
			table: schema.Table{Name: "visits", PrimaryKey: []string{"id"}, Columns: []schema.Column{id, of("patient_id", schema.Integer, false), of("nurse", schema.Integer, false), of("appointment", schema.Timestamp, true)},
				ForeignKeys: []schema.ForeignKey{{Columns: []string{"patient_id"}, To: "patients", ToColumns: []string{"id"}}}},
			setting: classify.Setting{References: []masking.Reference{{Columns: []string{"nurse"}, To: "staff"}}},
			want:    map[string]string{"appointment": "null"},
		},
	} {
		if diff := cmp.Diff(c.want, proposed(c.table, c.setting)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// In shared tables, a code of the same form may be another tenant's.
func TestD11_CodesOfSharedTables(t *testing.T) {
	table := schema.Table{Name: "orders", PrimaryKey: []string{"id"}, Columns: []schema.Column{of("id", schema.Integer, false), of("tenant_id", schema.Integer, false), {Name: "reference", Type: schema.Text, Size: 12}},
		Unique: []schema.Unique{{Columns: []string{"reference"}}}}
	if got := proposed(table, classify.Setting{Shared: true, TenantColumn: "tenant_id"}); got["reference"] != "" {
		t.Errorf("unique for all tenants: %v", got)
	}
	table.Unique[0].Columns = []string{"tenant_id", "reference"}
	if got := classify.Propose(table, classify.Setting{Shared: true, TenantColumn: "tenant_id"}); got[0].Column.Mask != "token" {
		t.Errorf("unique within a tenant: %+v", got)
	}
}
