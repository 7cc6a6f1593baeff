package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/configuration"
)

// DirectoryHarness makes the directories that [Directory] tests.
type DirectoryHarness struct {
	// New returns a directory without tenants, for one case. What it needs, it cleans up with t.Cleanup.
	New func(t *testing.T) DirectoryUnderTest
}

// DirectoryUnderTest is a directory and what a test does to it as the host would.
type DirectoryUnderTest struct {
	Directory refresh.Directory
	// Declare makes a tenant known with its id, name, kind and settings, or gives one that is known another name and kind. It returns what the
	// host's own code returns: [tenancy.ErrUnderRefresh] where a tenant that a run has closed would come to count as production. It may refuse kinds that
	// are none of [tenancy.Kinds] altogether.
	Declare func(ctx context.Context, tenant tenancy.Tenant) error
	// Configure makes a tenant's settings what it is given, as the host's own code does, and returns what that returns: [tenancy.ErrUnderRefresh] while a run has
	// closed the tenant. It is nil where the directory is no [refresh.Configurer]. See [Configuring].
	Configure func(ctx context.Context, tenant tenancy.ID, values configuration.Values) error
	// Handover, where there is one, puts a handover into effect in a transaction of its own, as a landing does when tenants' data and
	// directory share a database.
	Handover func(ctx context.Context, handover refresh.Handover) error
	// Reopen returns the same directory as another process sees it, while the first one goes on. It is nil where nothing survives the process.
	Reopen func(t *testing.T) refresh.Directory
}

// Directory holds a [refresh.Directory] to its duties (A4, A22 to A26, B14, D7, D19, N4, N5).
func Directory(t *testing.T, harness DirectoryHarness) {
	for _, group := range [][]directoryRule{tenantRules, outageRules, handoverRules, configurationRules} {
		for _, rule := range group {
			t.Run(rule.name, func(t *testing.T) {
				rule.check(&directoryCase{T: t, DirectoryUnderTest: harness.New(t), ctx: t.Context()})
			})
		}
	}
}

// directoryRule is a case of the suite.
type directoryRule struct {
	name  string
	check func(*directoryCase)
}

// directoryCase is one directory and the words in which its rules are stated.
type directoryCase struct {
	*testing.T
	DirectoryUnderTest
	ctx context.Context
}

// The instants of the cases.
var (
	outageBegin = time.Date(2026, 4, 3, 8, 0, 0, 123456000, time.UTC)
	outageEnd   = time.Date(2026, 4, 6, 11, 0, 0, 0, time.UTC)
	asOf        = time.Date(2026, 4, 3, 8, 0, 7, 654321000, time.UTC)
)

func outageOf(run refresh.RunID) tenancy.Outage {
	return tenancy.Outage{Run: string(run), From: outageBegin, Until: outageEnd}
}

func handoverOf(target tenancy.ID, run refresh.RunID) refresh.Handover {
	return refresh.Handover{Run: run, Target: target,
		Provenance: tenancy.Provenance{Source: "origin", AsOf: asOf, Run: string(run), Masked: true}}
}

// loud are settings in which everything is on.
func loud() tenancy.Settings {
	s, _ := tenancy.Settings{}.EnableCommunications().EnableWorkflows().EnableCallouts()
	return s
}

// declare makes a loud tenant.
func (c *directoryCase) declare(id tenancy.ID, kind tenancy.Kind) {
	c.Helper()
	err := c.Declare(c.ctx, tenancy.Tenant{ID: id, Name: "Name of " + string(id), Kind: kind, Settings: loud()})
	c.ok(err, "a tenant of kind %q can be declared", kind)
}

func (c *directoryCase) tenant(id tenancy.ID) tenancy.Tenant {
	c.Helper()
	t, err := c.Directory.Tenant(c.ctx, id)
	c.ok(err, "a tenant that was declared is known")
	return t
}

// closed declares a sandbox and closes it for the run.
func (c *directoryCase) closed(id tenancy.ID, run refresh.RunID) {
	c.Helper()
	c.declare(id, tenancy.Sandbox)
	c.ok(c.Directory.Close(c.ctx, id, outageOf(run)), "a sandbox that is open can be closed")
}

// settled brings a run up to its settling.
func (c *directoryCase) settled(id tenancy.ID, run refresh.RunID) {
	c.Helper()
	c.ok(c.Directory.Prepare(c.ctx, handoverOf(id, run)), "the run that has closed the tenant can prepare")
	c.ok(c.Directory.Settle(c.ctx, id, run), "what was prepared can be settled")
}

func (c *directoryCase) ok(err error, rule string, args ...any) {
	c.Helper()
	if err != nil {
		c.Fatalf("broken: %s; got %v", fmt.Sprintf(rule, args...), err)
	}
}

func (c *directoryCase) refused(err, want error, rule string, args ...any) {
	c.Helper()
	if !errors.Is(err, want) {
		c.Fatalf("broken: %s; want %q, got %v", fmt.Sprintf(rule, args...), want, err)
	}
}

func (c *directoryCase) is(id tenancy.ID, want tenancy.Tenant, rule string, args ...any) {
	c.Helper()
	sameTenant(c.T, c.tenant(id), want, fmt.Sprintf(rule, args...))
}

func sameTenant(t *testing.T, got, want tenancy.Tenant, rule string) {
	t.Helper()
	if diff := cmp.Diff(want, got, microseconds, cmp.Comparer(func(a, b tenancy.Settings) bool { return a == b })); diff != "" {
		t.Fatalf("broken: %s (-want +got):\n%s", rule, diff)
	}
}

// microseconds compares instants as far as every database keeps them.
var microseconds = cmp.Comparer(func(a, b time.Time) bool { return a.Truncate(time.Microsecond).Equal(b.Truncate(time.Microsecond)) })

// at once runs f n times at the same time, and returns how often it gave no error, and the errors.
func atOnce(n int, f func(i int) error) (won int, lost []error) {
	errs := make([]error, n)
	var ready, done sync.WaitGroup
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			ready.Done()
			ready.Wait()
			errs[i] = f(i)
		})
	}
	done.Wait()
	for _, err := range errs {
		if err == nil {
			won++
		} else {
			lost = append(lost, err)
		}
	}
	return won, lost
}

// processes returns n views of the directory: each of another process where the harness can.
func (c *directoryCase) processes(n int) []refresh.Directory {
	views := make([]refresh.Directory, n)
	for i := range views {
		views[i] = c.Directory
		if c.Reopen != nil && i > 0 {
			views[i] = c.Reopen(c.T)
		}
	}
	return views
}
