package sqldata

import (
	"context"
	"errors"
	"strings"
)

// updatePlainly does the work of update by one query for the rows that are there and one UPDATE for each of them.
func (a *amender) updatePlainly(ctx context.Context, n int) error {
	there, err := a.look(ctx, n)
	if err != nil {
		return err
	}
	if a.prepared == nil {
		if a.prepared, err = a.st.PreparexContext(ctx, a.plainStatement()); err != nil {
			return err
		}
	}
	before, err := a.st.dialect.Changes(ctx, a.st.Conn)
	if err != nil {
		return err
	}
	for _, place := range there {
		given := a.row(place)
		params := append([]any{}, given[a.key:len(a.columns)]...)
		params = append(params, a.keyParams(given)...)
		if _, err := a.prepared.ExecContext(ctx, append(params, given[len(a.columns):]...)...); err != nil {
			return err
		}
	}
	after, err := a.st.dialect.Changes(ctx, a.st.Conn)
	if err != nil {
		return err
	}
	// An engine may not count a row that had the values already. One row more than there are is not ours, and is found by the check.
	could, own := a.st.own, after-before
	if err := a.st.add(ctx, a.extent.Table, int64(len(there))); err != nil {
		return err
	}
	a.st.own = min(a.st.own, could+own)
	return nil
}

// row returns the parameters of a row: its key, the values to be set, the tenant.
func (a *amender) row(place int) []any {
	width := len(a.columns) + len(a.tenant)
	return a.params[place*width : (place+1)*width]
}

// keyParams returns the parameters of the condition that a row has the key, each as often as the condition has it.
func (a *amender) keyParams(given []any) (params []any) {
	for i := range a.key {
		equal(a.codecs[i], "", func() string {
			params = append(params, given[i])
			return ""
		})
	}
	return params
}

// hasKey is the condition that a row has a key, with parameters in place.
func (a *amender) hasKey() string {
	conditions := make([]string, a.key)
	for i := range conditions {
		conditions[i] = equal(a.codecs[i], a.st.dialect.Quote(a.columns[i].Name), func() string { return around(a.codecs[i].Insert, a.st.dialect.Placeholder(0)) })
	}
	return strings.Join(conditions, " AND ")
}

// look returns which of n rows are there, and notes them.
func (a *amender) look(ctx context.Context, n int) (there []int, err error) {
	d := a.st.dialect
	chosen, err := selection(d, a.extent, 1)
	if err != nil {
		return nil, err
	}
	var selected, conditions []string
	for i := range a.key {
		selected = append(selected, around(a.codecs[i].Select, d.Quote(a.columns[i].Name)))
	}
	params := append([]any{}, chosen.Params...)
	for place := range n {
		conditions, params = append(conditions, "("+a.hasKey()+")"), append(params, a.keyParams(a.row(place))...)
	}
	where := " WHERE "
	if chosen.Where != "" {
		where = chosen.Where + " AND "
	}
	rows, err := a.st.QueryxContext(ctx, "SELECT "+strings.Join(selected, ", ")+" FROM "+a.extent.Table.SQL+where+"("+strings.Join(conditions, " OR ")+")", params...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	err = a.keys(ctx, rows, func(name string) error {
		if !a.open[name] {
			return errors.New("two rows of the table have one key")
		}
		a.open[name] = false
		there = append(there, a.places[name])
		return nil
	})
	return there, err
}

// plainStatement returns the UPDATE of one row.
func (a *amender) plainStatement() string {
	d := a.st.dialect
	var set []string
	for i := a.key; i < len(a.columns); i++ {
		set = append(set, d.Quote(a.columns[i].Name)+" = "+around(a.codecs[i].Insert, d.Placeholder(0)))
	}
	where := a.hasKey()
	if own, _, _ := ofTenant(d, a.extent, "", 1); own != "" { // its error was that of Amend
		where += " AND " + own
	}
	return "UPDATE " + a.extent.Table.SQL + " SET " + strings.Join(set, ", ") + " WHERE " + where
}
