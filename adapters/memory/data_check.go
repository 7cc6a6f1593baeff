package memory

import (
	"context"
	"fmt"
	"strings"

	"github.com/retenant/retenant/keys"
	"github.com/retenant/retenant/refresh"
)

// Check resolves each reference in the rows as they would stand after the commit. The store has no triggers and no cascades, so there are no
// changes that the stage did not make itself.
func (s *stage) Check(ctx context.Context, references []refresh.Reference) ([]refresh.Finding, error) {
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	s.data.mu.Lock()
	defer s.data.mu.Unlock()
	var findings []refresh.Finding
	for _, ref := range references {
		dangling, orphaned, err := s.resolve(ref)
		if err != nil {
			return nil, err
		}
		columns := strings.Join(ref.Columns, ", ")
		if dangling > 0 {
			findings = append(findings, refresh.Finding{Table: ref.From.Table.Name, Rows: dangling,
				Message: fmt.Sprintf("%s: %d rows refer by (%s) to rows that the tenant does not have", ref.Name, dangling, columns)})
		}
		if orphaned > 0 {
			findings = append(findings, refresh.Finding{Table: ref.From.Table.Name, Rows: orphaned,
				Message: fmt.Sprintf("%s: %d rows of other tenants refer by (%s) to rows that the landing takes away", ref.Name, orphaned, columns)})
		}
	}
	return findings, nil
}

// resolve counts the tenant's own rows whose reference leads nowhere, and those of others that lost what they referred to.
func (s *stage) resolve(ref refresh.Reference) (dangling, orphaned int64, err error) {
	own, err := member(ref.To)
	if err != nil {
		return 0, 0, err
	}
	global := ref.To
	global.Tenant = ""
	shared, err := member(global)
	if err != nil {
		return 0, 0, err
	}
	there, open, taken := map[keys.Key]bool{}, map[keys.Key]bool{}, map[keys.Key]bool{}
	for _, r := range s.view(ref.To.Table.Name) {
		key, whole, err := keyOf(ref.To.Table, ref.ToKey, r)
		if err != nil {
			return 0, 0, err
		}
		if whole {
			there[key] = true
			open[key] = open[key] || own(r) || shared(r)
		}
	}
	for _, r := range s.out[ref.To.Table.Name] {
		key, whole, err := keyOf(ref.To.Table, ref.ToKey, r)
		if err != nil {
			return 0, 0, err
		}
		taken[key] = whole
	}
	mine, err := member(ref.From)
	if err != nil {
		return 0, 0, err
	}
	for _, r := range s.view(ref.From.Table.Name) {
		key, whole, err := keyOf(ref.From.Table, ref.Columns, r)
		switch {
		case err != nil:
			return 0, 0, err
		case !whole:
		case mine(r) && !open[key] && !ref.Any:
			dangling++
		case !mine(r) && taken[key] && !there[key]:
			orphaned++
		}
	}
	return dangling, orphaned, nil
}
