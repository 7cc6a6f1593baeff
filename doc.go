// Package retenant lets a multi-tenant product refresh a sandbox, partner or test tenant with a masked copy of production: every column
// is masked or passed with a reason, and the copy of a row keeps its key from refresh to refresh. This package holds documentation only.
//
// # The packages
//
//	keys                  what identifies a record; which key a copy gets
//	masking               rules, masks, the secret; masking/classify proposes rules
//	tenancy               tenants, their kinds, quiet settings, the guard
//	tenancy/configuration what becomes of a tenant's settings in a refresh
//	tenancy/schema        what records look like; the canonical form of values
//	refresh               request, plan, run, verification
//	refresh/receipt       the sealed proof of a run
//	adapters/sqlite       SQLite: shared tables, or a file for each tenant
//	adapters/postgres     PostgreSQL: shared tables
//	adapters/mysql        MariaDB (MySQL 8: untested): shared tables
//	adapters/sqldata      what they have in common: tenants' data in SQL
//	adapters/sqlstore     refreshes, leases, tenants and settings in SQL
//	adapters/memory       all ports in memory: reference and test double
//	adapters/adaptertest  conformance suites and fault injection for adapters of your own
//	examples/quickstart   the main job, on SQLite, in seconds
//	examples/tenantctl    the same as a command-line tool
//	examples/embedding    how a product embeds it
//
// keys, masking, tenancy and refresh, with the packages below them, are pure: values and functions, no SQL, no network, no clock of their own.
//
// # One refresh
//
//	db, err := sqlite.Open(ctx, "crm.db", sqlite.Create)              // the product's data
//	people, err := sqlite.Open(ctx, "refreshes.db", sqlite.Create)    // refreshes and tenants
//	err = sqlstore.Install(ctx, people)
//	store, err := sqlstore.NewStore(people)
//	directory, err := sqlstore.NewDirectory(people)
//	err = directory.Declare(ctx, tenancy.Tenant{ID: "1", Name: "acme", Kind: tenancy.Production})
//	err = directory.Declare(ctx, tenancy.Tenant{ID: "2", Name: "acme-sandbox", Kind: tenancy.Sandbox})
//
//	rules, err := masking.ParseRules(file)                            // which columns hold what
//	secret, err := masking.NewSecret(key)                             // the same for every refresh
//	data := sqlite.Shared(db, sqldata.Config{})
//
//	desk := refresh.Desk{Store: store, Directory: directory, Now: time.Now}
//	runner := refresh.Runner{Store: store, Directory: directory, Source: data, Target: data,
//		Rules: rules, Secret: secret, Now: time.Now}
//
//	admitted, err := desk.Request(ctx, refresh.Request{Source: "1", Target: "2", Purpose: refresh.Develop, By: "ann"})
//	plan, err := runner.Plan(ctx, admitted.Request)                   // changes nothing
//	fmt.Println(plan)
//	err = desk.Acknowledge(ctx, admitted.ID, plan)
//	done, err := runner.Run(ctx, admitted.ID)                         // again after a crash
//	fmt.Println(done.Receipt)
//
// examples/quickstart runs this on data it makes itself.
package retenant
