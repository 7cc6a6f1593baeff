package memory

import (
	"context"
	"fmt"
	"slices"

	"github.com/retenant/retenant/keys"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy/schema"
)

// Amend puts new tuples in place of those that the stage wrote. Nothing has to be loosened before: old rows are out as soon as the stage begins.
func (s *stage) Amend(ctx context.Context, extent refresh.Extent, key, set []string, rows *schema.Batch) ([]int, error) {
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	belongs, err := member(extent)
	if err != nil {
		return nil, err
	}
	places := make([]int, len(set))
	for i, name := range set {
		if places[i], err = stored(extent.Table, name); err != nil {
			return nil, err
		}
	}
	s.data.mu.Lock()
	defer s.data.mu.Unlock()
	table := extent.Table.Name
	byKey := map[keys.Key][]int{}
	for i, r := range s.in[table] {
		name, whole, err := keyOf(extent.Table, key, r)
		if err != nil {
			return nil, err
		}
		if whole && belongs(r) {
			byKey[name] = append(byKey[name], i)
		}
	}
	var missing []int
	list, amended := slices.Clone(s.in[table]), map[keys.Key]bool{}
	for n := range rows.Len() {
		row, parts, whole := rows.Row(n), make([]string, len(key)), true
		for i := range parts {
			parts[i] = string(row.Cell(i).Bytes)
			whole = whole && !row.Cell(i).IsNull()
		}
		name := keys.Compose(parts...)
		found := byKey[name]
		switch {
		case !whole:
			missing = append(missing, n)
			continue
		case len(found) > 1 || amended[name]:
			return nil, fmt.Errorf("%s: two rows have one key", table)
		case len(found) == 0:
			missing = append(missing, n)
			amended[name] = true
			continue
		}
		amended[name] = true
		cells := slices.Clone(list[found[0]].cells)
		for i, at := range places {
			cell := row.Cell(len(key) + i)
			cells[at] = schema.Cell{Bytes: slices.Clone(cell.Bytes), Form: cell.Form}
		}
		list[found[0]] = &tuple{list[found[0]].number, cells}
	}
	s.in[table] = list
	return missing, unique(extent.Table, s.view(table))
}
