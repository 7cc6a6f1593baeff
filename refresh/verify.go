package refresh

import (
	"context"
	"errors"
	"fmt"

	"github.com/retenant/retenant/refresh/receipt"
	"github.com/retenant/retenant/tenancy/configuration"
)

// Verify holds a finished refresh's target against its receipt: it re-reads the tables that were copied, in one snapshot, and compares their digests. It
// changes nothing and does not need the source. It returns what differs, which in an opened tenant is work that has been done since,
// and an error where it cannot tell: the receipt was altered ([receipt.ErrAltered]) or is not sealed, the secret or the rules are not those of the run.
func (r *Runner) Verify(ctx context.Context, id RunID) ([]Finding, error) {
	if err := errors.Join(r.complete(), r.mustMask()); err != nil {
		return nil, err
	}
	refresh, err := r.Store.Refresh(ctx, id)
	if err != nil {
		return nil, err
	}
	if refresh.Receipt == nil {
		return nil, fmt.Errorf("refresh %s is %s and has no receipt: %w", id, refresh.State, receipt.ErrNotSealed)
	}
	if err := refresh.Receipt.Verify(); err != nil {
		return nil, err
	}
	if got, want := r.Secret.Fingerprint(), refresh.Receipt.Secret; got != want {
		return nil, fmt.Errorf("the secret (fingerprint %s) is not the run's (%s)", got, want)
	}
	plan, err := r.landedPlan(ctx, refresh)
	if err != nil {
		return nil, err
	}
	run := &run{Runner: r, refresh: refresh, plan: plan, progress: newProgress(r, id)}
	defer run.end()
	if run.snapshot, err = r.Target.Snapshot(ctx, plan.Target); err != nil {
		return nil, err
	}
	if err := run.landedMappings(ctx); err != nil {
		return nil, err
	}
	run.progress.step("verify", 0)
	return run.compareReceipt(ctx)
}

func (run *run) compareReceipt(ctx context.Context) ([]Finding, error) {
	var findings []Finding
	for _, entry := range run.refresh.Receipt.Tables {
		t := run.plan.Table(entry.Name)
		if entry.Disposition == string(Empty) && t != nil {
			rows, err := run.snapshot.Count(ctx, run.plan.target(t))
			if err != nil {
				return nil, fmt.Errorf("table %s: %w", entry.Name, err)
			}
			if rows > 0 {
				findings = append(findings, Finding{Table: entry.Name, Rows: rows, Message: fmt.Sprintf("it was emptied and holds %d rows", rows)})
			}
		}
		if entry.Disposition != string(Copy) {
			continue
		}
		if t == nil || t.Disposition != Copy {
			findings = append(findings, Finding{Table: entry.Name, Message: "the table is no longer there, or the profile no longer copies it"})
			continue
		}
		if difference := treatments(t, entry); difference != nil {
			return nil, difference
		}
		want, err := ParseDigest(entry.Digest)
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", entry.Name, err)
		}
		transform, err := run.plan.bind(t, run.Secret, run.bound)
		if err != nil {
			return nil, err
		}
		run.progress.table(entry.Name, entry.Written)
		found, err := run.reread(ctx, run.snapshot, run.plan.target(t), &tableRun{plan: t, transform: transform})
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", entry.Name, err)
		}
		if difference := want.Compare(&found); difference != "" {
			findings = append(findings, Finding{Table: entry.Name, Rows: found.Rows(), Message: difference})
		}
	}
	run.progress.finish()
	return findings, nil
}

// treatments refuses rules by which a column was not treated in the run: digests would differ for no other reason.
func treatments(t *TablePlan, entry receipt.Table) error {
	if len(t.Columns) != len(entry.Columns) {
		return fmt.Errorf("table %s has %d columns now and had %d in the run", t.Name, len(t.Columns), len(entry.Columns))
	}
	for i, c := range t.Columns {
		if was := entry.Columns[i]; was.Name != c.Name || was.Treatment != c.Treatment() {
			return fmt.Errorf("%s.%s: the rules say %q now and said %q of %s in the run; verify with the rules of the run", t.Name, c.Name, c.Treatment(), was.Treatment, was.Name)
		}
	}
	return nil
}

// landedPlan compiles the plan of a refresh as its target stands after the commit, without a look at the source.
func (r *Runner) landedPlan(ctx context.Context, refresh Refresh) (*Plan, error) {
	source, target, err := r.tenants(ctx, refresh.Request)
	if err != nil {
		return nil, err
	}
	to, err := r.Target.Describe(ctx, target.ID)
	if err != nil {
		return nil, fmt.Errorf("target %s: %w", target.ID, err)
	}
	to.Facts.Checking = CheckedNever // nothing is written
	to.Facts.Rebuild, to.Facts.Preconditions, to.Facts.Identity, to.Facts.FireTriggers, to.Facts.NoUpdate = false, nil, "", false, nil
	profile := r.Profile
	profile.Settings = configuration.Choices{} // in effect since the handover, and the tenant's own from then on
	plan, err := Compile(Proposal{Source: source, Target: target, From: to, To: to, Rules: r.Rules, Functions: r.Functions, Profile: profile, Unmasked: refresh.Request.Unmasked != nil})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("refresh %s: the target does not fit the rules any more", refresh.ID), err)
	}
	return plan, nil
}
