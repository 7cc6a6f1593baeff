package masking_test

import (
	"fmt"
	"log"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

func Example() {
	rules, err := masking.ParseRules([]byte(`
version: 1
tenant_column: tenant_id
tables:
  persons:
    columns:
      first_name: first_name
      email: {mask: email, domain: login}
      status: {fixed: active}
`))
	if err != nil {
		log.Fatal(err)
	}
	secret, err := masking.NewSecret([]byte("32 random bytes from a safe place"))
	if err != nil {
		log.Fatal(err)
	}
	persons := schema.Table{Name: "persons", Columns: []schema.Column{
		{Name: "first_name", Type: schema.Text, Size: 40},
		{Name: "email", Type: schema.Text, Size: 120},
		{Name: "status", Type: schema.Text, Size: 10},
	}}
	batch := schema.NewBatch(len(persons.Columns), 0)
	for _, value := range []string{"Ann", "ann@example.org", "on leave"} {
		batch.Append(schema.Cell{Bytes: []byte(value), Form: schema.Regular})
	}
	row := batch.Row(0)
	for i, col := range persons.Columns {
		mask, err := rules.Tables["persons"].Columns[col.Name].Compile(secret, "sandbox 17", col)
		if err != nil {
			log.Fatal(err)
		}
		fake, _, _ := mask.Append(nil, row.Cell(i), row)
		fmt.Printf("%s: %s\n", row.Cell(i).Bytes, fake)
	}
	// Output:
	// Ann: Melyssa
	// ann@example.org: josianne.hartmann.7m7jvdnmh6t2s@mail.invalid
	// on leave: active
}

func ExampleParseRules_problems() {
	_, err := masking.ParseRules([]byte(`
version: 1
tables:
  persons:
    columns:
      email: emial
      country: {pass: ok}
`))
	fmt.Println(err)
	// Output:
	// line 6: persons.email: unknown mask emial; did you mean email? write one of pass, null, fixed, redact, first_name, last_name, company, email, phone, free_text, person, street, city, postcode, date_shift, number, digits, token, host, url, json, xml, array, fake, custom, when, secret
	// line 7: persons.country: pass without a reason; write {pass: why the values identify nobody}
}

func ExampleFromStructs() {
	type Person struct {
		ID    int64
		Email string `db:"email" mask:"email"`
		Born  string `db:"born" mask:"{mask: date_shift, days: 30, subject: [id]}"`
		Token string `db:"token" mask:"{secret: keep}"`
	}
	rules, err := masking.FromStructs("tenant_id", map[string]any{"persons": Person{}})
	if err != nil {
		log.Fatal(err)
	}
	file, err := rules.YAML(masking.Comments{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(string(file))
	// Output:
	// version: 1
	// tenant_column: tenant_id
	// tables:
	//   persons:
	//     columns:
	//       born: {mask: date_shift, days: 30, subject: [id]}
	//       email: email
	//       token: {secret: keep}
}
