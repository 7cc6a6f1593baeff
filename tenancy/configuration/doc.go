// Package configuration decides what becomes of a tenant's settings in a refresh: the theme, the time zone, limits, feature flags, and whatever
// else a host keeps for each tenant as a name with a text.
//
// # Usual case
//
// A host that does nothing gets its defaults back with every refresh (B14). Whoever wants something else says so by a [Choice], for a
// setting or for the rest:
//
//	profile.Settings = configuration.Choices{
//		Rest: configuration.ThreeWay,
//		Named: map[string]configuration.Choice{
//			"theme": configuration.Keep,    // the target's
//			"limit": configuration.Copy,    // the source's
//			"trial": configuration.Default, // the product's
//		},
//	}
//
// # Three-way
//
// A setting under [ThreeWay] has three values: the target's, the new source's, and the baseline, which is the value that the last refresh took up
// (N5). What only one side changed is taken over: an edit of the target survives, a change of the source arrives. Deletions are changes too: a
// setting that is not set differs from one with the empty text. Where both sides changed it, and differently, there is a conflict. It refuses the plan
// until somebody says who is right; [ThreeWayKeep] and [ThreeWayCopy] say so beforehand, and the conflict is reported all the same.
//
// The baseline is the source's value even where an edit of the target was kept. Were it what the target got, the next refresh would find nothing
// edited and take the edit away; as it is, a second refresh of the same source changes nothing. For a setting that was never merged, in a first refresh or since it
// is new, the default is the baseline.
//
// # Secrets
//
// A setting that [Definitions] declare secret is never copied and its value is in no result, conflict or error (D16): the target's stays, or is
// blank. A setting that nobody declared counts as secret where its name or a value looks like one.
//
// # Promise
//
// [Merge] is a pure function. What it takes from the source it takes as it is, unmasked: who copies a setting answers for its value. The switches of [github.com/retenant/retenant/tenancy.Settings] are no settings of this package: they are quiet after
// every refresh, whatever a choice says (A22 to A26).
package configuration
