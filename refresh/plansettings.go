package refresh

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/retenant/retenant/refresh/receipt"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/configuration"
)

// SettingsPlan is what becomes of the target's settings (B14, N5).
//
// The plan's hash covers the choices, every conflict, and each value that comes from the source or from a default: none of these can change
// between the acknowledgement and the run. It does not cover the value of what stays the target's, since whoever agrees to that agrees to what the
// target has; so work in the target does not void the plan. The decisions are made again in the run, once the target is closed.
type SettingsPlan struct {
	Choices  configuration.Choices   `json:"choices,omitzero"`
	Settings []configuration.Setting `json:"settings"`
	change   configuration.Change
	warnings []string
}

// sides reads the settings of both tenants, or nil where the directory keeps none for the target. Where it keeps none for the source, the target's stay.
func (r *Runner) sides(ctx context.Context, source, target tenancy.ID) (*configuration.Sides, error) {
	configurer, ok := r.Directory.(Configurer)
	if !ok {
		return nil, nil
	}
	to, err := configurer.Configuration(ctx, target)
	if err != nil || to.Values == nil {
		return nil, err
	}
	from, err := configurer.Configuration(ctx, source)
	if err != nil {
		return nil, err
	}
	return &configuration.Sides{Baseline: to.Baseline, Target: to.Values, Source: from.Values}, nil
}

// configuration decides what becomes of the target's settings.
func (c *compiler) configuration() {
	if c.Configuration == nil {
		if !c.Profile.Settings.IsZero() {
			c.problem(Problem{Message: "the profile chooses for settings, and the directory keeps none",
				Remedy: "take the settings out of the profile, or give the directory the method Configuration"})
		}
		return
	}
	plan, problems := planConfiguration(*c.Configuration, c.Definitions, c.Profile.Settings)
	c.plan.Settings = plan
	c.plan.Warnings = append(c.plan.Warnings, plan.warnings...)
	c.problems = append(c.problems, problems...)
}

func planConfiguration(sides configuration.Sides, definitions configuration.Definitions, choices configuration.Choices) (*SettingsPlan, Problems) {
	merged, wrong := configuration.Merge(sides, definitions, choices)
	var problems Problems
	for _, p := range wrong {
		message := "settings: " + p.Message
		if p.Setting != "" {
			message = fmt.Sprintf("setting %q: %s", p.Setting, p.Message)
		}
		problems = append(problems, Problem{Message: message, Remedy: p.Remedy})
	}
	return &SettingsPlan{Choices: choices, Settings: append([]configuration.Setting{}, merged.Settings...), change: merged.Change, warnings: merged.Warnings}, problems
}

// decisions is the part of the plan that its hash covers.
func (p *SettingsPlan) decisions() *SettingsPlan {
	if p == nil {
		return nil
	}
	decided := &SettingsPlan{Choices: p.Choices, Settings: []configuration.Setting{}}
	for _, s := range p.Settings {
		comes := s.From == configuration.FromSource || s.From == configuration.FromDefault && s.Becomes.Set
		if !comes && !s.Conflict {
			continue
		}
		s.Found, s.Why = nil, ""
		if !comes {
			s.Becomes = configuration.Value{}
		}
		decided.Settings = append(decided.Settings, s)
	}
	return decided
}

// differs names the settings that two plans decide otherwise.
func (p *SettingsPlan) differs(other *SettingsPlan) []string {
	var names []string
	mine, theirs := p.decisions().Settings, other.decisions().Settings
	for _, pair := range [][2][]configuration.Setting{{mine, theirs}, {theirs, mine}} {
		for _, s := range pair[0] {
			if name := fmt.Sprintf("%q", s.Name); !slices.Contains(pair[1], s) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// configure decides again on the settings of the target, which is closed by now. It returns [ErrPlanChanged] where that is not what was agreed to.
func (run *run) configure(ctx context.Context) error {
	if run.plan.Settings == nil {
		return nil
	}
	sides, err := run.sides(ctx, run.source.ID, run.target.ID)
	if err != nil {
		return err
	}
	if sides == nil {
		return fmt.Errorf("%w: the directory keeps no settings for tenant %s any more", ErrPlanChanged, run.target.ID)
	}
	now, problems := planConfiguration(*sides, run.Settings, run.Profile.Settings)
	if len(problems) > 0 {
		return problems
	}
	if names := run.plan.Settings.differs(now); len(names) > 0 {
		return fmt.Errorf("%w: it decides otherwise on the settings %s by now; look at it again, then acknowledge it", ErrPlanChanged, strings.Join(names, ", "))
	}
	run.plan.Settings = now
	return nil
}

// handedOver is what the directory has to do, or nil.
func (p *SettingsPlan) handedOver() *configuration.Change {
	if p == nil {
		return nil
	}
	change := p.change.Clone()
	return &change
}

// receipt tells what became of the settings, without their values.
func (p *SettingsPlan) receipt() []receipt.Setting {
	if p == nil {
		return nil
	}
	var list []receipt.Setting
	for _, s := range p.Settings {
		list = append(list, receipt.Setting{Name: s.Name, Choice: string(s.Choice), From: string(s.From), Secret: s.Secret, Conflict: s.Conflict})
	}
	return list
}

// text lists the settings for people.
func (p *SettingsPlan) text(b *strings.Builder) {
	if p == nil || len(p.Settings) == 0 {
		return
	}
	b.WriteByte('\n')
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "  setting\tnow\tbecomes\tfrom\tchoice\twhy\n")
	for _, s := range p.Settings {
		now, becomes := "hidden", "blank"
		switch {
		case s.Shown():
			now, becomes = s.Found.Target.String(), s.Becomes.String()
		case s.From == configuration.FromTarget:
			becomes = "kept"
		}
		why := s.Why
		if s.Undeclared {
			why += ", undeclared"
		}
		if s.Conflict {
			why = "CONFLICT: " + why
		}
		if s.Conflict && s.Shown() {
			why += fmt.Sprintf(" (last: %s, source: %s)", s.Found.Baseline, s.Found.Source)
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%s\t%s\n", plain(s.Name), now, becomes, s.From, s.Choice, why)
	}
	w.Flush()
}

// plain is a name as it stands in a table: quoted where it would spoil the table.
func plain(name string) string {
	if quoted := fmt.Sprintf("%q", name); strings.ContainsAny(name, " ") || quoted != `"`+name+`"` {
		return quoted
	}
	return name
}
