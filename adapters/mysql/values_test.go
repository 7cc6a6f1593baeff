package mysql_test

import (
	"fmt"
	"strings"
	"testing"

	driver "github.com/go-sql-driver/mysql"
	"github.com/google/go-cmp/cmp"

	"github.com/retenant/retenant/adapters/internal/testdb"
	"github.com/retenant/retenant/adapters/mysql"
	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/tenancy/schema"
)

// every is a table with a column of each type, by name and definition, with values as literals: NULL, empty, extreme.
var every = []struct {
	name, definition string
	values           []string
}{
	{"t1", "tinyint(1)", []string{"0", "1", "2", "-128", "127"}}, {"t4", "tinyint(4)", []string{"-128", "127", "1"}}, {"tu", "tinyint unsigned", []string{"255", "0"}},
	{"s", "smallint", []string{"-32768", "32767"}}, {"m", "mediumint unsigned", []string{"16777215"}}, {"i", "int", []string{"-2147483648", "2147483647"}},
	{"z", "int(8) zerofill", []string{"42", "0", "4294967295"}}, {"b", "bigint", []string{"-9223372036854775808", "9223372036854775807"}},
	{"bu", "bigint unsigned", []string{"18446744073709551615", "0"}}, {"y", "year", []string{"0", "1901", "2155"}},
	{"b1", "bit(1)", []string{"b'0'", "b'1'"}}, {"b9", "bit(9)", []string{"b'101010101'", "b'110101'", "b'0'"}}, {"b64", "bit(64)", []string{"18446744073709551615", "48"}},
	{"d", "decimal(12,3)", []string{"-0.001", "0", "999999999.999", "19.9"}}, {"d0", "decimal(65,0)", []string{strings.Repeat("9", 65)}}, {"d30", "decimal(65,30)", []string{"-1e-30", "12345678901234567890"}},
	{"dz", "decimal(8,2) unsigned zerofill", []string{"1.5", "0"}},
	{"f", "float", []string{"0.1", "16777217e0", "3.4028235e38", "1.401298464324817e-45"}}, {"fd", "float(9,3)", []string{"1234.5678", "-0.5"}},
	{"dd", "double", []string{"0.1e0 + 0.2e0", "-1.7976931348623157e308", "4.9e-324", "2.2250738585072014e-308", "1e0 / 3e0"}}, {"dm", "double(12,4)", []string{"1234.56789"}},
	{"dt", "date", []string{"'2024-02-29'", "'0001-01-01'", "'9999-12-31'", "'0000-00-00'", "'2024-00-00'", "'2024-02-31'"}},
	{"tm", "time", []string{"'-838:59:59'", "'838:59:59'", "'00:00:00'"}}, {"tm6", "time(6)", []string{"'-00:00:00.000001'", "'23:59:59.999999'", "'12:30:00.5'"}},
	{"dtm", "datetime", []string{"'0000-00-00 00:00:00'", "'9999-12-31 23:59:59'"}}, {"dtm6", "datetime(6)", []string{"'1000-01-01 00:00:00.000001'", "'2026-04-05 02:30:00.5'", "'2026-04-05 02:30:00'"}},
	{"ts", "timestamp NULL", []string{"'2026-04-05 02:30:00'", "'1970-01-01 00:00:01'", "'0000-00-00 00:00:00'"}}, {"ts3", "timestamp(3) NULL", []string{"'2038-01-19 03:14:07.999'", "'2026-10-25 01:30:00.25'"}},
	{"c", "char(4)", []string{"''", "'ab'", "'ab  '", "'日本'"}}, {"v", "varchar(200)", []string{"''", "'  a '", `'O''Brien \\ "x" \n\t\r\0%_'`, "'😀 ñ́'"}},
	{"vl", "varchar(20) character set latin1", []string{"'é€'", "x'80ff'", "x'81'"}}, {"vu", "varchar(20) character set utf16", []string{"'é😀'"}}, {"vb", "varchar(20) character set binary", []string{"x'00ff'"}},
	{"vn", "varchar(20) collate utf8mb4_general_ci", []string{"'NULL'", `'\\N'`}}, {"tt", "tinytext", []string{"'x'"}}, {"tx", "text character set utf8mb3", []string{"'é'"}}, {"lt", "longtext", []string{"repeat('漢x', 60000)"}},
	{"bi", "binary(4)", []string{"x'00'", "x'00ff0000'", "'a'"}}, {"vbi", "varbinary(20)", []string{"x''", "x'00ff5c27'", "x'2020'"}}, {"bl", "blob", []string{"x''", "x'00'"}}, {"lb", "longblob", []string{"repeat(x'00ff0a0d5c27', 20000)"}},
	{"u", "uuid", []string{"'F47AC10B-58cc-4372-a567-0e02b2c3d479'", "'00000000-0000-0000-0000-000000000000'"}}, {"j", "json", []string{`'{"a": [1, null,  "ü"]}'`, "'null'", "'[]'"}},
	{"e", "enum('a','b','it''s','')", []string{"'a'", "'it''s'", "''"}}, {"st", "set('x','y','z')", []string{"'x,z'", "''", "'y'"}}, {"i4", "inet4", []string{"'10.0.0.1'"}}, {"i6", "inet6", []string{"'fe80::1'", "'::'"}},
	{"g", "geometry", []string{"st_geomfromtext('LINESTRING(0 0, 1 1)', 4326)"}}, {"p", "point", []string{"point(1, -2)"}},
}

// newEveryHost makes a row for each value, one in which everything is NULL, and a generated column; rules makes the rule of a column.
func newEveryHost(t *testing.T, change func(*driver.Config), rule func(column string) string) *host {
	dsn := testdb.MySQL(t)
	columns, rules := []string{"id bigint unsigned AUTO_INCREMENT PRIMARY KEY", "tenant_id int NOT NULL"}, "  every:\n    columns:\n"
	var inserts []string
	for _, c := range every {
		columns, rules = append(columns, c.name+" "+c.definition), rules+fmt.Sprintf("      %s: %s\n", c.name, rule(c.name))
		for _, v := range c.values {
			inserts = append(inserts, fmt.Sprintf("INSERT INTO every (tenant_id, %s) VALUES (7, %s), (3, %s)", c.name, v, v))
		}
	}
	columns = append(columns, "half bigint AS (i / 2) STORED", "twice bigint AS (i * 2) VIRTUAL", "KEY (tenant_id)")
	loose := open(t, with(t, dsn, func(c *driver.Config) {
		c.Params["time_zone"], c.Params["sql_mode"] = "'+00:00'", "'ALLOW_INVALID_DATES'"
	}))
	must(t, loose, "CREATE TABLE every ("+strings.Join(columns, ", ")+")", "INSERT INTO every (tenant_id) VALUES (7), (3)")
	must(t, loose, inserts...)
	return newHost(t, rules, open(t, with(t, dsn, change)))
}

// everyRow is the content of a tenant's rows, bit by bit, without their keys.
func (h *host) everyRow(tenant string) string {
	var parts []string
	for _, c := range every {
		value := "hex(" + c.name + ")"
		if strings.HasPrefix(c.definition, "float") || strings.HasPrefix(c.definition, "double") {
			value = c.name + " * 1e0"
		} else if strings.HasPrefix(c.definition, "decimal") || strings.Contains(c.definition, "bit") || strings.Contains(c.definition, "int") && c.name != "p" {
			value = c.name + " + 0"
		}
		parts = append(parts, "coalesce("+value+", 'NULL')")
	}
	return h.rows("SELECT concat_ws('|', " + strings.Join(append(parts, "coalesce(half, 'NULL')", "coalesce(twice, 'NULL')"), ", ") + ") FROM every WHERE tenant_id = " + tenant + " ORDER BY id")
}

func TestD23_EveryTypeOnEveryPath(t *testing.T) {
	passed := func(string) string { return "{pass: test}" }
	for name, change := range map[string]func(*driver.Config){
		"as it is opened": plain,
		"with a host's parameters": func(c *driver.Config) {
			c.ParseTime, c.InterpolateParams = true, true
			c.Params["time_zone"] = "'+05:30'"
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newEveryHost(t, change, passed)
			source, others := h.everyRow("7"), h.everyRow("3")
			if strings.Count(source, "\n") < 100 {
				t.Fatal("the table has no rows")
			}
			if _, err := h.refresh(sandbox); err != nil {
				t.Fatal(err)
			}
			h.runner.Portable = true
			if _, err := h.refresh(partner); err != nil {
				t.Fatal(err)
			}
			for _, tenant := range []string{"12", "13"} {
				if difference := cmp.Diff(strings.Split(source, "\n"), strings.Split(h.everyRow(tenant), "\n")); difference != "" {
					t.Errorf("the copy in %s differs (-source +copy):\n%.3000s", tenant, difference)
				}
			}
			if after := h.everyRow("3"); after != others || h.everyRow("7") != source {
				t.Error("rows of other tenants changed")
			}
		})
	}
}

// TestD23_CanonicalForms holds what is read against the documentation of package schema.
func TestD23_CanonicalForms(t *testing.T) {
	h := newEveryHost(t, plain, func(string) string { return "{pass: test}" })
	e := extent(t, h.data, "every", production)
	want := map[string][]string{
		"t1": {"false", "true", "2", "-128", "127"}, "z": {"42", "0", "4294967295"}, "bu": {"18446744073709551615", "0"}, "y": {"0", "1901", "2155"}, "b1": {"false", "true"}, "b9": {"341", "53", "0"},
		"d": {"-0.001", "0.000", "999999999.999", "19.900"}, "dz": {"1.50", "0.00"}, "f": {"0.1", "1.6777216e+07", "3.4028235e+38", "1e-45"}, "fd": {"1234.568", "-0.5"},
		"dd": {"0.30000000000000004", "-1.7976931348623157e+308", "5e-324", "2.2250738585072014e-308", "0.3333333333333333"},
		"dt": {"2024-02-29", "0001-01-01", "9999-12-31", "0000-00-00", "2024-00-00", "2024-02-31"}, "tm6": {"-00:00:00.000001", "23:59:59.999999", "12:30:00.5"},
		"dtm6": {"1000-01-01 00:00:00.000001", "2026-04-05 02:30:00.5", "2026-04-05 02:30:00"}, "ts": {"2026-04-05 02:30:00+00", "1970-01-01 00:00:01+00", "0000-00-00 00:00:00+00"},
		"ts3": {"2038-01-19 03:14:07.999+00", "2026-10-25 01:30:00.25+00"}, "c": {"", "ab", "ab", "日本"}, "vl": {"é€", "€ÿ", "\u0081"}, "vu": {"é😀"}, "bi": {"\x00\x00\x00\x00", "\x00\xff\x00\x00", "a\x00\x00\x00"},
		"u": {"f47ac10b-58cc-4372-a567-0e02b2c3d479", "00000000-0000-0000-0000-000000000000"}, "e": {"a", "it's", ""}, "st": {"x,z", "", "y"}, "i6": {"fe80::1", "::"}, "j": {`{"a": [1, null,  "ü"]}`, "null", "[]"},
	}
	kinds := map[string]schema.Type{"t1": schema.Boolean, "t4": schema.Integer, "b1": schema.Boolean, "b9": schema.Integer, "bu": schema.Integer, "y": schema.Integer, "d": schema.Decimal, "f": schema.Real, "dt": schema.Date,
		"tm": schema.Time, "dtm": schema.Timestamp, "ts": schema.TimestampTZ, "v": schema.Text, "vb": schema.Bytes, "bi": schema.Bytes, "lb": schema.Bytes, "u": schema.UUID, "j": schema.JSON, "e": schema.Other, "g": schema.Other}
	for name, kind := range kinds {
		if c, _ := e.Table.Column(name); c.Type != kind || !c.Nullable {
			t.Errorf("%s is %+v and should be of type %s", name, c, kind)
		}
	}
	snapshot, err := h.data.Snapshot(t.Context(), production)
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Close()
	got := map[string][]string{}
	for name := range want {
		narrow := e
		narrow.Only = []string{name}
		reader, err := snapshot.Read(t.Context(), narrow)
		if err != nil {
			t.Fatal(err)
		}
		rows := schema.NewBatch(1, 1<<20)
		if err := reader.Next(t.Context(), rows); err != nil {
			t.Fatal(err)
		}
		for i := range rows.Len() {
			if c := rows.Row(i).Cell(0); !c.IsNull() {
				if form := map[bool]schema.Form{true: schema.AsInteger, false: schema.Regular}[name == "t1" && len(got[name]) > 1]; c.Form != form {
					t.Errorf("%s %q has form %d", name, c.Bytes, c.Form)
				}
				got[name] = append(got[name], string(c.Bytes))
			}
		}
		_ = reader.Close()
	}
	if difference := cmp.Diff(want, got); difference != "" {
		t.Errorf("(-want +got)\n%s", difference)
	}
}

// TestD23_ValuesThatDoNotFitAreRefused writes values that the column cannot take; they are not shown.
func TestD23_ValuesThatDoNotFitAreRefused(t *testing.T) {
	db := open(t, testdb.MySQL(t))
	must(t, db, "CREATE TABLE things (id bigint PRIMARY KEY, tenant_id int, i smallint, v varchar(5), d decimal(5,2), a varchar(9) character set latin1, dt date, e enum('a'), b boolean, f float, u uuid)")
	for column, c := range map[string]struct{ value, say string }{
		"i": {"70000", "column i: a number does not fit"}, "v": {"secret", "column v: a value is longer"}, "d": {"1234567", "column d: a number does not fit"}, "a": {"секрет", "column a: a value does not fit"},
		"dt": {"secret", "column dt: a value does not fit"}, "e": {"secret", "column e: a value does not fit"}, "b": {"secret", "true or false"}, "f": {"NaN", "no finite number"}, "u": {"secret", "column u: a value does not fit"},
	} {
		data := mysql.Shared(db, sqldata.Config{})
		e := extent(t, data, "things", sandbox)
		stage := begin(t, data, 1, e)
		row := schema.NewBatch(11, 0)
		for _, name := range e.Table.Stored() {
			switch name.Name {
			case "id":
				row.Append(schema.Cell{Bytes: []byte("1"), Form: schema.Regular})
			case "tenant_id":
				row.Append(schema.Cell{Bytes: []byte("12"), Form: schema.Regular})
			case column:
				row.Append(schema.Cell{Bytes: []byte(c.value), Form: schema.Regular})
			default:
				row.Append(schema.Cell{})
			}
		}
		err := stage.Write(t.Context(), e, row)
		if err == nil || !strings.Contains(err.Error(), c.say) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", column, err)
		}
		if err := stage.Rollback(); err != nil {
			t.Error(err)
		}
	}
}
