package mysql_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	driver "github.com/go-sql-driver/mysql"
	"github.com/google/go-cmp/cmp"

	"github.com/retenant/retenant/adapters/internal/testdb"
	"github.com/retenant/retenant/adapters/mysql"
	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy/schema"
)

func TestD23_Catalog(t *testing.T) {
	db := open(t, testdb.MySQL(t))
	must(t, db, "CREATE TABLE `Order``s` (`select` bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, tenant_id int, `a``b ö` text)",
		"CREATE TABLE parents (a int, b smallint, PRIMARY KEY (a, b))", "CREATE SEQUENCE numbers",
		"CREATE TABLE features (id int AUTO_INCREMENT PRIMARY KEY, tenant_id int, number bigint DEFAULT NEXTVAL(numbers), twice bigint AS (number * 2) STORED, half bigint AS (number / 2) VIRTUAL,"+
			"name varchar(20) NOT NULL, code char(4), free text, tiny tinytext, price decimal(12,2), whole decimal, flag tinyint(1), bits bit(9), doc json, raw varbinary(7), u uuid, mood enum('x','y'), hidden int INVISIBLE,"+
			"pa int, pb smallint, order_id bigint unsigned,"+
			"CONSTRAINT to_parent FOREIGN KEY (pa, pb) REFERENCES parents (a, b) ON UPDATE CASCADE, CONSTRAINT to_order FOREIGN KEY (order_id) REFERENCES `Order``s` (`SELECT`) ON DELETE SET NULL,"+
			"UNIQUE named (tenant_id, name), UNIQUE start (free(10), id), UNIQUE doubled (twice), KEY plain (u), CHECK (flag < 2))",
		"CREATE TABLE parted (id int PRIMARY KEY, tenant_id int) PARTITION BY HASH (id) PARTITIONS 2", "CREATE VIEW seen AS SELECT 1 AS one", "CREATE TABLE retenant_anything (id int)",
		"CREATE TEMPORARY TABLE passing (id int)", "CREATE TABLE text_key (t varchar(300), PRIMARY KEY (t(20)))",
		"CREATE TRIGGER stamped BEFORE INSERT ON features FOR EACH ROW SET NEW.free = 'x'")
	d := describe(t, mysql.Shared(db, sqldata.Config{}))
	var found []string
	for _, table := range d.Schema.Tables {
		found = append(found, table.Name+" "+table.SQL)
	}
	if difference := cmp.Diff([]string{"Order`s `Order``s`", "features `features`", "parents `parents`", "parted `parted`", "text_key `text_key`"}, found); difference != "" {
		t.Errorf("tables (-want +found):\n%s", difference)
	}
	if d.Facts.Checking != refresh.CheckedNever || !d.Facts.FireTriggers || len(d.Facts.Preconditions) > 0 || d.Facts.ReservesKeys || d.Facts.Rebuild || d.Facts.Dialect != "mysql" || d.Facts.Identity == "" {
		t.Errorf("facts: %+v", d.Facts)
	}
	order := d.Schema.Table("Order`s")
	if c, _ := order.Column("select"); c.Identity != schema.IdentityByDefault || c.Sequence != "AUTO_INCREMENT" || c.Nullable || c.Bare != "bigint unsigned" {
		t.Errorf("the key: %+v", c)
	}
	if order.Index("a`b ö") < 0 {
		t.Errorf("columns: %+v", order.Columns)
	}
	features := d.Schema.Table("features")
	columns := []schema.Column{
		{Name: "id", Type: schema.Integer, Declared: "int(11)", Bare: "int", Identity: schema.IdentityByDefault, Sequence: "AUTO_INCREMENT"},
		{Name: "tenant_id", Type: schema.Integer, Declared: "int(11)", Bare: "int", Nullable: true},
		{Name: "number", Type: schema.Integer, Declared: "bigint(20)", Bare: "bigint", Nullable: true},
		{Name: "twice", Type: schema.Integer, Declared: "bigint(20)", Bare: "bigint", Nullable: true, Computed: true},
		{Name: "half", Type: schema.Integer, Declared: "bigint(20)", Bare: "bigint", Nullable: true, Computed: true},
		{Name: "name", Type: schema.Text, Declared: "varchar(20)", Bare: "varchar", Size: 20},
		{Name: "code", Type: schema.Text, Declared: "char(4)", Bare: "char", Size: 4, Nullable: true},
		{Name: "free", Type: schema.Text, Declared: "text", Bare: "text", Nullable: true},
		{Name: "tiny", Type: schema.Text, Declared: "tinytext", Bare: "tinytext", Size: 63, Nullable: true},
		{Name: "price", Type: schema.Decimal, Declared: "decimal(12,2)", Bare: "decimal", Scale: 2, Nullable: true},
		{Name: "whole", Type: schema.Decimal, Declared: "decimal(10,0)", Bare: "decimal", Nullable: true},
		{Name: "flag", Type: schema.Boolean, Declared: "tinyint(1)", Bare: "tinyint", Nullable: true},
		{Name: "bits", Type: schema.Integer, Declared: "bit(9)", Bare: "bit", Nullable: true},
		{Name: "doc", Type: schema.JSON, Declared: "longtext", Bare: "longtext", Nullable: true},
		{Name: "raw", Type: schema.Bytes, Declared: "varbinary(7)", Bare: "varbinary", Size: 7, Nullable: true},
		{Name: "u", Type: schema.UUID, Declared: "uuid", Bare: "uuid", Nullable: true},
		{Name: "mood", Type: schema.Other, Declared: "enum('x','y')", Bare: "enum", Nullable: true},
		{Name: "hidden", Type: schema.Integer, Declared: "int(11)", Bare: "int", Nullable: true},
		{Name: "pa", Type: schema.Integer, Declared: "int(11)", Bare: "int", Nullable: true},
		{Name: "pb", Type: schema.Integer, Declared: "smallint(6)", Bare: "smallint", Nullable: true},
		{Name: "order_id", Type: schema.Integer, Declared: "bigint(20) unsigned", Bare: "bigint unsigned", Nullable: true},
	}
	if difference := cmp.Diff(columns, features.Columns); difference != "" {
		t.Errorf("columns (-want +found):\n%s", difference)
	}
	rest := *features
	rest.Columns = nil
	want := schema.Table{Name: "features", SQL: "`features`", PrimaryKey: []string{"id"},
		Unique: []schema.Unique{{Name: "doubled", Columns: []string{"twice"}}, {Name: "named", Columns: []string{"tenant_id", "name"}}, {Name: "start", Columns: []string{"free", "id"}, Expression: true}},
		ForeignKeys: []schema.ForeignKey{{Name: "to_order", Columns: []string{"order_id"}, To: "Order`s", ToColumns: []string{"select"}, OnDelete: "SET NULL"},
			{Name: "to_parent", Columns: []string{"pa", "pb"}, To: "parents", ToColumns: []string{"a", "b"}, OnDelete: "RESTRICT"}},
		Triggers: []schema.Trigger{{Name: "stamped", SQL: "BEFORE INSERT SET NEW.free = 'x'"}}}
	if difference := cmp.Diff(want, rest); difference != "" {
		t.Errorf("features (-want +found):\n%s", difference)
	}
	if difference := cmp.Diff(schema.Table{Name: "text_key", SQL: "`text_key`", PrimaryKey: []string{"t"}, Unique: []schema.Unique{{Name: "PRIMARY", Columns: []string{"t"}, Expression: true}},
		Columns: []schema.Column{{Name: "t", Type: schema.Text, Declared: "varchar(300)", Bare: "varchar", Size: 300}}}, *d.Schema.Table("text_key")); difference != "" {
		t.Errorf("text_key (-want +found):\n%s", difference)
	}
}

// plainUser makes a user without any right of its own and returns its name for GRANT and the DSN by which it connects. The user is dropped with the test.
func plainUser(t *testing.T, dsn string) (user, asUser string) {
	t.Helper()
	admin := open(t, dsn)
	name := fmt.Sprintf("p_%p", t)[4:]
	must(t, admin, "CREATE USER '"+name+"'@'%' IDENTIFIED BY 'pässword'", "CREATE USER '"+name+"'@'localhost' IDENTIFIED BY 'pässword'")
	t.Cleanup(func() { must(t, admin, "DROP USER '"+name+"'@'%', '"+name+"'@'localhost'") })
	return "'" + name + "'@'localhost'", with(t, dsn, func(c *driver.Config) { c.User, c.Passwd = name, "pässword" })
}

func TestD5_Preconditions(t *testing.T) {
	dsn := testdb.MySQL(t)
	admin := open(t, dsn)
	must(t, admin, "CREATE TABLE things (id bigint AUTO_INCREMENT PRIMARY KEY, tenant_id int, name text)", "CREATE TABLE others (id int AUTO_INCREMENT PRIMARY KEY, tenant_id int)")
	user, asUser := plainUser(t, dsn)
	config, _ := driver.ParseDSN(dsn)
	grant := func(rights string) { must(t, admin, "GRANT "+rights+" TO "+user) }
	grant("SELECT ON " + config.DBName + ".*")
	data := mysql.Shared(open(t, asUser), sqldata.Config{})
	said := func(source refresh.Source) string { return strings.Join(describe(t, source).Facts.Preconditions, "\n") }
	if list := said(mysql.Source(open(t, asUser))); list != "" {
		t.Errorf("a user who may only read is told: %s", list)
	}
	if warnings := describe(t, data).Facts.Warnings; len(warnings) != 1 || !strings.Contains(warnings[0], "GRANT PROCESS ON *.* TO") {
		t.Errorf("a user who cannot see open transactions is warned: %q", warnings)
	}
	if barred := describe(t, data).Facts.NoUpdate; len(barred["things"]) != 3 || len(barred["others"]) != 2 {
		t.Errorf("columns that the user may not change: %v", barred)
	}
	first := said(data)
	for _, want := range []string{"GRANT INSERT ON", "GRANT DELETE ON", "GRANT TRIGGER ON", "GRANT CREATE, SELECT, INSERT, UPDATE ON", "`retenant_row_digest`", "`things`", "`others`"} {
		if !strings.Contains(first, want) {
			t.Errorf("%q is missing in\n%s", want, first)
		}
	}
	for _, line := range strings.Split(first, "\n") { // what is said is what helps
		_, statements, _ := strings.Cut(line, ": ")
		for _, statement := range strings.Split(statements, "; ") {
			must(t, admin, statement)
		}
	}
	if list := said(data); list != "" {
		t.Errorf("after all that was said: %s", list)
	}
	data = mysql.Shared(open(t, asUser), sqldata.Config{}) // a right on a database reaches new connections only
	if err := data.Fence(t.Context(), sandbox, 1); err != nil {
		t.Fatal(err)
	}
	if list := said(data); list != "" {
		t.Errorf("after the tables of retenant are there: %s", list)
	}
	grant("UPDATE (name) ON " + config.DBName + ".things")
	if barred := describe(t, data).Facts.NoUpdate["things"]; !slices.Equal(barred, []string{"id", "tenant_id"}) {
		t.Errorf("columns that the user may not change: %v", barred)
	}
	grant("PROCESS ON *.*")
	if warnings := describe(t, mysql.Shared(open(t, asUser), sqldata.Config{})).Facts.Warnings; len(warnings) > 0 {
		t.Errorf("a user with the right PROCESS is warned: %q", warnings)
	}
	must(t, admin, "INSERT INTO things (tenant_id, name) VALUES (7, 'x')")
	h := newHost(t, "  things: {columns: {name: redact}}\n  others: {}\n", open(t, asUser))
	if _, err := h.refresh(sandbox); err != nil {
		t.Errorf("a user with the rights that are asked for: %v", err)
	}
	must(t, admin, "CREATE TABLE old (id int PRIMARY KEY) ENGINE=MyISAM", "CREATE TABLE versions (id int PRIMARY KEY) WITH SYSTEM VERSIONING", "SET GLOBAL auto_increment_increment = 3")
	t.Cleanup(func() { must(t, admin, "SET GLOBAL auto_increment_increment = 1") })
	list := said(mysql.Shared(open(t, dsn), sqldata.Config{}))
	for _, want := range []string{"ALTER TABLE `old` ENGINE = InnoDB", "ALTER TABLE `versions` DROP SYSTEM VERSIONING", "auto_increment_increment = 1"} {
		if !strings.Contains(list, want) {
			t.Errorf("%q is missing in\n%s", want, list)
		}
	}
	if strings.Contains(list, "GRANT") {
		t.Errorf("an administrator is told: %s", list)
	}
}

// TestD5_RightsByRole has a user all of whose rights come from a role.
func TestD5_RightsByRole(t *testing.T) {
	dsn := testdb.MySQL(t)
	admin := open(t, dsn)
	must(t, admin, "CREATE TABLE things (id bigint AUTO_INCREMENT PRIMARY KEY, tenant_id int)")
	user, asUser := plainUser(t, dsn)
	config, _ := driver.ParseDSN(dsn)
	role := "r_" + config.DBName
	must(t, admin, "CREATE ROLE "+role, "GRANT SELECT, INSERT, DELETE, TRIGGER, CREATE, UPDATE ON "+config.DBName+".* TO "+role, "GRANT "+role+" TO "+user, "SET DEFAULT ROLE "+role+" FOR "+user)
	t.Cleanup(func() { must(t, admin, "DROP ROLE "+role) })
	data := mysql.Shared(open(t, asUser), sqldata.Config{})
	if list := describe(t, data).Facts.Preconditions; len(list) > 0 {
		t.Errorf("%q", list)
	}
	must(t, admin, "REVOKE DELETE ON "+config.DBName+".* FROM "+role)
	data = mysql.Shared(open(t, asUser), sqldata.Config{})
	if list := strings.Join(describe(t, data).Facts.Preconditions, "\n"); !strings.Contains(list, "GRANT DELETE ON") || strings.Contains(list, "INSERT") {
		t.Errorf("%s", list)
	}
}

// TestTriggersAreRefused: they cannot be switched off.
func TestTriggersAreRefused(t *testing.T) {
	h := people(t)
	must(t, h.db, "CREATE TRIGGER upper_name BEFORE INSERT ON people FOR EACH ROW SET NEW.name = upper(NEW.name)")
	if _, err := h.refresh(sandbox); err == nil || !strings.Contains(err.Error(), "trigger upper_name would fire") {
		t.Error(err)
	}
}
