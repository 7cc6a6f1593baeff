package classify_test

import (
	"fmt"

	"github.com/retenant/retenant/masking/classify"
	"github.com/retenant/retenant/tenancy/schema"
)

func ExamplePropose() {
	table := schema.Table{Name: "Employee", PrimaryKey: []string{"EmployeeId"}, Columns: []schema.Column{
		{Name: "EmployeeId", Type: schema.Integer},
		{Name: "LastName", Type: schema.Text, Size: 20},
		{Name: "BirthDate", Type: schema.Date, Nullable: true},
		{Name: "PostalCode", Type: schema.Text, Size: 10},
	}}
	for _, p := range classify.Propose(table, classify.Setting{}) {
		fmt.Printf("%s: %s (%s)\n", p.Name, p.Column.Mask, p.Why)
	}
	// Output:
	// LastName: last_name (a last name)
	// BirthDate: date_shift (a date or place of birth or death)
	// PostalCode: postcode (an address or a part of one)
}
