package masking

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// ChangeKind tells what became of something.
type ChangeKind string

// The kinds of a change.
const (
	Added   ChangeKind = "added"
	Removed ChangeKind = "removed"
	Changed ChangeKind = "changed"
)

// Change is one difference between two rules. It never holds a fixed value, nor one that a case asks for.
type Change struct {
	Kind   ChangeKind `json:"kind"`
	Table  string     `json:"table,omitempty"`  // "" where it concerns the rules as a whole
	Column string     `json:"column,omitempty"` // "" where it concerns the table as a whole
	What   string     `json:"what"`             // what it is: "table", "column", "reference", or the key of a rules file that differs, with the path inside the rule: "else: domain"
	Old    string     `json:"old"`              // in words of a rules file; "" is not there, or not written
	New    string     `json:"new"`
	Hidden bool       `json:"hidden,omitempty"` // the two values differ and are not shown

	OldLine int `json:"old_line,omitempty"` // places in the two files; 0 for Go values, and where there is none
	NewLine int `json:"new_line,omitempty"`
}

// Diff returns what differs between two rules: nil exactly where both have the same [Rules.Hash]. A table, column or reference that only one of them has is
// one change; of what both have, each key that differs is one; a column with another mask is one. They are sorted by table, those on the table before its columns.
func Diff(old, new Rules) []Change {
	var d differ
	at := Change{}
	d.text(at, "version", strconv.Itoa(old.Version), strconv.Itoa(new.Version))
	d.text(at, "tenant_column", old.TenantColumn, new.TenantColumn)
	for _, name := range union(old.Tables, new.Tables) {
		before, was := old.Tables[name]
		after, is := new.Tables[name]
		at := Change{Table: name, OldLine: before.Line, NewLine: after.Line}
		if !was || !is {
			d.whole(at, "table", was, before.brief(), after.brief())
			continue
		}
		if cmp.Or(before.TenantColumn, old.TenantColumn) != cmp.Or(after.TenantColumn, new.TenantColumn) {
			d.text(at, "tenant_column", before.TenantColumn, after.TenantColumn)
		}
		d.table(at, before, after)
	}
	return d
}

// differ collects changes.
type differ []Change

// whole adds what only one side has.
func (d *differ) whole(at Change, what string, was bool, old, new string) {
	at.What = what
	if was {
		at.Kind, at.Old, at.NewLine = Removed, old, 0
	} else {
		at.Kind, at.New, at.OldLine = Added, new, 0
	}
	*d = append(*d, at)
}

// text adds a key whose values differ.
func (d *differ) text(at Change, what, old, new string) {
	if old != new {
		at.Kind, at.What, at.Old, at.New = Changed, at.What+what, old, new
		*d = append(*d, at)
	}
}

// hidden adds a key whose values differ and are not shown.
func (d *differ) hidden(at Change, what string, differs bool) {
	if differs {
		at.Kind, at.What, at.Hidden = Changed, at.What+what, true
		*d = append(*d, at)
	}
}

func (d *differ) table(at Change, old, new Table) {
	d.text(at, "global", written(old.Global), written(new.Global))
	d.text(at, "key", old.Key, new.Key)
	d.text(at, "key_column", old.KeyColumn, new.KeyColumn)
	d.references(at, old.References, new.References)
	for _, name := range union(old.Columns, new.Columns) {
		before, was := old.Columns[name]
		after, is := new.Columns[name]
		at := Change{Table: at.Table, Column: name, OldLine: before.Line, NewLine: after.Line}
		if was && is {
			d.rule(at, before, after)
		} else {
			d.whole(at, "column", was, before.String(), after.String())
		}
	}
}

// rule compares two rules of one place.
func (d *differ) rule(at Change, old, new Column) {
	if old.Mask != new.Mask {
		d.text(at, "mask", old.String(), new.String())
		return
	}
	for _, p := range [...]struct{ what, old, new string }{
		{"reason", old.Reason, new.Reason},
		{"domain", old.domain(), new.domain()},
		{"audience", old.Audience, new.Audience},
		{"compact", written(old.Compact), written(new.Compact)},
		{"secret", string(old.Withheld), string(new.Withheld)},
		{"part", string(old.Part), string(new.Part)},
		{"subject", shownList(old.Subject), shownList(new.Subject)},
		{"days", unlessZero(old.Days), unlessZero(new.Days)},
		{"percent", unlessZero(old.Percent), unlessZero(new.Percent)},
		{"alphabet", old.Alphabet, new.Alphabet},
		{"name", old.Name, new.Name},
		{"path", string(old.URLPath), string(new.URLPath)},
		{"query", string(old.URLQuery), string(new.URLQuery)},
		{"rest", string(old.Rest), string(new.Rest)},
		{"malformed", string(old.Malformed), string(new.Malformed)},
	} {
		d.text(at, p.what, p.old, p.new)
	}
	d.hidden(at, "value", old.Value != new.Value)
	for _, path := range union(old.Paths, new.Paths) {
		before, was := old.Paths[path]
		after, is := new.Paths[path]
		d.nested(at, "path "+shown(path), was, is, before, after)
	}
	for i := range max(len(old.Cases), len(new.Cases)) {
		d.oneCase(at, i, old.Cases, new.Cases)
	}
	d.nested(at, "element", old.Element != nil, new.Element != nil, pointed(old.Element), pointed(new.Element))
	d.nested(at, "else", old.Else != nil, new.Else != nil, pointed(old.Else), pointed(new.Else))
}

// nested compares rules inside a rule.
func (d *differ) nested(at Change, what string, was, is bool, old, new Column) {
	at.OldLine, at.NewLine = cmp.Or(old.Line, at.OldLine), cmp.Or(new.Line, at.NewLine)
	at.What += what
	switch {
	case was && is:
		at.What += ": "
		d.rule(at, old, new)
	case was || is:
		d.whole(at, at.What, was, old.String(), new.String())
	}
}

// oneCase compares the cases at place i of two conditions.
func (d *differ) oneCase(at Change, i int, old, new []Case) {
	var before, after Case
	was, is := i < len(old), i < len(new)
	if was {
		before = old[i]
	}
	if is {
		after = new[i]
	}
	what := "case " + strconv.Itoa(i+1)
	if was && is {
		inside := at
		inside.OldLine, inside.NewLine, inside.What = cmp.Or(before.Line, at.OldLine), cmp.Or(after.Line, at.NewLine), at.What+what+": "
		d.text(inside, "column", before.Column, after.Column)
		d.hidden(inside, "values", !slices.Equal(before.In, after.In) || before.Null != after.Null)
	}
	d.nested(at, what+": then", was, is, before.Then, after.Then)
}

// references compares references, whatever their order.
func (d *differ) references(at Change, old, new []Reference) {
	old, new = slices.Clone(old), slices.Clone(new)
	takeTwin := func(of Reference, same func(a, b Reference) bool) (Reference, bool) {
		i := slices.IndexFunc(new, func(r Reference) bool { return same(of, r) })
		if i < 0 {
			return Reference{}, false
		}
		twin := new[i]
		new = slices.Delete(new, i, i+1)
		return twin, true
	}
	old = slices.DeleteFunc(old, func(r Reference) bool {
		_, found := takeTwin(r, func(a, b Reference) bool {
			return a.leads(b) && slices.Equal(a.ToColumns, b.ToColumns) && a.Outside == b.Outside
		})
		return found
	})
	for _, before := range old {
		at.OldLine = before.Line
		if after, found := takeTwin(before, Reference.leads); found {
			at.NewLine = after.Line
			d.text(at, "reference", before.String(), after.String())
		} else {
			d.whole(at, "reference", true, before.String(), "")
		}
	}
	for _, after := range new {
		at.NewLine = after.Line
		d.whole(at, "reference", false, "", after.String())
	}
}

// leads tells whether two references are of the same columns to the same table.
func (r Reference) leads(other Reference) bool {
	return slices.Equal(r.Columns, other.Columns) && r.To == other.To
}

// brief tells how much a table's rules say.
func (t Table) brief() string {
	if t.Global {
		return "global"
	}
	if len(t.Columns) == 1 {
		return "1 column"
	}
	return strconv.Itoa(len(t.Columns)) + " columns"
}

func pointed(c *Column) Column {
	if c == nil {
		return Column{}
	}
	return *c
}

func written(flag bool) string {
	if flag {
		return "true"
	}
	return ""
}

func unlessZero(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func shownList(names []string) string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = shown(name)
	}
	if len(list) == 0 {
		return ""
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// union returns the names that either has, sorted.
func union[V any](a, b map[string]V) []string {
	names := slices.Collect(maps.Keys(a))
	for name := range b {
		if _, both := a[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
