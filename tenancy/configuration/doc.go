// Package configuration decides what becomes of a tenant's settings in a refresh: the theme, the time zone, limits, feature flags, and whatever
// else a host keeps for each tenant as a name with a text.
//
// # Usual case
//
// A host that does nothing gets its defaults back with every refresh (B14). Whoever wants something else says so by a [Choice], for a
// setting or for the rest:
//
//	profile.Settings = configuration.Choices{
//		Rest: configuration.ThreeWay, // of what runner.Settings declare; see below
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
// A source whose values are nil has nothing to copy: the target's stay, and a warning says so. A source that has set nothing takes away what a choice copies.
//
// # Secrets, and what nobody declared
//
// A setting that [Definitions] declare secret is never copied and its value is in no result, conflict or error (D16): the target's stays, or is blank. One
// that is not declared by its own name is treated so too where its name or a value looks like a secret's: by a word such as key, pwd or jwt, as a URL with a
// password, as the token of a well-known service. That is a net with holes, since any text may be a secret. So a source's value comes over only where a host has declared the
// setting: what is set in the source, is no secret by its looks and is undeclared refuses a merge under copy and three-way, also where a choice names it (N3). Values of
// undeclared settings are in no result, conflict or error either.
//
// A host with hundreds of flags declares them by what they begin with; each that looks like a secret still counts as one, until its own name says otherwise:
//
//	runner.Settings = configuration.Definitions{
//		"feature.*":        {},                                    // or "*", for all there are
//		"feature.sort_key": {},                                    // looks like a secret, and is none
//		"limit":            {Default: configuration.Text("100")},
//		"license":          {Secret: true},                        // does not look like one
//	}
//
// # Promise
//
// [Merge] is a pure function. What it takes from the source it takes as it is, unmasked: who copies a setting answers for its value. The switches of [github.com/retenant/retenant/tenancy.Settings] are no settings of this package: they are quiet after
// every refresh, whatever a choice says (A22 to A26).
package configuration
