package configuration_test

import (
	"fmt"

	"github.com/retenant/retenant/tenancy/configuration"
)

// What becomes of a sandbox's settings, a quarter after its last refresh.
func ExampleMerge() {
	merged, problems := configuration.Merge(configuration.Sides{
		Baseline: configuration.Baseline{"theme": configuration.Text("light"), "zone": configuration.Text("UTC"), "limit": configuration.Text("10"),
			"banner": configuration.Text("Welcome")},
		Target: configuration.Values{"theme": "dark", "zone": "UTC", "limit": "25", "banner": "SANDBOX", "smtp_password": "hunter2"},
		Source: configuration.Values{"theme": "light", "zone": "Europe/Prague", "limit": "50", "banner": "Hello", "smtp_password": "Tr0ub4dor"},
	}, configuration.Definitions{"theme": {}, "zone": {}, "limit": {}, "banner": {}}, configuration.Choices{
		Rest:  configuration.ThreeWay,
		Named: map[string]configuration.Choice{"limit": configuration.ThreeWayKeep},
	})
	for _, s := range merged.Settings {
		fmt.Println(s.Name, s.From, s.Becomes, s.Why)
	}
	for _, p := range problems {
		fmt.Printf("%s: %s\n  %s\n", p.Setting, p.Message, p.Remedy)
	}
	// Output:
	// limit target "25" changed on both sides, the target's stays
	// smtp_password target not set a secret: the target's stays
	// theme target "dark" edited in the target
	// zone source "Europe/Prague" changed in the source
	// banner: it was edited in the target and changed in the source since they were last alike (last: "Welcome", target: "SANDBOX", source: "Hello")
	//   write keep, copy, default, three-way-keep or three-way-copy for it
}
