package mysql

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy/schema"
)

// autoIncrement stands for the counter of a table in [schema.Column.Sequence].
const autoIncrement = "AUTO_INCREMENT"

// Inspect implements [sqldata.Dialect]. Triggers cannot be switched off, so all of them would fire.
func (d dialect) Inspect(ctx context.Context, conn *sqlx.Conn) (refresh.Description, error) {
	c, err := readCatalog(ctx, conn)
	if err != nil {
		return refresh.Description{}, fmt.Errorf("reading the catalogs: %w", err)
	}
	description := refresh.Description{Facts: refresh.Facts{Checking: refresh.CheckedNever, FireTriggers: true, Database: c.server.address(), Identity: c.server.identity()}}
	lacking, err := c.server.lacking(ctx, conn, c.tables, c.columns, d.readOnly)
	if err != nil {
		return refresh.Description{}, fmt.Errorf("reading the user's rights: %w", err)
	}
	description.Facts.Preconditions = c.preconditions(d.readOnly, lacking)
	description.Facts.Warnings = c.warnings(lacking)
	description.Facts.NoUpdate = lacking.update
	description.Schema.Tables = c.build()
	description.Schema.Sort()
	return description, nil
}

// build makes the tables.
func (c *catalog) build() []schema.Table {
	tables, at := make([]schema.Table, len(c.tables)), map[string]*schema.Table{}
	for i, t := range c.tables {
		tables[i] = schema.Table{Name: t.Name, SQL: quote(t.Name)}
		at[t.Name] = &tables[i]
	}
	for i := range c.columns {
		if t := at[c.columns[i].Table]; t != nil {
			t.Columns = append(t.Columns, c.column(&c.columns[i]))
		}
	}
	c.addUniques(at)
	for _, k := range c.foreignKeys {
		if t := at[k.Table]; t != nil {
			addForeignKey(t, at, k)
		}
	}
	for _, trigger := range c.triggers {
		if t := at[trigger.Table]; t != nil {
			t.Triggers = append(t.Triggers, schema.Trigger{Name: trigger.Name, SQL: trigger.SQL})
		}
	}
	return tables
}

func (c *catalog) column(r *columnRow) schema.Column {
	column := schema.Column{Name: r.Name, Type: types[r.Type].canonical, Declared: r.Declared, Bare: r.Type, Nullable: r.Nullable, Computed: r.Expression != ""}
	if strings.Contains(r.Declared, " unsigned") {
		column.Bare += " unsigned"
	}
	switch {
	case truth(r.Declared):
		column.Type = schema.Boolean
	case r.Type == "longtext" && c.documents[place(r.Table, r.Name)]:
		column.Type = schema.JSON
	case r.Type == "char" || r.Type == "varchar" || r.Type == "binary" || r.Type == "varbinary":
		column.Size = int(*r.Length)
	case r.Type == "tinyblob":
		column.Size = 255
	case r.Type == "tinytext":
		column.Size = 63 // characters of up to four bytes
	case r.Type == "decimal":
		column.Scale = int(*r.Scale)
	}
	if strings.Contains(strings.ToLower(r.Extra), "auto_increment") {
		column.Identity = schema.IdentityByDefault
		if column.Type == schema.Integer {
			column.Sequence = autoIncrement
		}
	}
	return column
}

// addUniques adds the unique indexes. One that holds the first characters of a column only, or an expression, counts as one over an expression.
func (c *catalog) addUniques(at map[string]*schema.Table) {
	for _, i := range c.indexes {
		t := at[i.Table]
		switch {
		case t == nil:
			continue
		case i.Name == "PRIMARY" && i.Column != nil:
			t.PrimaryKey = append(t.PrimaryKey, *i.Column)
			if i.Prefix == nil {
				continue
			}
		}
		n := len(t.Unique)
		if n == 0 || t.Unique[n-1].Name != i.Name {
			t.Unique = append(t.Unique, schema.Unique{Name: i.Name})
			n++
		}
		u := &t.Unique[n-1]
		u.Expression = u.Expression || i.Prefix != nil || i.Column == nil
		if i.Column != nil {
			u.Columns = append(u.Columns, *i.Column)
			continue
		}
		for _, column := range t.Columns { // the catalog does not say which columns an expression uses; its text does
			if i.Expression != nil && strings.Contains(*i.Expression, quote(column.Name)) && !slices.Contains(u.Columns, column.Name) {
				u.Columns = append(u.Columns, column.Name)
			}
		}
	}
}

func addForeignKey(t *schema.Table, at map[string]*schema.Table, k foreignKeyRow) {
	n := len(t.ForeignKeys)
	if n == 0 || t.ForeignKeys[n-1].Name != k.Name {
		to := k.To
		if !k.Here {
			to = k.ToSchema + "." + k.To
		}
		t.ForeignKeys = append(t.ForeignKeys, schema.ForeignKey{Name: k.Name, To: to, OnDelete: k.OnDelete})
		n++
	}
	f := &t.ForeignKeys[n-1]
	f.Columns = append(f.Columns, inCase(t, k.Column))
	f.ToColumns = append(f.ToColumns, inCase(at[f.To], k.ToColumn))
}

// inCase returns the name of a column as its table has it: the server does not tell columns apart by case, and a foreign key may spell one otherwise.
func inCase(t *schema.Table, name string) string {
	if t == nil {
		return name
	}
	for _, c := range t.Columns {
		if strings.EqualFold(c.Name, name) {
			return c.Name
		}
	}
	return name
}
