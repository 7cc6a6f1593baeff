package refresh

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh/receipt"
	"github.com/retenant/retenant/tenancy"
)

// handover is what takes effect with the commit: quiet settings (A22, A23, A24), provenance (D19), and the host's own settings (B14, N5).
func (run *run) handover() Handover {
	return Handover{Configuration: run.plan.Settings.handedOver(),
		Run: run.refresh.ID, Token: run.lease.Token, Target: run.target.ID, Settings: tenancy.Settings{},
		Provenance: tenancy.Provenance{Source: run.source.ID, AsOf: run.refresh.Snapshot, Run: string(run.refresh.ID), Masked: run.plan.Masked}}
}

// prepare records what the handover will put into effect, and the receipt as far as it is known: after a lost answer to the commit there
// is nobody left to ask.
func (run *run) prepare(ctx context.Context) error {
	handover := run.handover()
	if err := run.Directory.Prepare(ctx, handover); err != nil {
		return err
	}
	run.refresh.Receipt = run.receipt(handover)
	return run.save(ctx)
}

// receipt tells what the run did so far.
func (run *run) receipt(handover Handover) *receipt.Receipt {
	request, plan := run.refresh.Request, run.plan
	r := &receipt.Receipt{
		Format: receipt.Format, Run: string(run.refresh.ID),
		Source:  receipt.Side{Tenant: string(run.source.ID), Kind: string(run.source.Kind), Database: plan.Annex.Source},
		Target:  receipt.Side{Tenant: string(run.target.ID), Kind: string(run.target.Kind), Database: plan.Annex.Target},
		Purpose: string(request.Purpose), RequestedBy: request.By, Masked: plan.Masked,
		Plan: plan.Hash, Rules: plan.Rules, Secret: run.Secret.Fingerprint(), Audience: plan.Audience,
		Dictionaries: masking.DictionaryHash().String(), Snapshot: run.refresh.Snapshot, Attempts: run.refresh.Attempts,
		ForeignKeys: string(plan.Checking), Settings: handover.Settings.String(), Warnings: append(append([]string(nil), run.refresh.Warnings...), plan.Warnings...),
	}
	if u := request.Unmasked; u != nil {
		r.OptOut = &receipt.OptOut{By: u.By, Reason: u.Reason}
	}
	r.Configured = plan.Settings.receipt()
	done := map[string]*tableRun{}
	for _, t := range run.tables {
		done[t.plan.Name] = t
	}
	for i := range plan.Tables {
		t := &plan.Tables[i]
		entry := receipt.Table{Name: t.Name, Disposition: string(t.Disposition)}
		if d := done[t.Name]; d != nil {
			made := d.transform.Made()
			entry.Read, entry.Written, entry.NewKeys, entry.Digest = d.read, made.Rows(), d.newKeys, made.String()
			entry.Nulled, entry.Passed = d.transform.nulled, d.transform.passed
		}
		for _, c := range t.Columns {
			column := receipt.Column{Name: c.Name, Treatment: c.Treatment()}
			if d := done[t.Name]; d != nil && d.secrets != nil {
				column.Kept = d.secrets.values[c.Name]
			}
			entry.Columns = append(entry.Columns, column)
		}
		r.Tables = append(r.Tables, entry)
	}
	for _, name := range plan.Dropped {
		r.Tables = append(r.Tables, receipt.Table{Name: name, Disposition: receipt.Dropped})
	}
	run.lost.record(r)
	return r
}

// commit makes the copy visible. When the answer is lost, the fence and the marker in the target's database decide.
func (run *run) commit(ctx context.Context) error {
	if err := run.Store.Renew(ctx, run.lease, run.refresh.ID, run.leaseTime()); err != nil {
		return err
	}
	if _, target, err := run.tenants(ctx, run.refresh.Request); err != nil { // A4, once more
		return err
	} else if target.Outage == nil || target.Outage.Run != string(run.refresh.ID) {
		return &tenancy.TenantError{Tenant: target.ID, Err: fmt.Errorf("it is no longer closed for run %s", run.refresh.ID)}
	}
	failure := run.stage.Commit(ctx, run.handover())
	if errors.Is(failure, ErrFenced) {
		return failure
	}
	clean, cancel := cleanup(ctx)
	defer cancel()
	run.end()
	if failure != nil {
		if err := run.decide(clean); err != nil {
			return errors.Join(failure, fmt.Errorf("whether it was committed could not be asked; run again to find out: %w", err))
		}
		if run.refresh.State != Committed {
			return failure
		}
		return nil
	}
	return run.markCommitted(clean)
}

// markCommitted records that the data is replaced.
func (run *run) markCommitted(ctx context.Context) error {
	run.refresh.State, run.refresh.Failure = Committed, ""
	if run.refresh.Receipt != nil {
		run.refresh.Receipt.Committed = run.moment()
	}
	return run.save(ctx)
}

// settle puts into effect what lives outside the target's database, and counts the rows that others wrote to the target since the outage began.
func (run *run) settle(ctx context.Context) error {
	target := run.refresh.Request.Target
	if err := run.Directory.Settle(ctx, target, run.refresh.ID); err != nil {
		return err
	}
	tenant, err := run.Directory.Tenant(ctx, target)
	if err != nil {
		return err
	}
	r := run.refresh.Receipt
	if r == nil {
		return fmt.Errorf("refresh %s has no receipt, although it is committed; the store lost it", run.refresh.ID)
	}
	r.Generation, r.Settings = tenant.Generation, tenant.Settings.String()
	if r.Stragglers, err = run.stragglers(ctx); err != nil { // no reason to keep the target closed: the copy is verified and committed
		r.Warnings = append(r.Warnings, "rows that others wrote during the outage could not be counted: "+err.Error())
		run.progress.warn(r.Warnings[len(r.Warnings)-1])
	}
	for _, s := range r.Stragglers {
		run.progress.warn(fmt.Sprintf("%d rows of %s were written to the target during the outage by somebody else", s.Rows, s.Table))
	}
	run.refresh.State = Settled
	return run.save(ctx)
}

// stragglers compares the target's row counts in a fresh snapshot with what was written.
func (run *run) stragglers(ctx context.Context) ([]receipt.Straggle, error) {
	plan := run.plan
	if plan == nil { // a resumed run
		var err error
		if plan, err = run.landedPlan(ctx, run.refresh); err != nil {
			return nil, err
		}
	}
	snapshot, err := run.Target.Snapshot(ctx, plan.Target)
	if err != nil {
		return nil, err
	}
	defer snapshot.Close()
	var found []receipt.Straggle
	for _, entry := range run.refresh.Receipt.Tables {
		t := plan.Table(entry.Name)
		if t == nil || entry.Disposition != string(Copy) && entry.Disposition != string(Empty) {
			continue
		}
		rows, err := snapshot.Count(ctx, plan.target(t))
		if err != nil {
			return nil, err
		}
		if rows != entry.Written {
			found = append(found, receipt.Straggle{Table: entry.Name, Rows: rows - entry.Written})
		}
	}
	return found, nil
}

// moment is now, as precise as every store keeps it.
func (run *run) moment() time.Time { return run.Now().UTC().Truncate(time.Microsecond) }

// open ends the outage, at its end and never before, and seals the receipt.
func (run *run) open(ctx context.Context) error {
	if until := run.refresh.Request.Until; run.Now().Before(until) {
		return errWaiting
	}
	if err := run.Directory.Open(ctx, run.refresh.Request.Target, run.refresh.ID); err != nil {
		return err
	}
	for { // a failure leaves the refresh settled, so that the receipt is sealed by the next attempt
		previous, err := run.Store.Last(ctx)
		if err != nil {
			return err
		}
		opened, sealed := run.refresh, *run.refresh.Receipt
		sealed.Opened = run.Now().UTC().Truncate(time.Microsecond)
		sealed.Seal(previous)
		opened.State, opened.Receipt = Opened, &sealed
		switch err := run.Store.Save(ctx, opened, &run.lease); {
		case err == nil:
			run.refresh = opened
			return nil
		case !errors.Is(err, ErrChain):
			return err
		}
	}
}
