package refresh

import (
	"fmt"
	"slices"
	"strings"

	"github.com/retenant/retenant/masking"
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

// order brings the tables into the order of writing, what is referred to first, and has cycles broken where the database checks at once.
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
	first := c.breakCycles(index)
	var ordered []TablePlan
	for _, component := range components(next) {
		slices.Sort(component)
		within := make([][]int, len(component)) // what has to come first there
		for i, from := range component {
			for k, to := range component {
				if slices.Contains(first[from], to) {
					within[i] = append(within[i], k)
				}
			}
		}
		for _, part := range components(within) {
			slices.Sort(part)
			for _, i := range part {
				ordered = append(ordered, c.plan.Tables[component[i]])
			}
		}
	}
	c.plan.Tables = ordered
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
