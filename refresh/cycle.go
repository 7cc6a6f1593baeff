package refresh

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/retenant/retenant/tenancy/schema"
)

// tie is a foreign key that the database looks at while a stage works, so that one of two tables has to be written before the other.
type tie struct {
	from, to int // places in the plan
	key      schema.ForeignKey
	enter    bool     // a row cannot be written before the one it refers to
	leave    bool     // a row cannot be taken out before those that refer to it, or takes them along
	way      []string // the columns that are NULL at first where the tie is cut; nil where it cannot be
	rank     int      // of two ties, the one of lower rank is cut
	remedy   string   // what would make a way
}

// breakCycles cuts the cycles of foreign keys that are checked at once: some columns are NULL while rows are taken out and written, and are
// set in a second pass. It takes the columns that leave the fewest ties in cycles, then those that are in no unique key, then the first by name, and none
// that it does not need. Numbers of rows do not count, since the plan's hash would change with them. A cycle without a way out refuses the plan, with
// its path. It returns, by place in the plan, the tables that have to be written before each.
func (c *compiler) breakCycles(index map[string]int) [][]int {
	ties := c.ties(index)
	fast := c.inCycles(slices.DeleteFunc(slices.Clone(ties), func(t tie) bool { return t.way != nil }))
	for _, t := range fast {
		c.problem(Problem{Table: c.plan.Tables[t.from].Name, Column: t.key.Columns[0],
			Message: "the references form a cycle without a way out: " + c.path(t, fast), Remedy: t.remedy})
	}
	if len(fast) > 0 {
		return make([][]int, len(c.plan.Tables))
	}
	var chosen []tie
	for {
		round := c.inCycles(uncut(ties, chosen))
		if len(round) == 0 {
			break
		}
		best, left := tie{}, -1
		for _, t := range round {
			if t.way == nil {
				continue
			}
			after := len(c.inCycles(uncut(ties, append(slices.Clip(chosen), t))))
			if left < 0 || cmp.Or(cmp.Compare(after, left), cmp.Compare(t.rank, best.rank), c.byName(t, best)) < 0 {
				best, left = t, after
			}
		}
		chosen = append(chosen, best)
	}
	for i := len(chosen) - 1; i >= 0; i-- { // those that later ones made needless
		if others := slices.Concat(chosen[:i], chosen[i+1:]); len(c.inCycles(uncut(ties, others))) == 0 {
			chosen = others
		}
	}
	c.postpone(ties, chosen)
	return c.precede(uncut(ties, chosen))
}

// ties lists the foreign keys that bear on the order of tables.
func (c *compiler) ties(index map[string]int) []tie {
	if c.plan.Checking == CheckedNever {
		return nil
	}
	var list []tie
	for from := range c.plan.Tables {
		t := &c.plan.Tables[from]
		if !t.replaced() {
			continue
		}
		for _, key := range c.plan.to.Table(t.Name).ForeignKeys {
			to, known := index[key.To]
			if !known || !c.plan.Tables[to].replaced() {
				continue
			}
			late := key.Deferrable && c.plan.Checking == CheckedAtCommit
			acts := key.OnDelete != "" && key.OnDelete != "NO ACTION"
			made := tie{from: from, to: to, key: key, enter: !late && t.Disposition == Copy && c.plan.Tables[to].Disposition == Copy,
				leave: (!late || acts) && from != to} // one statement takes out all rows of a table
			if made.enter || made.leave {
				c.findWay(&made)
				list = append(list, made)
			}
		}
	}
	return list
}

// findWay looks for columns of the foreign key that may be NULL for a while: one, or with MATCH FULL all of them.
func (c *compiler) findWay(t *tie) {
	plan := &c.plan.Tables[t.from]
	table := c.plan.to.Table(plan.Name)
	key := rowKey(table, plan.TenantColumn, nil)
	var free, barred, pinned []string
	for _, name := range t.key.Columns {
		column, _ := table.Column(name)
		switch {
		case !column.Nullable || column.Computed || name == plan.TenantColumn || slices.Contains(key, name) || c.isReferredTo(plan.Name, name):
		case bar(table, name) != "":
			pinned = append(pinned, fmt.Sprintf("%s be NULL in spite of %s", name, bar(table, name)))
		case slices.Contains(c.To.Facts.NoUpdate[plan.Name], name):
			barred = append(barred, name)
		default:
			free = append(free, name)
		}
	}
	t.remedy = fmt.Sprintf("make the foreign key %s deferrable, let %s, or give the target's role the right to suspend the checks (PostgreSQL: GRANT SET ON PARAMETER session_replication_role)",
		t.key.Name, cmp.Or(strings.Join(pinned, " and "), join(t.key.Columns)+" be NULL"))
	slices.SortStableFunc(free, func(a, b string) int { return cmp.Compare(len(doubts(table, a)), len(doubts(table, b))) })
	switch {
	case t.key.Full && len(free)+len(barred) < len(t.key.Columns), len(free)+len(barred) == 0:
	case plan.Disposition == Copy && key == nil:
		t.remedy = "give the table a primary key, by which its rows are found in a second pass, or make the foreign key " + t.key.Name + " deferrable"
	case len(free) == 0 || t.key.Full && len(barred) > 0:
		t.remedy = fmt.Sprintf("give the target's role the right to set the column in a second pass (PostgreSQL: GRANT UPDATE (%s) ON %s), or make the foreign key %s deferrable",
			join(barred), plan.Name, t.key.Name)
	case t.key.Full:
		t.way = free
	default:
		t.way = free[:1]
	}
	if slices.ContainsFunc(table.Unique, func(u schema.Unique) bool {
		return u.Partial || slices.ContainsFunc(t.way, func(name string) bool { return slices.Contains(u.Columns, name) })
	}) {
		t.rank = 1 // a partial index may take them up
	}
	if slices.ContainsFunc(t.way, func(name string) bool { return len(doubts(table, name)) > 0 }) {
		t.rank = 2
	}
}

// bar says what keeps a column of a table from being NULL for a while although it is nullable; "" is nothing.
func bar(table *schema.Table, column string) string {
	for _, u := range table.Unique {
		if u.NullsNotDistinct && slices.Contains(u.Columns, column) {
			return u.Name + ", to which two NULLs are one value"
		}
	}
	for _, check := range table.Checks {
		if check.Null(column) == schema.NullRefused {
			return strings.TrimSpace("the check " + check.Name)
		}
	}
	return ""
}

// doubts lists the checks of which it cannot be told whether the column may be NULL for a while.
func doubts(table *schema.Table, column string) (names []string) {
	for _, check := range table.Checks {
		if check.Null(column) == schema.NullUnclear {
			names = append(names, cmp.Or(check.Name, check.SQL))
		}
	}
	return names
}

// isReferredTo tells whether a foreign key leads to the column: while it is NULL, no row could refer to it.
func (c *compiler) isReferredTo(table, column string) bool {
	return slices.ContainsFunc(c.plan.to.Tables, func(t schema.Table) bool {
		return slices.ContainsFunc(t.ForeignKeys, func(k schema.ForeignKey) bool { return k.To == table && slices.Contains(k.ToColumns, column) })
	})
}

// cut tells whether the ways of the chosen ties cut the tie too: a column may be part of several foreign keys.
func (t tie) cut(chosen []tie) bool {
	null := func(name string) bool {
		return slices.ContainsFunc(chosen, func(o tie) bool { return o.from == t.from && slices.Contains(o.way, name) })
	}
	if t.key.Full {
		return !slices.ContainsFunc(t.key.Columns, func(name string) bool { return !null(name) })
	}
	return slices.ContainsFunc(t.key.Columns, null)
}

// uncut returns the ties that stay when the ways of the chosen ones are taken.
func uncut(ties, chosen []tie) []tie {
	return slices.DeleteFunc(slices.Clone(ties), func(t tie) bool { return t.cut(chosen) })
}

// inCycles returns the ties that are part of a cycle.
func (c *compiler) inCycles(ties []tie) []tie {
	component := make([]int, len(c.plan.Tables))
	for i, members := range components(c.precede(ties)) {
		for _, m := range members {
			component[m] = i
		}
	}
	var found []tie
	for _, t := range ties {
		if component[t.from] == component[t.to] {
			found = append(found, t)
		}
	}
	return found
}

// precede returns, by place in the plan, the tables that the ties lead to from each.
func (c *compiler) precede(ties []tie) [][]int {
	next := make([][]int, len(c.plan.Tables))
	for _, t := range ties {
		if t.from != t.to {
			next[t.from] = append(next[t.from], t.to)
		}
	}
	return next
}

// postpone takes the columns of all ties that are cut into the plan.
func (c *compiler) postpone(ties, chosen []tie) {
	for _, t := range ties {
		if !t.cut(chosen) {
			continue
		}
		plan := &c.plan.Tables[t.from]
		table := c.plan.to.Table(plan.Name)
		for _, o := range chosen {
			for _, name := range o.way {
				if o.from != t.from || !slices.Contains(t.key.Columns, name) {
					continue
				}
				if names := doubts(table, name); len(names) > 0 {
					warning := fmt.Sprintf("%s.%s is NULL for a while, since references form a cycle: look whether the check %s allows that, or make the foreign key %s deferrable", plan.Name, name, join(names), t.key.Name)
					if !slices.Contains(c.plan.Warnings, warning) {
						c.plan.Warnings = append(c.plan.Warnings, warning)
					}
				}
				if t.leave && !slices.Contains(plan.Loosen, name) {
					plan.Loosen = append(plan.Loosen, name)
				}
				if i := slices.IndexFunc(plan.Columns, func(column ColumnPlan) bool { return column.Name == name }); t.enter && i >= 0 {
					plan.Columns[i].Deferred = true
				}
			}
		}
		slices.Sort(plan.Loosen)
	}
}

func (c *compiler) byName(a, b tie) int {
	return cmp.Or(strings.Compare(c.plan.Tables[a.from].Name, c.plan.Tables[b.from].Name), slices.Compare(a.way, b.way))
}

// path shows the way along the ties from one of them back to its own table.
func (c *compiler) path(first tie, ties []tie) string {
	type way struct {
		at   int
		text string
	}
	step := func(t tie) string {
		return fmt.Sprintf("%s.%s → %s", c.plan.Tables[t.from].Name, join(t.key.Columns), c.plan.Tables[t.to].Name)
	}
	queue := []way{{first.to, step(first)}}
	for seen := map[int]bool{}; len(queue) > 0; queue = queue[1:] {
		w := queue[0]
		if w.at == first.from {
			return w.text
		}
		if seen[w.at] {
			continue
		}
		seen[w.at] = true
		for _, t := range ties {
			if t.from == w.at {
				queue = append(queue, way{t.to, w.text + ", " + step(t)})
			}
		}
	}
	return step(first)
}

// rowKey returns the columns by which one row of a tenant is found: the primary key, or a unique key of columns that are never NULL, without the tenant
// column and without any of the columns to leave out. Nil is that there are none.
func rowKey(t *schema.Table, tenantColumn string, without []string) []string {
	candidates := [][]string{t.PrimaryKey}
	for _, u := range t.Unique {
		if !u.Partial && !u.Expression {
			candidates = append(candidates, u.Columns)
		}
	}
	for _, columns := range candidates {
		unfit := slices.ContainsFunc(columns, func(name string) bool {
			column, found := t.Column(name)
			return !found || column.Computed || slices.Contains(without, name) || column.Nullable && !slices.Contains(t.PrimaryKey, name)
		})
		if unfit || len(columns) == 0 {
			continue
		}
		key := slices.DeleteFunc(slices.Clone(columns), func(name string) bool { return name == tenantColumn })
		if len(key) == 0 {
			key = columns // one row of each tenant
		}
		return key
	}
	return nil
}
