package refresh

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/schema"
)

// A secret of the target stays with a row only if that is the copy of the same original as before. A row of the same key need not be: where tenants have databases of
// their own, the target and the source hand out the same numbers to different rows, and where a profile changes, the same number becomes another row's
// copy. So the row's key must be one that the last landing wrote, by the row digests that it left, and keys must be made of originals as they were then. What
// cannot be told from outside is a key that the source, or the target after it deleted the copy, gave to another row in between.

// keying fingerprints how the copies' values of these columns, a key, are made of which source's. The masking secret is not a part of it.
func (p *Plan) keying(t *TablePlan, key []string) string {
	type making struct {
		Name    string
		Op      Op
		Rule    masking.Column `json:",omitzero"`
		Version string
		Whom    string // the fakes are made for
		Scheme  string
		Choice  KeyChoice
		Free    bool
		NoTime  bool
	}
	made := []making{}
	for _, c := range t.Columns {
		if !slices.Contains(key, c.Name) {
			continue
		}
		m := making{Name: c.Name, Op: c.Op, Free: c.Free}
		var mapped *TablePlan
		switch c.Op {
		case OpMask:
			m.Rule, m.Version, m.Whom = c.Rule.WithoutLines(), c.Version, p.Audience
		case OpKey:
			mapped = t
		case OpReference:
			mapped = p.Table(c.To)
		}
		if mapped != nil {
			m.Scheme, m.Choice, m.NoTime = string(mapped.Scheme), mapped.KeyChoice, mapped.WithoutTime
		}
		made = append(made, m)
	}
	slices.SortFunc(made, func(a, b making) int { return strings.Compare(a.Name, b.Name) })
	data, err := json.Marshal(struct {
		Source tenancy.ID
		Key    []making
	}{p.Source, made})
	if err != nil {
		return "" // as a head of before: no secret is carried over
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16])
}

// secretKey returns the columns by which a row of a table finds its secrets again, without the tenant column.
func (p *Plan) secretKey(t *TablePlan) []string {
	key := rowKey(p.to.Table(t.Name), t.TenantColumn, t.kept())
	return slices.DeleteFunc(slices.Clone(key), func(name string) bool { return name == t.TenantColumn })
}

// estranged says why the rows of the target are not known as copies of the originals that their keys are made of now; "" is that they are. The head is
// nil where no digests are kept.
func (p *Plan) estranged(t *TablePlan, head *rowDigestHead, secret masking.Secret) string {
	switch {
	case head == nil:
		return "the last refresh left no digests of its rows"
	case head.Secret != secret.Fingerprint():
		return "the masking secret is not that of the last refresh"
	case head.Sums:
		return fmt.Sprintf("it has more than %d rows, for which no digest is kept of each", maxRowDigests)
	case !sameColumns(head.Key, p.secretKey(t)):
		return "its rows had another key at the last refresh"
	case head.Keying == "" || head.Keying != p.keying(t, head.Key):
		return "keys are not made as at the last refresh"
	}
	return ""
}

func blankBecause(table, why string) string {
	return fmt.Sprintf("%s: the secrets that the rules keep are blank in this copy, since it cannot be told which rows are copies of the same originals as before: %s", table, why)
}

// blanks warns in the plan's annex of tables whose secrets cannot be kept. What the target holds refuses no plan.
func (r *Runner) blanks(ctx context.Context, p *Plan, target tenancy.Tenant) error {
	if p.Annex.Create || r.Secret.IsZero() || !isCopyOf(target, p.Source) || !p.keepsSecrets() {
		return nil
	}
	snapshot, err := r.Target.Snapshot(ctx, target.ID)
	if err != nil {
		return fmt.Errorf("target %s: %w", target.ID, err)
	}
	defer snapshot.Close()
	for i := range p.Tables {
		t := &p.Tables[i]
		if t.Disposition != Copy || len(t.kept()) == 0 || p.old.Table(t.Name) == nil {
			continue
		}
		why, err := p.landed(ctx, t, snapshot, r.Secret, nil)
		if err != nil {
			return fmt.Errorf("target %s: table %s: %w", target.ID, t.Name, err)
		}
		if why != "" {
			p.Annex.Warnings = append(p.Annex.Warnings, blankBecause(t.Name, why))
		}
	}
	return nil
}

func (p *Plan) keepsSecrets() bool {
	return slices.ContainsFunc(p.Tables, func(t TablePlan) bool { return t.Disposition == Copy && len(t.kept()) > 0 })
}

// landed reads what the last landing left of a table: its head alone, unless rows is given. It says why that is of no use.
func (p *Plan) landed(ctx context.Context, t *TablePlan, snapshot Snapshot, secret masking.Secret, rows *leftRows) (why string, err error) {
	const cannot = "the target keeps no digests of rows"
	reader, ok := snapshot.(RowDigestReader)
	if !ok {
		return cannot, nil
	}
	pieces := reader.RowDigests(ctx, t.Name)
	var head *rowDigestHead
	if rows == nil {
		head, err = readRowDigestHead(pieces)
	} else {
		head, rows.known, err = readRowDigests(pieces)
	}
	switch {
	case errors.Is(err, errDamaged):
		return errDamaged.Error(), nil
	case errors.Is(err, errors.ErrUnsupported):
		return cannot, nil
	case err != nil:
		return "", err
	}
	why = p.estranged(t, head, secret)
	if why == "" && rows != nil {
		rows.rows, rows.key = head.Rows, head.Key
	}
	return why, nil
}

// leftRows tells which rows of the target the last landing left, by their keys.
type leftRows struct {
	known    *knownRows
	rows     int64
	key      []string // in the order in which it was hashed; none: the tenant has one row
	digester *rowDigester
	found    bool
}

// among says where the columns of the key stand in the rows that [leftRows.has] is asked about.
func (l *leftRows) among(columns []string, secret masking.Secret) {
	var places []int
	for _, name := range l.key {
		places = append(places, slices.Index(columns, name))
	}
	l.digester = newRowDigester(secret, nil, places, func(d rowDigest) {
		first, end := l.known.group(d.key)
		l.found = first < end
	})
}

func (l *leftRows) has(row schema.Row) bool {
	if len(l.key) == 0 {
		return l.rows > 0
	}
	l.digester.add(row)
	return l.found
}
