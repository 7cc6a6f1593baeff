package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy/schema"
)

// Inspect implements [sqldata.Dialect].
func (d dialect) Inspect(ctx context.Context, conn *sqlx.Conn) (refresh.Description, error) {
	c, err := readCatalog(ctx, conn)
	if err != nil {
		return refresh.Description{}, fmt.Errorf("reading the catalogs: %w", err)
	}
	description := refresh.Description{Facts: refresh.Facts{Checking: refresh.CheckedAtCommit}}
	if c.suspends {
		description.Facts.Checking = refresh.CheckedNever
	}
	tables := c.build()
	description.Facts.FireTriggers = c.addTriggers(tables)
	state, err := readState(ctx, conn)
	if err != nil {
		return refresh.Description{}, err
	}
	if err := conn.GetContext(ctx, &description.Facts.Identity, `SELECT system_identifier::text || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())::text FROM pg_control_system()`); err != nil {
		return description, err
	}
	description.Facts.Preconditions = c.preconditions(d.readOnly, state)
	description.Facts.NoUpdate = c.noUpdate(tables)
	for _, t := range c.tables {
		description.Schema.Tables = append(description.Schema.Tables, *tables[t.OID])
	}
	description.Schema.Sort()
	return description, nil
}

// noUpdate returns, by table, the columns that the role may not update.
func (c *catalog) noUpdate(tables map[int64]*schema.Table) map[string][]string {
	barred := map[string][]string{}
	for _, column := range c.columns {
		if !column.MayUpdate {
			name := tables[column.Table].Name
			barred[name] = append(barred[name], column.Name)
		}
	}
	return barred
}

// build makes the tables, by number, without their triggers.
func (c *catalog) build() map[int64]*schema.Table {
	tables := map[int64]*schema.Table{}
	for _, t := range c.tables {
		name := t.Name
		if t.Schema != c.server.Schemas[0] {
			name = t.Schema + "." + t.Name
		}
		tables[t.OID] = &schema.Table{Name: name, SQL: t.Quoted}
	}
	for _, column := range c.columns {
		t := tables[column.Table]
		t.Columns = append(t.Columns, column.build())
	}
	for _, i := range c.indexes {
		t := tables[i.Table]
		if i.Primary {
			t.PrimaryKey = i.Columns
		} else {
			t.Unique = append(t.Unique, i.build())
		}
	}
	for _, k := range c.foreignKeys {
		to := k.ToName
		if t := tables[k.To]; t != nil {
			to = t.Name
		}
		tables[k.Table].ForeignKeys = append(tables[k.Table].ForeignKeys, schema.ForeignKey{Name: k.Name, Columns: k.Columns, To: to,
			ToColumns: k.ToColumns, Deferrable: k.Deferrable, Full: k.Full, OnDelete: k.OnDelete})
	}
	for _, k := range c.checks {
		tables[k.Table].Checks = append(tables[k.Table].Checks, schema.Check{Name: k.Name, Columns: k.Columns, SQL: k.SQL})
	}
	return tables
}

func (r *columnRow) kind() kind { return kindOf(r.Namespace, r.Type, r.Category[0]) }

func (r *columnRow) build() schema.Column {
	kind := r.kind()
	column := schema.Column{Name: r.Name, Type: kind.canonical(), Declared: r.Declared, Bare: r.Bare, Nullable: r.Nullable, Computed: r.Computed}
	switch {
	case r.Type == "name" && kind == kindText:
		column.Size = 63
	case (kind == kindText || kind == kindChars) && r.Modifier >= 4:
		column.Size = r.Modifier - 4
	case kind == kindNumeric:
		column.Scale = schema.ScaleAsWritten
		if r.Modifier >= 4 { // eleven bits with a sign; a scale below zero leaves no digits after the point either
			column.Scale = max(0, ((r.Modifier-4)&0x7ff^1024)-1024)
		}
	}
	switch r.Identity {
	case "a":
		column.Identity = schema.IdentityAlways
	case "d":
		column.Identity = schema.IdentityByDefault
	}
	if r.Sequence != nil && column.Type == schema.Integer {
		column.Sequence = *r.Sequence
	}
	return column
}

func (r *indexRow) build() schema.Unique {
	unique := schema.Unique{Name: r.Name, Partial: r.Partial, Deferrable: r.Deferrable, Expression: r.Expressions != nil, NullsNotDistinct: r.Alike}
	for _, name := range r.Columns {
		if name != "" {
			unique.Columns = append(unique.Columns, name)
		}
	}
	if r.Expressions != nil { // the server says what the index depends on, with its predicate; the text says what the expression names
		named := identifiers(*r.Expressions)
		for _, name := range r.Used {
			if named[name] && !slices.Contains(unique.Columns, name) {
				unique.Columns = append(unique.Columns, name)
			}
		}
	}
	return unique
}

// identifiers returns the names in an SQL expression that are not those of functions or parts of literals.
func identifiers(expression string) map[string]bool {
	found := map[string]bool{}
	for i := 0; i < len(expression); {
		switch ch := expression[i]; {
		case ch == '\'' || ch == '"':
			text, end := quoted(expression, i)
			if ch == '"' && !strings.HasPrefix(expression[end:], "(") {
				found[text] = true
			}
			i = end
		case nameByte(ch):
			end := i
			for end < len(expression) && (nameByte(expression[end]) || '0' <= expression[end] && expression[end] <= '9') {
				end++
			}
			if !strings.HasPrefix(expression[end:], "(") {
				found[expression[i:end]] = true
			}
			i = end
		default:
			i++
		}
	}
	return found
}

func nameByte(ch byte) bool {
	return 'a' <= ch && ch <= 'z' || 'A' <= ch && ch <= 'Z' || ch == '_' || ch == '$' || ch >= 0x80
}

// quoted returns what stands between the quote at place i and its closing one, and the place after it.
func quoted(text string, i int) (string, int) {
	var b strings.Builder
	quote := text[i]
	for i++; i < len(text); i++ {
		if text[i] == quote {
			if i+1 == len(text) || text[i+1] != quote {
				return b.String(), i + 1
			}
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String(), i
}

// addTriggers adds the host's triggers and rewrite rules to the tables and tells whether any would fire during a landing. Where triggers are
// suspended, those that are made to fire all the same are the only ones that matter, and the only ones named.
func (c *catalog) addTriggers(tables map[int64]*schema.Table) (fire bool) {
	stubborn := slices.ContainsFunc(c.triggers, func(t triggerRow) bool { return t.When == "A" || t.When == "R" })
	for _, t := range c.triggers {
		if c.suspends && stubborn && t.When == "O" || !c.suspends && t.When == "R" {
			continue
		}
		tables[t.Table].Triggers = append(tables[t.Table].Triggers, schema.Trigger{Name: t.Name, SQL: t.SQL})
	}
	return !c.suspends || stubborn
}
