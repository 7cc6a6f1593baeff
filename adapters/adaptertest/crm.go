package adaptertest

import (
	"slices"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy/schema"
)

// CRM is the small customer database that the suites work on: companies and persons, items and orders, activities that refer
// to each other, assets with UUIDs for keys, parts with keys that people assign, notes with values of every type. Schema, DDL and rules all come from one list, and the suites' checker reads
// the same list: it shares no code with the engine.
//
// Each row has a label of its own, which is passed, so that the checker finds a copy's original without asking the engine for keys.
//
// Where tenants share tables, countries is global, and items and assets have rows of no tenant. Where each has tables of its own, there is no
// tenant column and all tables are the tenant's.
type CRM struct {
	Layout refresh.KeySpace // the zero value counts as shared
}

// TenantColumn is the tenant column of the CRM's tables where tenants share them.
const TenantColumn = "tenant_id"

// crmTable is a table of the CRM.
type crmTable struct {
	name    string
	global  bool // of no tenant, where tables are shared
	mixed   bool // holds rows of no tenant too, where tables are shared
	key     []string
	scheme  masking.Key // that the rules ask for where tables are shared
	columns []crmColumn
	unique  []string // of a tenant, where tables are shared
}

// crmColumn is a column of the CRM. It has a rule unless it is a key or a reference.
type crmColumn struct {
	name     string
	kind     schema.Type
	size     int
	scale    int // digits after the point, where the engine has no decimals without
	nullable bool
	serial   bool   // the database hands out its values
	to       string // the table whose key it refers to
	mask     string // a mask, or why it passes
}

const (
	keptSecret = "secret: keep"
	passLabel  = "pass: names the row for the checker"
	passTest   = "pass: a made-up value that identifies nobody"
)

func id() crmColumn { return crmColumn{name: "id", kind: schema.Integer, serial: true} }

func reference(name, to string, nullable bool) crmColumn {
	return crmColumn{name: name, kind: schema.Integer, to: to, nullable: nullable}
}

func value(name string, kind schema.Type, mask string) crmColumn {
	return crmColumn{name: name, kind: kind, nullable: true, mask: mask}
}

var label = crmColumn{name: "label", kind: schema.Text, mask: passLabel}

// tables lists the tables, what is referred to first.
func (c CRM) tables() []crmTable {
	tables := []crmTable{
		{name: "countries", global: true, key: []string{"code"}, columns: []crmColumn{
			{name: "code", kind: schema.Text, mask: passTest}, label, value("name", schema.Text, passTest)}},
		{name: "companies", key: []string{"id"}, columns: []crmColumn{
			id(), label, value("name", schema.Text, "company"), value("phone", schema.Text, "phone"),
			value("token", schema.Text, keptSecret),
			{name: "country", kind: schema.Text, nullable: true, to: "countries"}}},
		{name: "persons", key: []string{"id"}, unique: []string{"email"}, columns: []crmColumn{
			id(), reference("company_id", "companies", true), label,
			{name: "first_name", kind: schema.Text, size: 60, nullable: true, mask: "first_name"},
			{name: "last_name", kind: schema.Text, size: 60, nullable: true, mask: "last_name"},
			{name: "email", kind: schema.Text, nullable: true, mask: "email"}, value("born", schema.Date, "null"),
			{name: "active", kind: schema.Boolean, mask: passTest}}},
		{name: "items", mixed: true, key: []string{"id"}, columns: []crmColumn{
			id(), label, value("name", schema.Text, passTest), {name: "price", kind: schema.Decimal, scale: 2, nullable: true, mask: passTest}}},
		{name: "orders", key: []string{"id"}, columns: []crmColumn{
			id(), reference("person_id", "persons", false), label, value("placed", schema.Timestamp, passTest), value("remark", schema.Text, "redact")}},
		{name: "lines", key: []string{"order_id", "line_no"}, columns: []crmColumn{
			reference("order_id", "orders", false), {name: "line_no", kind: schema.Integer}, reference("item_id", "items", true), label,
			value("quantity", schema.Integer, passTest)}},
		{name: "activities", key: []string{"id"}, columns: []crmColumn{
			id(), reference("parent_id", "activities", true), reference("person_id", "persons", true), label, value("subject", schema.Text, "free_text")}},
		{name: "assets", mixed: true, key: []string{"id"}, columns: []crmColumn{
			{name: "id", kind: schema.UUID}, {name: "parent_id", kind: schema.UUID, to: "assets", nullable: true}, reference("person_id", "persons", true), label,
			value("title", schema.Text, passTest)}},
		{name: "parts", scheme: masking.KeyTag, key: []string{"code"}, columns: []crmColumn{
			{name: "code", kind: schema.Text, size: 40, mask: passTest}, {name: "asset_id", kind: schema.UUID, to: "assets", nullable: true},
			{name: "part_of", kind: schema.Text, size: 40, to: "parts", nullable: true}, label}},
		{name: "notes", key: []string{"id"}, columns: []crmColumn{
			id(), reference("person_id", "persons", true), label, value("title", schema.Text, passTest), value("body", schema.Text, "free_text"),
			value("number", schema.Integer, passTest), value("ratio", schema.Real, passTest), {name: "amount", kind: schema.Decimal, scale: 3, nullable: true, mask: passTest},
			value("flag", schema.Boolean, passTest), value("day", schema.Date, passTest), value("clock", schema.Time, passTest),
			value("moment", schema.Timestamp, passTest), value("instant", schema.TimestampTZ, passTest), value("token", schema.UUID, passTest),
			value("raw", schema.Bytes, passTest), value("document", schema.JSON, passTest)}},
	}
	for i := range tables {
		t := &tables[i]
		if c.own() {
			t.global, t.mixed, t.scheme = false, false, masking.KeyByPlan
		} else if !t.global {
			t.columns = slices.Insert(t.columns, 1, crmColumn{name: TenantColumn, kind: schema.Integer, nullable: t.mixed})
		}
	}
	return tables
}

func (c CRM) own() bool { return c.Layout == refresh.OwnKeys }

func (c CRM) table(name string) crmTable {
	tables := c.tables()
	return tables[slices.IndexFunc(tables, func(t crmTable) bool { return t.name == name })]
}

// keyed tells whether the column is the table's own key and has no rule.
func (t crmTable) keyed(column crmColumn) bool {
	if t.name == "lines" {
		return column.name == "line_no"
	}
	return column.name == t.toKey() && column.kind != schema.Text
}

// toKey returns the column that references to the table name.
func (t crmTable) toKey() string { return t.key[0] }

// Schema returns the schema as a catalog would describe it.
func (c CRM) Schema() schema.Schema {
	var s schema.Schema
	for _, t := range c.tables() {
		table := schema.Table{Name: t.name, PrimaryKey: t.key}
		for _, column := range t.columns {
			made := schema.Column{Name: column.name, Type: column.kind, Declared: column.kind.String(), Size: column.size, Nullable: column.nullable}
			if column.serial {
				made.Identity = schema.IdentityByDefault
			}
			table.Columns = append(table.Columns, made)
			if column.to != "" {
				table.ForeignKeys = append(table.ForeignKeys, schema.ForeignKey{Name: t.name + "_" + column.name, Columns: []string{column.name},
					To: column.to, ToColumns: []string{c.table(column.to).toKey()}})
			}
		}
		for _, name := range t.unique {
			table.Unique = append(table.Unique, schema.Unique{Name: t.name + "_" + name, Columns: c.uniqueOver(name)})
		}
		s.Tables = append(s.Tables, table)
	}
	s.Sort()
	return s
}

// uniqueOver returns the columns over which a tenant's column is unique.
func (c CRM) uniqueOver(name string) []string {
	if c.own() {
		return []string{name}
	}
	return []string{TenantColumn, name}
}

// Rules returns the masking rules of the CRM.
func (c CRM) Rules() masking.Rules {
	rules := masking.Rules{Version: masking.Version, TenantColumn: TenantColumn, Tables: map[string]masking.Table{}}
	if c.own() {
		rules.TenantColumn = ""
	}
	for _, t := range c.tables() {
		table := masking.Table{Global: t.global, Key: t.scheme}
		for _, column := range t.columns {
			if t.global || column.mask == "" || t.keyed(column) {
				continue
			}
			if table.Columns == nil {
				table.Columns = map[string]masking.Column{}
			}
			rule := masking.Column{Mask: column.mask}
			if column.mask == keptSecret {
				rule = masking.Column{Mask: masking.Withhold, Withheld: masking.WithheldKeep}
			}
			if column.passes() {
				rule = masking.Column{Mask: masking.Pass, Reason: column.mask[len("pass: "):]}
			}
			table.Columns[column.name] = rule
		}
		rules.Tables[t.name] = table
	}
	return rules
}

func (c crmColumn) passes() bool { return len(c.mask) > 5 && c.mask[:5] == "pass:" }
