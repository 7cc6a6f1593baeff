package sqldata

import (
	"context"
	"fmt"
	"strings"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy/schema"
)

// Check implements [refresh.Stage].
func (st *stage) Check(ctx context.Context, references []refresh.Reference) ([]refresh.Finding, error) {
	findings, err := st.check(ctx, references)
	return findings, st.dialect.Explain(err)
}

func (st *stage) check(ctx context.Context, references []refresh.Reference) ([]refresh.Finding, error) {
	var findings []refresh.Finding
	changed, err := st.dialect.Changes(ctx, st.Conn)
	if err != nil {
		return nil, err
	}
	if others := changed - st.before - st.own; others != 0 {
		findings = append(findings, refresh.Finding{Table: "all tables", Rows: others,
			Message: fmt.Sprintf("%d row changes in the landing's transaction are not the landing's own: a trigger or a cascade made them", others)})
	}
	if err := st.finish(ctx); err != nil {
		return nil, err
	}
	for _, r := range references {
		if r.Any && !r.Declared {
			continue
		}
		n, sample, err := st.dangling(ctx, r)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			findings = append(findings, refresh.Finding{Table: r.From.Table.Name, Rows: n,
				Message: fmt.Sprintf("%s: %d rows refer to a row that is not there%s", r.Name, n, sample)})
		}
	}
	broken, err := st.verifyConstraints(ctx)
	if err != nil {
		return nil, err
	}
	findings = append(findings, broken...)
	after := map[string]int64{}
	if err := st.countInbound(ctx, after); err != nil {
		return nil, err
	}
	for _, r := range st.landing.References {
		if lost := st.inbound[r.Name] - after[r.Name]; lost > 0 {
			findings = append(findings, refresh.Finding{Table: r.From.Table.Name, Rows: lost,
				Message: fmt.Sprintf("%s: %d rows of other tenants would lose the row of the target they refer to; end these references first", r.Name, lost)})
		}
	}
	return findings, nil
}

// verifyConstraints looks for what the engine left unchecked.
func (st *stage) verifyConstraints(ctx context.Context) ([]refresh.Finding, error) {
	verifier, ok := st.dialect.(Verifier)
	if !ok {
		return nil, nil
	}
	written := make([]Selection, len(st.landing.Replace))
	for i, e := range st.landing.Replace {
		var err error
		if written[i], err = selection(st.dialect, e, 1); err != nil {
			return nil, err
		}
	}
	return verifier.VerifyConstraints(ctx, st.Conn, written)
}

// dangling counts the target's rows whose reference leads neither to a row of the target nor to one of no tenant.
func (st *stage) dangling(ctx context.Context, r refresh.Reference) (int64, string, error) {
	d := st.dialect
	var conditions []string
	var params []any
	own, mine, err := ofTenant(d, r.From, "c", 1)
	if err != nil {
		return 0, "", err
	}
	if own != "" {
		conditions = append(conditions, own)
		params = append(params, mine...)
	}
	for _, name := range r.Columns {
		conditions = append(conditions, "c."+d.Quote(name)+" IS NOT NULL")
	}
	parent := joined(d, r)
	of, theirs, err := ofTenant(d, r.To, "p", len(params)+1)
	if err != nil {
		return 0, "", err
	}
	if of != "" && !r.Any {
		parent += " AND (" + of + " OR p." + d.Quote(r.To.Column) + " IS NULL)"
		params = append(params, theirs...)
	}
	conditions = append(conditions, "NOT EXISTS (SELECT 1 FROM "+r.To.Table.SQL+" p WHERE "+parent+")")
	sample := "NULL"
	key := numericKey(r.From.Table)
	if key != "" {
		sample = "min(c." + d.Quote(key) + ")"
	}
	var n int64
	var first *int64
	err = st.QueryRowxContext(ctx, "SELECT count(*), "+sample+" FROM "+r.From.Table.SQL+" c WHERE "+strings.Join(conditions, " AND "), params...).Scan(&n, &first)
	if err != nil || first == nil {
		return n, "", err
	}
	return n, fmt.Sprintf(", the first of them has %s %d", key, *first), nil
}

// countInbound counts, by reference, the rows of others that refer to a row of the target.
func (st *stage) countInbound(ctx context.Context, counts map[string]int64) error {
	d := st.dialect
	for _, r := range st.landing.References {
		if r.From.Column == "" || r.To.Column == "" {
			continue // nobody else has rows there
		}
		to, params, err := ofTenant(d, r.To, "p", 1)
		if err != nil {
			return err
		}
		from, more, err := ofTenant(d, r.From, "c", len(params)+1)
		if err != nil {
			return err
		}
		params = append(params, more...)
		var n int64
		err = st.GetContext(ctx, &n, "SELECT count(*) FROM "+r.To.Table.SQL+" p JOIN "+r.From.Table.SQL+" c ON "+joined(d, r)+
			" WHERE "+to+" AND (NOT ("+from+") OR c."+d.Quote(r.From.Column)+" IS NULL)", params...)
		if err != nil {
			return fmt.Errorf("%s: counting the references of others: %w", r.Name, err)
		}
		counts[r.Name] = n
	}
	return nil
}

// joined is the condition that row c refers to row p.
func joined(d Dialect, r refresh.Reference) string {
	conditions := make([]string, len(r.Columns))
	for i, name := range r.Columns {
		conditions[i] = "p." + d.Quote(r.ToKey[i]) + " = c." + d.Quote(name)
	}
	return strings.Join(conditions, " AND ")
}

// numericKey returns the column of a primary key of one integer, which may be shown.
func numericKey(t *schema.Table) string {
	if len(t.PrimaryKey) != 1 {
		return ""
	}
	if c, _ := t.Column(t.PrimaryKey[0]); c.Type != schema.Integer {
		return ""
	}
	return t.PrimaryKey[0]
}
