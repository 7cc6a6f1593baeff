package refresh

import (
	"fmt"
	"slices"
	"strings"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

// closure refuses dispositions under which a reference would lead nowhere, and shows the path (D2).
func (c *compiler) closure() {
	for _, t := range c.plan.Tables {
		for _, r := range t.References {
			to := c.plan.Table(r.To)
			if to == nil || t.Name == r.To {
				continue
			}
			path := fmt.Sprintf("%s.%s (%s) → %s (%s)", t.Name, join(r.Columns), t.Disposition, to.Name, to.Disposition)
			problem := func(message, remedy string) {
				c.problem(Problem{Table: t.Name, Column: r.Columns[0], Message: message + ": " + path, Remedy: remedy})
			}
			switch {
			case t.Disposition == Empty, to.Disposition == Untouched, t.Disposition == to.Disposition:
			case t.Disposition == Untouched:
				problem("a table that belongs to no tenant refers to rows that the refresh takes away", "name the table's tenant column in the rules")
			case t.Disposition == Keep:
				problem("rows that stay refer to rows that go", fmt.Sprintf("keep %s too, or copy or empty %s", to.Name, t.Name))
			case r.Outside == masking.OutsideNull: // copied rows lose the reference
			default:
				problem("copied rows refer to rows that are not copied", fmt.Sprintf("copy %s too, or write `outside: null` for the reference", to.Name))
			}
		}
	}
}

// order brings the tables into the order of writing, what is referred to first, and refuses a cycle that the database would not let in.
func (c *compiler) order() {
	index := map[string]int{}
	for i, t := range c.plan.Tables {
		index[t.Name] = i
	}
	next := make([][]int, len(c.plan.Tables))
	for i, t := range c.plan.Tables {
		for _, r := range t.References {
			if to, known := index[r.To]; known && to != i {
				next[i] = append(next[i], to)
			}
		}
	}
	var ordered []TablePlan
	for _, component := range components(next) {
		slices.Sort(component)
		if c.plan.Checking != CheckedNever {
			c.cycle(component)
		}
		for _, i := range component {
			ordered = append(ordered, c.plan.Tables[i])
		}
	}
	c.plan.Tables = ordered
}

// cycle refuses the tables of one component if one of the foreign keys between them would be checked before all rows are there.
func (c *compiler) cycle(component []int) {
	in := map[string]bool{}
	for _, i := range component {
		in[c.plan.Tables[i].Name] = true
	}
	for _, i := range component {
		t := c.plan.Tables[i]
		if t.Disposition != Copy {
			continue
		}
		for _, key := range c.plan.to.Table(t.Name).ForeignKeys {
			if !in[key.To] || key.Deferrable && c.plan.Checking == CheckedAtCommit {
				continue
			}
			c.problem(Problem{Table: t.Name, Column: key.Columns[0],
				Message: "the references form a cycle without a way out: " + c.path(key, t.Name, in),
				Remedy:  fmt.Sprintf("make the foreign key %s deferrable, or give the target's role the right to suspend the checks (PostgreSQL: GRANT SET ON PARAMETER session_replication_role)", key.Name)})
		}
	}
}

// path shows the way from a foreign key back to its own table.
func (c *compiler) path(key schema.ForeignKey, table string, in map[string]bool) string {
	type way struct {
		at   string
		text string
	}
	queue := []way{{key.To, fmt.Sprintf("%s.%s → %s", table, join(key.Columns), key.To)}}
	for seen := map[string]bool{}; len(queue) > 0; queue = queue[1:] {
		w := queue[0]
		if w.at == table {
			return w.text
		}
		if seen[w.at] {
			continue
		}
		seen[w.at] = true
		for _, k := range c.plan.to.Table(w.at).ForeignKeys {
			if in[k.To] {
				queue = append(queue, way{k.To, fmt.Sprintf("%s, %s.%s → %s", w.text, w.at, join(k.Columns), k.To)})
			}
		}
	}
	return fmt.Sprintf("%s.%s → %s", table, join(key.Columns), key.To)
}

// components returns the strongly connected components of a graph, those that others lead to first (Tarjan's algorithm).
func components(next [][]int) [][]int {
	var (
		result [][]int
		stack  []int
		number = make([]int, len(next)) // 0 is not visited
		low    = make([]int, len(next))
		onto   = make([]bool, len(next))
		last   int
		visit  func(v int)
	)
	visit = func(v int) {
		last++
		number[v], low[v] = last, last
		stack, onto[v] = append(stack, v), true
		for _, w := range next[v] {
			if number[w] == 0 {
				visit(w)
				low[v] = min(low[v], low[w])
			} else if onto[w] {
				low[v] = min(low[v], number[w])
			}
		}
		if low[v] == number[v] {
			at := slices.Index(stack, v)
			component := slices.Clone(stack[at:])
			for _, w := range component {
				onto[w] = false
			}
			stack = stack[:at]
			result = append(result, component)
		}
	}
	for v := range next {
		if number[v] == 0 {
			visit(v)
		}
	}
	return result
}

func join(names []string) string { return strings.Join(names, ", ") }

// didYouMean adds the closest name to a remedy.
func didYouMean(name string, known []string) string {
	if close := masking.Suggest(name, known); close != "" {
		return fmt.Sprintf(" (did you mean %s?)", close)
	}
	return ""
}
