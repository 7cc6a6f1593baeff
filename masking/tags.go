package masking

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// FromStructs makes rules of struct tags: models maps the name of each table to a struct, or a pointer to one, as sqlx scans the table's rows
// into. A field's column is the one that sqlx takes: that of its db tag, else its name in lower case. Its mask tag holds what stands behind the
// column in a rules file:
//
//	type Person struct {
//		ID    int64
//		Email string `db:"email" mask:"email"`
//		Born  string `db:"born" mask:"{mask: date_shift, days: 30, subject: [id]}"`
//		Kind  string `db:"kind" mask:"{pass: one of three kinds}"`
//	}
//
// Fields of embedded structs without a db tag belong to the table itself. A field without a mask tag gets no rule, so that the plan asks
// for one unless it is a key or a reference. References, global tables and the like are added to the value that is returned.
//
// The error is [Problems]: all mistakes at once, as [ParseRules] reports them, without lines.
func FromStructs(tenantColumn string, models map[string]any) (Rules, error) {
	r := Rules{Version: Version, TenantColumn: tenantColumn, Tables: map[string]Table{}}
	var ps Problems
	for _, table := range slices.Sorted(maps.Keys(models)) {
		m := model{table: table, columns: map[string]Column{}, fields: map[string]string{}}
		typ := reflect.TypeOf(models[table])
		for typ != nil && typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		if typ == nil || typ.Kind() != reflect.Struct {
			m.add("", "its model is no struct", "give a struct whose fields have mask tags")
		} else {
			m.read(typ, nil)
		}
		ps = append(ps, m.problems...)
		r.Tables[table] = Table{Columns: m.columns}
	}
	if ps = append(ps, r.Validate()...); len(ps) > 0 {
		ps.sort()
		return Rules{}, ps
	}
	return r, nil
}

// model collects the rules of one table.
type model struct {
	table    string
	columns  map[string]Column
	fields   map[string]string // by column
	problems Problems
}

func (m *model) add(column, message, remedy string) {
	m.problems = append(m.problems, Problem{Table: m.table, Column: column, Message: message, Remedy: remedy})
}

// read takes in the fields of a struct. Within is the structs that it is embedded in.
func (m *model) read(typ reflect.Type, within []reflect.Type) {
	if slices.Contains(within, typ) {
		return
	}
	for i := range typ.NumField() {
		f := typ.Field(i)
		column, _, _ := strings.Cut(f.Tag.Get("db"), ",")
		tag, tagged := f.Tag.Lookup("mask")
		embedded := f.Type
		if embedded.Kind() == reflect.Pointer {
			embedded = embedded.Elem()
		}
		switch {
		case column == "-" || !f.IsExported() && !f.Anonymous:
			if tagged {
				m.add("", "field "+f.Name+" has a mask tag, and sqlx does not scan into it", "remove the tag, or export the field and name its column")
			}
			continue
		case f.Anonymous && column == "" && embedded.Kind() == reflect.Struct:
			if tagged {
				m.add("", "field "+f.Name+" is an embedded struct and has a mask tag", "tag the fields of the struct")
			}
			m.read(embedded, append(within, typ))
			continue
		case column == "":
			column = strings.ToLower(f.Name)
		}
		if twin, found := m.fields[column]; found {
			m.add(column, "fields "+twin+" and "+f.Name+" are the same column", "give one of them another db tag")
			continue
		}
		m.fields[column] = f.Name
		if tagged {
			m.rule(column, f.Name, tag)
		}
	}
}

// rule reads a mask tag.
func (m *model) rule(column, field, tag string) {
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(tag), &document); err != nil || len(document.Content) != 1 {
		m.add(column, "the mask tag of field "+field+" is no rule", ruleShape)
		return
	}
	p := &parser{}
	n := document.Content[0]
	at := place{m.table, column}
	before := len(p.problems)
	deep := !p.inspect(n, 0)
	if c, ok := p.rule(n, n, at); ok && !deep && len(p.problems) == before {
		m.columns[column] = c.WithoutLines()
	}
	for _, problem := range p.problems {
		problem.Line, problem.Table, problem.Column = 0, m.table, column
		problem.Message = "field " + field + ": " + problem.Message
		m.problems = append(m.problems, problem)
	}
}

// WithoutLines returns the rule, and the rules inside it, without their places in a file: what a plan is hashed by.
func (c Column) WithoutLines() Column {
	c.Line = 0
	c.Paths = maps.Clone(c.Paths)
	for path, rule := range c.Paths {
		c.Paths[path] = rule.WithoutLines()
	}
	c.Cases = slices.Clone(c.Cases)
	for i := range c.Cases {
		c.Cases[i].Line = 0
		c.Cases[i].Then = c.Cases[i].Then.WithoutLines()
	}
	for _, nested := range []**Column{&c.Element, &c.Else} {
		if *nested != nil {
			rule := (*nested).WithoutLines()
			*nested = &rule
		}
	}
	return c
}
