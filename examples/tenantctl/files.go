package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy"
)

// pair is two tenants and where their rows are.
type pair struct {
	from, to       tenancy.ID
	source, target database
}

// separateFiles tells whether each tenant has a SQLite file. A landing then replaces all tables of the target's.
func (p pair) separateFiles() bool {
	return p.source.file != "" && p.target.file != "" && !p.source.same(p.target)
}

// checkFiles refuses to treat a SQLite file as one tenant's own where anything tells that it is not: the rules name a tenant column, or another tenant was
// added with the same file. All rows of such a file are read or replaced, whoever they belong to.
func checkFiles(ctx context.Context, s *state, p pair, rules masking.Rules) error {
	if err := checkPlaces(p, rules); err != nil {
		return err
	}
	if p.source.file != "" && p.source.same(p.target) {
		return nil
	}
	if p.source.file == "" {
		return nil // PostgreSQL, where tenants share tables, and so they do in the target
	}
	if other, err := s.neighbor(ctx, p.from, p.source.file); err != nil {
		return err
	} else if other != "" {
		return fmt.Errorf("%w: tenant %s is in the same file as %s, %s: its rows would be copied too; give each tenant a file of its own: tenantctl tenant add %s --database …",
			errRefused, other, p.from, p.source.url, other)
	}
	if p.target.file == "" {
		return nil
	}
	if other, err := s.neighbor(ctx, p.to, p.target.file); err != nil {
		return err
	} else if other != "" {
		return fmt.Errorf("%w: tenant %s is in the same file as %s, %s: its rows would be replaced too; give each tenant a file of its own: tenantctl tenant add %s --database …",
			errRefused, other, p.to, p.target.url, other)
	}
	return nil
}

// checkPlaces does what checkFiles does by the rules and the two places alone.
func checkPlaces(p pair, rules masking.Rules) error {
	if p.source.file != "" && p.source.same(p.target) {
		if sharesTables(rules) {
			return nil
		}
		return fmt.Errorf("%w: %s and %s are in one file, and the rules name no tenant column; write tenant_column: in the rules, or give each tenant a file of its own", errRefused, p.from, p.to)
	}
	if p.separateFiles() && sharesTables(rules) {
		return fmt.Errorf("%w: the rules name a tenant column, and %s and %s are in different SQLite files: all tables of %s would be replaced, with the rows of every tenant in them; "+
			"leave the tenant column out of the rules if each file is one tenant's alone, or keep both tenants in one file", errRefused, p.from, p.to, p.target.url)
	}
	return nil
}

// neighbor returns another tenant that was added with the same file, or "".
func (s *state) neighbor(ctx context.Context, id tenancy.ID, file string) (tenancy.ID, error) {
	tenants, err := s.directory.Tenants(ctx)
	if err != nil {
		return "", err
	}
	for _, t := range tenants {
		if t.ID == id {
			continue
		}
		d, err := s.database(ctx, t.ID)
		if err != nil {
			return "", err
		}
		if d.file != "" && sameFile(d.file, file) {
			return t.ID, nil
		}
	}
	return "", nil
}

// sharesTables tells whether the rules are for tables that tenants share.
func sharesTables(rules masking.Rules) bool {
	if rules.TenantColumn != "" {
		return true
	}
	for _, t := range rules.Tables {
		if t.TenantColumn != "" {
			return true
		}
	}
	return false
}

// sameFile tells whether two absolute paths lead to one file, also where it is not made yet.
func sameFile(a, b string) bool {
	first, errFirst := os.Stat(a)
	second, errSecond := os.Stat(b)
	if errFirst == nil && errSecond == nil {
		return os.SameFile(first, second)
	}
	return resolve(a, maxLinks) == resolve(b, maxLinks)
}

// maxLinks is how many symbolic links are followed to a file that is not made yet.
const maxLinks = 40

// resolve follows symbolic links as far as there are any: in the path, and at its end to a file that is not made yet.
func resolve(file string, links int) string {
	if real, err := filepath.EvalSymlinks(file); err == nil {
		return real
	}
	dir, base := filepath.Split(filepath.Clean(file))
	if dir = filepath.Clean(dir); dir == file || base == "" || links == 0 {
		return file
	}
	link, err := os.Readlink(file)
	if err != nil {
		return filepath.Join(resolve(dir, links-1), base)
	}
	if !filepath.IsAbs(link) {
		link = filepath.Join(dir, link)
	}
	return resolve(link, links-1)
}
