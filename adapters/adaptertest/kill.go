package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/configuration"
)

// KillHarness says how [Kills] gets at stores that outlive a process.
type KillHarness struct {
	// Make makes an empty database with the tables of [CRM], shared by tenants, and returns its address.
	Make func(t *testing.T) (address string)
	// Open opens it: in this process and in those that are killed.
	Open func(t *testing.T, address string) Database
	// People opens the store and the directory of people's side, which are kept in a folder. It makes them if they are not there.
	People func(t *testing.T, dir string) (refresh.Store, KillDirectory)
}

// KillDirectory is a directory in which tenants can be declared. Where it is also a [refresh.Configurer] with the method Configure of package memory's and sqlstore's
// directories, settings are looked at too.
type KillDirectory interface {
	refresh.Directory
	Declare(ctx context.Context, tenant tenancy.Tenant) error
}

// killPoint is the environment variable by which a test process learns that it is the one to be killed: run, step, "before" or "after", folder and address.
const killPoint = "RETENANT_KILL_POINT"

// killLease is short, since everybody waits for the lease of the dead.
const killLease = 400 * time.Millisecond

// Kills runs refreshes in a child process that is killed (SIGKILL) before and after every step and at random moments. After each, the target is as it was or
// completely replaced, all others are unchanged, and the next Run or Abandon ends cleanly. It must be called from the top level of a test function, since
// the child is the same test.
func Kills(t *testing.T, harness KillHarness) {
	if point := os.Getenv(killPoint); point != "" {
		killed(t, harness, strings.Split(point, "\n"))
		return
	}
	type moment struct {
		step string
		when string
		wait time.Duration // with step "": after so long
	}
	var moments []moment
	for _, step := range []string{"close", "drain", "note", "copy", "verify", "prepare", "commit", "settle", "open"} {
		moments = append(moments, moment{step: step, when: "before"}, moment{step: step, when: "after"})
	}
	for range 8 {
		moments = append(moments, moment{wait: time.Duration(rand.IntN(250)) * time.Millisecond})
	}
	s := newKillStand(t, harness)
	for i, m := range moments {
		if testing.Short() && i%4 != 0 {
			continue
		}
		name := strings.TrimSpace(m.when + " " + m.step)
		if m.step == "" {
			name = fmt.Sprintf("after %s", m.wait)
		}
		t.Run(name, func(t *testing.T) {
			s := s.on(t)
			s.change(i + 1)
			s.configure(i + 1)
			before, configured := s.picture(), s.configured(sandbox)
			id := s.request()
			s.child(id, m.step, m.when, m.wait)
			middle := s.picture()
			if difference := before.differs(middle, sandbox); difference != "" {
				t.Fatalf("a killed run changed rows of others (-before +after):\n%s", difference)
			}
			whole := before.differs(middle) != ""
			if whole {
				s.replaced(before, sandbox)
			}
			if i%2 == 0 {
				s.abandoned(id, before, configured)
			} else {
				s.resumed(id, before, configured)
			}
		})
	}
}

// killStand is a database with people's side on disk.
type killStand struct {
	stand
	kill    KillHarness
	address string
	dir     string
	desk    refresh.Desk
}

func newKillStand(t *testing.T, harness KillHarness) *killStand {
	s := &killStand{kill: harness, address: harness.Make(t), dir: t.TempDir()}
	s.open(t)
	s.insert(s.crm.populate([]tenancy.ID{production, neighbor}, 390))
	s.own(sandbox)
	return s
}

// open connects everything as any process of the host would.
func (s *killStand) open(t *testing.T) {
	t.Helper()
	s.stand = stand{t: t, tenants: []tenancy.ID{production, neighbor, sandbox}, db: s.kill.Open(t, s.address)}
	store, directory := s.kill.People(t, s.dir)
	s.settings, _ = directory.(settingsDirectory)
	for id, kind := range map[tenancy.ID]tenancy.Kind{production: tenancy.Production, neighbor: tenancy.Production, sandbox: tenancy.Sandbox} {
		if _, err := directory.Tenant(t.Context(), id); errors.Is(err, tenancy.ErrUnknownTenant) {
			s.must(directory.Declare(t.Context(), tenancy.Tenant{ID: id, Kind: kind}))
		}
	}
	secret, err := masking.NewSecret([]byte(strings.Repeat("conformance ", 4)))
	s.must(err)
	s.desk = refresh.Desk{Store: store, Directory: directory, Now: time.Now}
	s.runner = refresh.Runner{Store: store, Directory: directory, Source: s.db.Target, Target: s.db.Target, Rules: s.crm.Rules(), Secret: secret,
		Now: time.Now, Lease: killLease, Batch: 4 << 10}
	s.chooses()
}

func (s *killStand) on(t *testing.T) *killStand {
	here := *s
	here.t = t
	return &here
}

// request asks for a refresh and agrees to its plan.
func (s *killStand) request() refresh.RunID {
	s.t.Helper()
	r, err := s.desk.Request(s.t.Context(), request(sandbox))
	s.must(err)
	plan, err := s.runner.Plan(s.t.Context(), r.Request)
	s.must(err)
	s.must(s.desk.Acknowledge(s.t.Context(), r.ID, plan))
	return r.ID
}

// child runs the refresh in another process until that is killed.
func (s *killStand) child(id refresh.RunID, step, when string, wait time.Duration) {
	s.t.Helper()
	root, _, _ := strings.Cut(s.t.Name(), "/")
	child := exec.Command(os.Args[0], "-test.run", "^"+root+"$", "-test.v")
	child.Env = append(os.Environ(), killPoint+"="+strings.Join([]string{string(id), step, when, s.dir, s.address}, "\n"))
	var output strings.Builder
	child.Stdout, child.Stderr = &output, &output
	s.must(child.Start())
	if step == "" {
		time.Sleep(50*time.Millisecond + wait) // the process takes a moment to begin
		_ = child.Process.Kill()
	}
	err := child.Wait()
	if step != "" && (err == nil || !strings.Contains(err.Error(), "killed")) {
		s.t.Fatalf("the child ended by itself (%v):\n%s", err, output.String())
	}
}

// killed is the child: it runs the refresh and kills itself at the given point.
func killed(t *testing.T, harness KillHarness, point []string) {
	s := &killStand{kill: harness, dir: point[3], address: point[4]}
	s.open(t)
	runner := s.runner
	runner.Inject = func(_ context.Context, step string, after bool) error {
		if step == point[1] && after == (point[2] == "after") {
			self, err := os.FindProcess(os.Getpid())
			if err == nil {
				_ = self.Kill()
			}
			time.Sleep(time.Minute)
		}
		return nil
	}
	if _, err := runner.Run(t.Context(), refresh.RunID(point[0])); err != nil {
		t.Fatal(err)
	}
}

// patiently calls until the lease of the dead has run out.
func (s *killStand) patiently(call func() error) error {
	s.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		err := call()
		if !errors.Is(err, refresh.ErrHeld) || time.Now().After(deadline) {
			return err
		}
		time.Sleep(killLease / 10)
	}
}

// resumed runs the refresh to its end.
func (s *killStand) resumed(id refresh.RunID, before picture, configured configuration.State) {
	s.t.Helper()
	var done refresh.Refresh
	err := s.patiently(func() (err error) {
		done, err = s.runner.Run(s.t.Context(), id)
		return err
	})
	if err != nil || done.State != refresh.Opened {
		s.t.Fatalf("the next Run ends %s: %v", done.State, err)
	}
	s.replaced(before, sandbox)
	findings, err := s.runner.Verify(s.t.Context(), id)
	if err != nil || len(findings) > 0 {
		s.t.Fatalf("the target is not what the receipt says: %v, %v", findings, err)
	}
	s.opened(done.Receipt.Generation)
	s.merged(configured)
}

// abandoned abandons the refresh; a committed one is run to its end instead.
func (s *killStand) abandoned(id refresh.RunID, before picture, configured configuration.State) {
	s.t.Helper()
	tenant, err := s.desk.Directory.Tenant(s.t.Context(), sandbox)
	s.must(err)
	err = s.patiently(func() error { return s.runner.Abandon(s.t.Context(), id) })
	if errors.Is(err, refresh.ErrCommitted) {
		s.resumed(id, before, configured)
		return
	}
	if err != nil {
		s.t.Fatalf("Abandon: %v", err)
	}
	s.untouched(before)
	s.opened(tenant.Generation)
	if difference := cmp.Diff(configured, s.configured(sandbox)); difference != "" {
		s.t.Fatalf("N5 an abandoned run changed settings (-before +after):\n%s", difference)
	}
}

// opened checks that the target is open, quiet after a first refresh, and of that generation.
func (s *killStand) opened(generation int64) {
	s.t.Helper()
	tenant, err := s.desk.Directory.Tenant(s.t.Context(), sandbox)
	s.must(err)
	if tenant.Outage != nil || tenant.Generation != generation || !tenant.Settings.Quiet() {
		s.t.Fatalf("the target is left as %+v, want it open, quiet and of generation %d", tenant, generation)
	}
}
