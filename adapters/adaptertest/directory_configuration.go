package adaptertest

import (
	"context"
	"errors"
	"maps"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/configuration"
)

// configurationRules are about tenants' own settings. They hold for a directory that is a [refresh.Configurer].
var configurationRules = []directoryRule{
	{"B14 settings come back as they were set", (*directoryCase).settingsAsSet},
	{"B14 settings are each tenant's own", (*directoryCase).settingsOwn},
	{"N5 what is prepared has no effect until Settle, and exactly that then", (*directoryCase).settingsSettled},
	{"N5 a handover that says nothing leaves settings and baseline alone", (*directoryCase).settingsLeft},
	{"N5 a baseline is replaced as a whole", (*directoryCase).baselineReplaced},
	{"N5 settling again does not bring settings back", (*directoryCase).settingsSettledOnce},
	{"N5 D7 Release leaves the settings as they were", (*directoryCase).settingsReleased},
	{"N5 the last Prepare counts", (*directoryCase).settingsLastPrepared},
	{"N5 another process settles what one prepared", (*directoryCase).settingsOfTheDead},
	{"N5 settings are nobody's to change during the outage", (*directoryCase).settingsLocked},
	{"A22 A23 A24 no setting is a switch", (*directoryCase).settingsAreNoSwitches},
	{"N5 a handover in the data's transaction", (*directoryCase).settingsAtCommit},
}

// configurer returns the directory as one that keeps settings.
func (c *directoryCase) configurer() refresh.Configurer {
	c.Helper()
	configurer, ok := c.Directory.(refresh.Configurer)
	if !ok {
		c.Skip("the directory keeps no settings")
	}
	if c.Configure == nil {
		c.Fatal("the directory keeps settings, and the harness does not say how the host sets them: DirectoryUnderTest.Configure")
	}
	return configurer
}

// configured declares a sandbox with settings.
func (c *directoryCase) configured(id tenancy.ID, values configuration.Values) {
	c.Helper()
	c.declare(id, tenancy.Sandbox)
	c.ok(c.Configure(c.ctx, id, values), "the settings of an open tenant can be set")
}

func (c *directoryCase) state(id tenancy.ID) configuration.State {
	c.Helper()
	state, err := c.configurer().Configuration(c.ctx, id)
	c.ok(err, "the settings of a tenant can be read")
	return state
}

// has checks a tenant's settings and baseline; an empty baseline is as good as none.
func (c *directoryCase) has(id tenancy.ID, want configuration.State, rule string) {
	c.Helper()
	c.sameState(c.state(id), want, rule)
}

func (c *directoryCase) sameState(got, want configuration.State, rule string) {
	c.Helper()
	if got.Values == nil {
		c.Fatalf("broken: %s; got nil, which says that no settings are kept", rule)
	}
	if !maps.Equal(got.Values, want.Values) || !maps.Equal(got.Baseline, want.Baseline) {
		c.Fatalf("broken: %s (-want +got):\n%s", rule, cmp.Diff(want, got))
	}
}

// sample settings, what a run does to them, and what they are then.
var (
	settingsBefore = configuration.Values{"theme": "dark", "zone": "UTC", "gone": "x", "kept": "", "Größe ✓": "東京\t\"'\\%\n"}
	settingsChange = configuration.Change{Set: configuration.Values{"zone": "Europe/Prague", "new": "", "THEME": "<&>"}, Unset: []string{"gone", "never there"},
		Baseline: configuration.Baseline{"zone": configuration.Text("Europe/Prague"), "empty": configuration.Text(""), "gone": {}}}
	settingsAfter = configuration.State{Baseline: settingsChange.Baseline,
		Values: configuration.Values{"theme": "dark", "zone": "Europe/Prague", "new": "", "THEME": "<&>", "kept": "", "Größe ✓": "東京\t\"'\\%\n"}}
)

func configuring(target tenancy.ID, run refresh.RunID, change configuration.Change) refresh.Handover {
	h := handoverOf(target, run)
	change = change.Clone()
	h.Configuration = &change
	return h
}

func (c *directoryCase) settingsAsSet() {
	configurer := c.configurer()
	c.declare("t", tenancy.Sandbox)
	c.has("t", configuration.State{}, "a tenant that has set nothing has no settings and no baseline, and says that it could")
	for _, values := range []configuration.Values{settingsBefore, {"a": "1", "A": "2", "á": "3", "a ": "4", " a": "5", "a\u0301": "6", "_": "7", "%": "8"},
		{strings.Repeat("long ", 40): strings.Repeat("long ", 20000)}, {"theme": ""}, {}} {
		c.ok(c.Configure(c.ctx, "t", values), "settings can be set")
		c.has("t", configuration.State{Values: values}, "settings are what was set last, by their bytes; the empty text is set")
	}
	for _, bad := range []configuration.Values{{"": "x"}, {"a": "b\x00c"}, {"a": "\xff"}, {"a\x00": "b"}} {
		if err := c.Configure(c.ctx, "t", bad); err == nil {
			c.Fatalf("broken: a setting that not every database keeps is refused: %q", bad)
		}
	}
	c.has("t", configuration.State{}, "settings that were refused change nothing")
	_, err := configurer.Configuration(c.ctx, "stranger")
	c.refused(err, tenancy.ErrUnknownTenant, "a tenant that was never declared has no settings")
	c.refused(c.Configure(c.ctx, "stranger", nil), tenancy.ErrUnknownTenant, "a tenant that was never declared has no settings to set")
}

func (c *directoryCase) settingsOwn() {
	c.configurer()
	c.configured("t", settingsBefore)
	c.configured("T", configuration.Values{"theme": "light"})
	c.ok(c.Directory.Close(c.ctx, "T", outageOf("r1")), "a sandbox can be closed")
	c.ok(c.Directory.Prepare(c.ctx, configuring("T", "r1", settingsChange)), "the run can prepare")
	c.ok(c.Directory.Settle(c.ctx, "T", "r1"), "the run can settle")
	c.has("t", configuration.State{Values: settingsBefore}, "the settings of one tenant are nothing to another's refresh")
	state := c.state("t")
	state.Values["theme"] = "altered"
	c.has("t", configuration.State{Values: settingsBefore}, "what is returned is a copy")
}

func (c *directoryCase) settingsSettled() {
	c.configurer()
	c.configured("t", settingsBefore)
	c.ok(c.Directory.Close(c.ctx, "t", outageOf("r1")), "a sandbox can be closed")
	handover := configuring("t", "r1", settingsChange)
	for range 2 {
		c.ok(c.Directory.Prepare(c.ctx, handover), "the run can prepare, and again")
		c.has("t", configuration.State{Values: settingsBefore}, "what is prepared has no effect before Settle")
	}
	handover.Configuration.Set["zone"] = "altered after Prepare"
	for range 2 {
		c.ok(c.Directory.Settle(c.ctx, "t", "r1"), "the run can settle, and again")
		c.has("t", settingsAfter, "Settle sets what the handover sets, unsets what it unsets, and leaves the rest; the baseline is the handover's")
	}
	c.ok(c.Directory.Open(c.ctx, "t", "r1"), "the run can open")
	c.has("t", settingsAfter, "Open changes no setting")
}

func (c *directoryCase) settingsLeft() {
	c.configurer()
	c.configured("t", settingsBefore)
	c.refreshed("t", "r1", &settingsChange)
	c.refreshed("t", "r2", nil)
	c.has("t", settingsAfter, "a handover without configuration leaves settings and baseline as they are")
}

// refreshed brings a run from its close to its opening.
func (c *directoryCase) refreshed(id tenancy.ID, run refresh.RunID, change *configuration.Change) {
	c.Helper()
	c.ok(c.Directory.Close(c.ctx, id, outageOf(run)), "an open tenant can be closed by the next run")
	handover := handoverOf(id, run)
	handover.Configuration = change
	c.ok(c.Directory.Prepare(c.ctx, handover), "the run can prepare")
	c.ok(c.Directory.Settle(c.ctx, id, run), "the run can settle")
	c.ok(c.Directory.Open(c.ctx, id, run), "the run can open")
}

func (c *directoryCase) baselineReplaced() {
	c.configurer()
	c.configured("t", settingsBefore)
	c.refreshed("t", "r1", &settingsChange)
	want := configuration.State{Values: settingsAfter.Values, Baseline: configuration.Baseline{"zone": {}}}
	c.refreshed("t", "r2", &configuration.Change{Baseline: want.Baseline})
	c.has("t", want, "a baseline takes the place of the one before")
	c.refreshed("t", "r3", &configuration.Change{})
	c.has("t", configuration.State{Values: settingsAfter.Values}, "an empty baseline takes the place of the one before")
}

func (c *directoryCase) settingsSettledOnce() {
	c.configurer()
	c.configured("t", settingsBefore)
	c.refreshed("t", "r1", &settingsChange)
	c.ok(c.Configure(c.ctx, "t", configuration.Values{"theme": "edited"}), "the settings of an open tenant can be set")
	want := configuration.State{Values: configuration.Values{"theme": "edited"}, Baseline: settingsChange.Baseline}
	c.has("t", want, "what users set does not change the baseline")
	c.ok(c.Directory.Settle(c.ctx, "t", "r1"), "settling again is no error")
	c.has("t", want, "settling again does not undo what was set since")
}

func (c *directoryCase) settingsReleased() {
	c.configurer()
	c.configured("t", settingsBefore)
	c.refreshed("t", "r1", &settingsChange)
	c.ok(c.Directory.Close(c.ctx, "t", outageOf("r2")), "an open tenant can be closed by the next run")
	c.ok(c.Directory.Prepare(c.ctx, configuring("t", "r2", configuration.Change{Set: configuration.Values{"theme": "of r2"}, Unset: []string{"zone"}})), "the run can prepare")
	for range 2 {
		c.ok(c.Directory.Release(c.ctx, "t", "r2", 0), "a run that did not commit can be released")
		c.has("t", settingsAfter, "Release drops what was prepared")
	}
	if err := c.Directory.Settle(c.ctx, "t", "r2"); err == nil {
		c.Fatal("broken: what was released cannot be settled")
	}
	c.has("t", settingsAfter, "what was released never takes effect")
	c.refreshed("t", "r3", nil)
	c.has("t", settingsAfter, "what one run prepared is nothing to the next")
}

func (c *directoryCase) settingsLastPrepared() {
	c.configurer()
	c.configured("t", settingsBefore)
	c.ok(c.Directory.Close(c.ctx, "t", outageOf("r1")), "a sandbox can be closed")
	stale := configuration.Change{Set: configuration.Values{"stale": "x", "zone": "stale"}, Unset: []string{"theme"}, Baseline: configuration.Baseline{"stale": {}}}
	c.ok(c.Directory.Prepare(c.ctx, configuring("t", "r1", stale)), "a first attempt can prepare")
	c.ok(c.Directory.Prepare(c.ctx, configuring("t", "r1", settingsChange)), "a second attempt can prepare")
	c.ok(c.Directory.Settle(c.ctx, "t", "r1"), "the run can settle")
	c.has("t", settingsAfter, "what the last attempt prepared takes effect, and nothing of an earlier one")
}

func (c *directoryCase) settingsOfTheDead() {
	c.configurer()
	if c.Reopen == nil {
		c.Skip("nothing survives the process")
	}
	c.configured("t", settingsBefore)
	c.ok(c.Directory.Close(c.ctx, "t", outageOf("r1")), "a sandbox can be closed")
	c.ok(c.Directory.Prepare(c.ctx, configuring("t", "r1", settingsChange)), "the run can prepare")
	views := c.processes(6)
	if won, lost := atOnce(len(views), func(i int) error { return views[i].Settle(c.ctx, "t", "r1") }); len(lost) > 0 {
		c.Fatalf("broken: another process settles what was prepared; %d of %d did, the others got %v", won, len(views), lost)
	}
	for _, view := range views {
		state, err := view.(refresh.Configurer).Configuration(c.ctx, "t")
		c.ok(err, "another process reads the settings")
		c.sameState(state, settingsAfter, "settings and baseline are what was prepared by a process that ended, for every process")
	}
}

func (c *directoryCase) settingsLocked() {
	c.configurer()
	c.configured("t", settingsBefore)
	c.ok(c.Directory.Close(c.ctx, "t", outageOf("r1")), "a sandbox can be closed")
	late := configuration.Values{"theme": "late"}
	c.refused(c.Configure(c.ctx, "t", late), tenancy.ErrUnderRefresh, "settings cannot be set while a run has closed the tenant")
	c.has("t", configuration.State{Values: settingsBefore}, "settings that were refused change nothing")
	c.settled("t", "r1")
	c.refused(c.Configure(c.ctx, "t", late), tenancy.ErrUnderRefresh, "settings cannot be set before the run has opened the tenant")
	c.ok(c.Directory.Open(c.ctx, "t", "r1"), "the run can open")
	c.ok(c.Configure(c.ctx, "t", late), "the settings of an open tenant can be set")
}

func (c *directoryCase) settingsAreNoSwitches() {
	c.configurer()
	c.configured("t", configuration.Values{"communications": "true"})
	c.refreshed("t", "r1", &configuration.Change{Set: configuration.Values{"communications": "on", "callouts": "true", "workflows": "1", "settings": "loud", "kind": "production"}})
	t := c.tenant("t")
	if !t.Settings.Quiet() || t.Kind != tenancy.Sandbox {
		c.Fatalf("broken: A22 A23 A24 a setting of the host's, whatever its name, turns nothing on; the tenant is %+v", t)
	}
	c.ok(c.Configure(c.ctx, "t", configuration.Values{"communications": "on"}), "settings can be set")
	if !c.tenant("t").Settings.Quiet() {
		c.Fatal("broken: a setting of the host's turns nothing on")
	}
}

func (c *directoryCase) settingsAtCommit() {
	c.configurer()
	if c.Handover == nil {
		c.Skip("the directory does not share a database with the tenants' data")
	}
	c.configured("t", settingsBefore)
	handover := configuring("t", "r1", settingsChange)
	c.refused(c.Handover(c.ctx, handover), tenancy.ErrUnderRefresh, "a landing on a tenant that is open is refused at the commit")
	c.has("t", configuration.State{Values: settingsBefore}, "a handover that was refused changes no setting")
	c.ok(c.Directory.Close(c.ctx, "t", outageOf("r1")), "a sandbox can be closed")
	c.ok(c.Directory.Prepare(c.ctx, handover), "the run can prepare")
	for range 2 {
		c.ok(c.Handover(c.ctx, handover), "the landing is handed over, and again")
		c.has("t", settingsAfter, "settings change with the data's own commit")
	}
	c.ok(c.Directory.Settle(c.ctx, "t", "r1"), "the run can settle")
	c.ok(c.Directory.Open(c.ctx, "t", "r1"), "the run can open")
	c.has("t", settingsAfter, "Settle finds the handover done")
}

// Configuring makes the Configure of a harness from the method of a directory that changes settings by a function, as those of packages memory and sqlstore do.
func Configuring(directory interface {
	Configure(ctx context.Context, id tenancy.ID, change func(configuration.Values) (configuration.Values, error)) (configuration.Values, error)
}) func(ctx context.Context, id tenancy.ID, values configuration.Values) error {
	return func(ctx context.Context, id tenancy.ID, values configuration.Values) error {
		got, err := directory.Configure(ctx, id, func(configuration.Values) (configuration.Values, error) { return maps.Clone(values), nil })
		if err == nil && !maps.Equal(got, values) {
			return errors.New("the settings that Configure returns are not those that were set")
		}
		return err
	}
}
