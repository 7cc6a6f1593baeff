package masking_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

// stand is a table with some rows, and masks compiled for its columns.
type stand struct {
	t       testing.TB
	table   schema.Table
	binding masking.Binding
}

func newStand(t testing.TB, columns ...schema.Column) *stand {
	return &stand{t: t, table: schema.Table{Name: "t", Columns: columns},
		binding: masking.Binding{Secret: testSecret(t, 1), Audience: "target"}}
}

func column(name string, typ schema.Type) schema.Column {
	return schema.Column{Name: name, Type: typ, Declared: typ.String(), Nullable: true}
}

func (s *stand) compile(name string, c masking.Column) *masking.Mask {
	s.t.Helper()
	col, _ := s.table.Column(name)
	m, err := c.CompileFor(s.binding, &s.table, col)
	if err != nil {
		s.t.Fatal(err)
	}
	return &m
}

// null stands for NULL in a row.
const null = "\x00NULL"

func (s *stand) row(values ...string) schema.Row {
	b := schema.NewBatch(len(s.table.Columns), 0)
	for _, v := range values {
		if v == null {
			b.Append(schema.Cell{})
		} else {
			b.Append(schema.Cell{Bytes: []byte(v), Form: schema.Regular})
		}
	}
	return b.Row(0)
}

// mask masks the named cell of a row.
func (s *stand) mask(name string, m *masking.Mask, row schema.Row) string {
	s.t.Helper()
	out, form, err := m.Append([]byte("before"), row.Cell(s.table.Index(name)), row)
	if err != nil {
		s.t.Fatal(err)
	}
	if !strings.HasPrefix(string(out), "before") {
		s.t.Fatal("the mask changed what the buffer held")
	}
	if form == schema.Null {
		return null
	}
	return string(out[len("before"):])
}

var persons = []schema.Column{column("id", schema.Integer), column("first", schema.Text), column("last", schema.Text), column("full", schema.Text),
	column("login", schema.Text), column("email", schema.Text), column("born", schema.Date), column("seen", schema.TimestampTZ)}

var personParts = map[string]masking.Part{"first": masking.PartFirstName, "last": masking.PartLastName, "full": masking.PartFullName,
	"login": masking.PartLogin, "email": masking.PartEmail}

func TestA7_PartsOfAPersonAgree(t *testing.T) {
	s := newStand(t, persons...)
	for _, compact := range []bool{false, true} {
		masks := map[string]*masking.Mask{}
		for name, part := range personParts {
			masks[name] = s.compile(name, masking.Column{Mask: "person", Part: part, Subject: []string{"id"}, Compact: compact && (name == "login" || name == "email")})
		}
		people := map[string]bool{}
		for i := range 2000 {
			row := s.row(strconv.Itoa(i), "Ann", "Lee", "Ann Lee", "alee", "ann@example.org", null, null)
			got := map[string]string{}
			for name, m := range masks {
				got[name] = s.mask(name, m, row)
			}
			local, host, _ := strings.Cut(got["email"], "@")
			if got["full"] != got["first"]+" "+got["last"] || local != got["login"] || !strings.HasSuffix(host, ".invalid") {
				t.Fatalf("row %d: %v", i, got)
			}
			if want := strings.ToLower(got["first"] + "." + got["last"] + "."); !compact && !strings.HasPrefix(got["login"], want) {
				t.Fatalf("row %d: login %s of %s", i, got["login"], got["full"])
			}
			for name, fake := range got {
				traits, _ := masking.Column{Mask: "person", Part: personParts[name], Compact: compact}.Traits()
				if len(fake) > traits.MaxLength {
					t.Fatalf("%s: %q is longer than %d", name, fake, traits.MaxLength)
				}
			}
			people[got["login"]] = true
		}
		if len(people) != 2000 {
			t.Errorf("compact %t: 2000 persons have %d logins", compact, len(people))
		}
	}
}

func TestN1_APersonIsTheSubjectNotTheValue(t *testing.T) {
	s := newStand(t, persons...)
	m := s.compile("first", masking.Column{Mask: "person", Part: masking.PartFirstName, Subject: []string{"id"}})
	of := func(id, first string) string { return s.mask("first", m, s.row(id, first, "", "", "", "", null, null)) }
	if of("1", "Ann") != of("1", "Zoë") || of("1", "Ann") == of("2", "Ann") {
		t.Error("the person does not follow the subject")
	}
	if of(null, "Ann") == of(null, "Bob") {
		t.Error("rows without a subject share a person")
	}
	if of("1", null) != null || of("1", "") != "" {
		t.Error("NULL or the empty text is replaced")
	}
	// Another table, where the subject is of another type and the column has another name.
	visits := newStand(t, column("guest", schema.Text), column("who", schema.Text))
	there := visits.compile("who", masking.Column{Mask: "person", Part: masking.PartFirstName, Subject: []string{"guest"}})
	if visits.mask("who", there, visits.row("1", "x")) != of("1", "Ann") {
		t.Error("one subject is two persons in two tables")
	}
	two := s.compile("first", masking.Column{Mask: "person", Part: masking.PartFirstName, Subject: []string{"last", "full"}})
	by := func(last, full string) string {
		return s.mask("first", two, s.row("1", "Ann", last, full, "", "", null, null))
	}
	seen := map[string]bool{}
	for _, pair := range [][2]string{{"ab", "c"}, {"a", "bc"}, {"abc", ""}, {"", "abc"}, {null, "abc"}, {"abc", null}} {
		seen[by(pair[0], pair[1])] = true
	}
	if len(seen) != 6 {
		t.Errorf("6 subjects of two columns are %d persons", len(seen))
	}
}

func TestD11_PersonsAreRefusedWhereTheSubjectIsNotUnique(t *testing.T) {
	table := schema.Table{Name: "persons", Columns: persons, PrimaryKey: []string{"id"}, Unique: []schema.Unique{{Columns: []string{"email"}}}}
	col, _ := table.Column("email")
	for subject, refused := range map[string]bool{"id": false, "last": true} {
		ps := masking.Column{Mask: "person", Part: masking.PartEmail, Subject: []string{subject}}.CheckFor(nil, &table, col)
		if (len(ps) > 0) != refused {
			t.Errorf("subject %s: %v", subject, ps)
		}
	}
	ps := masking.Column{Mask: "person", Part: masking.PartEmail, Subject: []string{"idd"}}.CheckFor(nil, &table, col)
	if len(ps) == 0 || !strings.Contains(ps.Error(), "did you mean id?") {
		t.Errorf("a subject that does not exist: %v", ps)
	}
	if _, err := (masking.Column{Mask: "person", Part: masking.PartEmail, Subject: []string{"id"}}).Compile(testSecret(t, 1), "x", col); err == nil {
		t.Error("a rule that reads the row is compiled without its table")
	}
}

func TestA7_ConditionsChooseByTheRow(t *testing.T) {
	s := newStand(t, column("kind", schema.Text), column("value", schema.Text))
	rules := parseColumn(t, `
      value:
        when:
          - {column: kind, equals: email, then: email}
          - {column: kind, in: [phone, fax], then: phone}
          - {column: kind, equals: null, then: null}
          - {column: kind, equals: plain, then: {pass: shown to everybody}}
        else: redact
`)
	m := s.compile("value", rules)
	for _, c := range []struct{ kind, value, like string }{
		{"email", "ann@example.org", "@mail.invalid"}, {"phone", "1", "+1 "}, {"fax", "1", "+1 "}, {null, "1", null}, {"plain", "kept", "kept"},
		{"other", "Ann", "xxx"}, {"EMAIL", "Ann", "xxx"}, {"", "Ann", "xxx"}, {"email", null, null}, {"email", "", ""},
	} {
		if got := s.mask("value", m, s.row(c.kind, c.value)); !strings.Contains(got, c.like) || c.like == "" && got != "" {
			t.Errorf("kind %q: %q becomes %q; want %q", c.kind, c.value, got, c.like)
		}
	}
	traits, _ := rules.Traits()
	if !traits.Keyed || traits.Uniqueness != masking.Lossy || !traits.NeedsNullable || traits.MaxLength != 48 || !strings.Contains(traits.Identity(), "email/1/") {
		t.Errorf("traits %+v", traits)
	}
	if reads := strings.Join(rules.Reads(), " "); reads != "kind" {
		t.Errorf("it reads %q", reads)
	}
	required := column("value", schema.Text)
	required.Nullable = false
	if ps := rules.Check(required); len(ps) != 1 || !strings.Contains(ps.Error(), "then: null in a column that is NOT NULL") {
		t.Errorf("a branch that makes NULL: %v", ps)
	}
	short := column("value", schema.Text)
	short.Size = 20
	if ps := rules.Check(short); len(ps) != 1 || !strings.Contains(ps.Error(), "then: email needs 48 characters") {
		t.Errorf("a branch that does not fit: %v", ps)
	}
	same, _ := masking.Column{Mask: "when", Cases: []masking.Case{{Column: "kind", In: []string{"a"}, Then: masking.Column{Mask: "email"}}}, Else: &masking.Column{Mask: "host"}}.Traits()
	if same.Uniqueness != masking.CollisionResistant {
		t.Errorf("two collision-resistant branches are %s", same.Uniqueness)
	}
}

// parseColumn reads the rule of one column, written as in a rules file.
func parseColumn(t testing.TB, text string) masking.Column {
	t.Helper()
	rules, err := masking.ParseRules([]byte("version: 1\ntables:\n  t:\n    columns:" + text))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range rules.Tables["t"].Columns {
		return c
	}
	t.Fatal("no column")
	return masking.Column{}
}
