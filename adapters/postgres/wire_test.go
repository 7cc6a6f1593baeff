package postgres

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/retenant/retenant/adapters/internal/testdb"
	"github.com/retenant/retenant/tenancy/schema"
)

// wireTypes are the types whose binary form is known, with values at their ends and a maker of others.
var wireTypes = []struct {
	bare   string
	kind   kind
	values []string
	random func(*rand.Rand) string
}{
	{"boolean", kindBool, []string{"true", "false"}, nil},
	{"smallint", kindInt2, []string{"0", "-32768", "32767"}, func(r *rand.Rand) string { return fmt.Sprint(int16(r.Uint32())) }},
	{"integer", kindInt4, []string{"0", "-2147483648", "2147483647"}, func(r *rand.Rand) string { return fmt.Sprint(int32(r.Uint32())) }},
	{"bigint", kindInt8, []string{"0", "-9223372036854775808", "9223372036854775807"}, func(r *rand.Rand) string { return fmt.Sprint(int64(r.Uint64())) }},
	{"real", kindFloat4, []string{"0", "-0", "NaN", "Infinity", "-Infinity", "1e-45", "3.4028235e38", "0.1", "1e6", "123456", "16777217", "1e-5"},
		func(r *rand.Rand) string { return fmt.Sprint(math.Float32frombits(r.Uint32())) }},
	{"double precision", kindFloat8, []string{"0", "-0", "NaN", "Infinity", "-Infinity", "5e-324", "1.7976931348623157e308", "0.1", "1e21", "1e20", "1000000", "0.0001", "0.00001"},
		func(r *rand.Rand) string { return fmt.Sprint(math.Float64frombits(r.Uint64())) }},
	{"numeric", kindNumeric, []string{"0", "0.00", "-0.000", "NaN", "Infinity", "-Infinity", "1", "10000", "100000000", "0.0001", "0.00001", "-0.00010", "9999", "9999.9999", "1e-20", "1e300", "-1.50",
		"1e131071", "1e-16383", "12345678901234567890.123456789012345678900"}, randomNumeric},
	{"text", kindText, []string{"", " ", "a  ", "Grüße 日本 🙂", `it's \ "quoted"`, "line\nbreak\ttab", strings.Repeat("x", 100_000)}, randomText},
	{"character varying", kindText, []string{"", "a  "}, randomText},
	{"bpchar", kindChars, []string{"", "a", "a  ", "  a "}, randomText},
	{"character(6)", kindChars, []string{"", "a", "  a", "ü"}, nil},
	{"name", kindText, []string{"", "pg", strings.Repeat("n", 63)}, nil},
	{"bytea", kindBytes, []string{"", `\x00ff`, `\x5c78`}, func(r *rand.Rand) string { return fmt.Sprintf(`\x%016x`, r.Uint64()) }},
	{"uuid", kindUUID, []string{"00000000-0000-0000-0000-000000000000", "FFFFFFFF-ffff-ffff-ffff-ffffffffffff"},
		func(r *rand.Rand) string { return fmt.Sprintf("%016x%016x", r.Uint64(), r.Uint64()) }},
	{"date", kindDate, []string{"infinity", "-infinity", "2000-01-01", "1999-12-31", "2000-02-29", "1900-02-28", "1900-03-01", "0001-01-01", "0001-12-31 BC", "0001-02-29 BC", "4714-11-24 BC", "4714-12-31 BC",
		"5874897-12-31", "9999-12-31", "10000-01-01"}, func(r *rand.Rand) string { return fmt.Sprintf("epoch %d", r.IntN(2145031948+2451507)-2451507) }},
	{"time", kindTime, []string{"00:00:00", "24:00:00", "23:59:59.999999", "01:02:03.1", "01:02:03.000001"}, func(r *rand.Rand) string {
		return fmt.Sprintf("%02d:%02d:%02d.%06d", r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1e6))
	}},
	{"timestamp", kindTimestamp, []string{"infinity", "-infinity", "2000-01-01 00:00:00", "1999-12-31 23:59:59.999999", "0001-01-01 00:00:00.5 BC", "4714-11-24 00:00:00 BC", "294276-12-31 23:59:59.999999", "1582-10-10 12:00:00"}, randomInstant},
	{"timestamp with time zone", kindTimestampTZ, []string{"infinity", "-infinity", "2000-01-01 00:00:00+00", "1999-12-31 23:59:59.999999+13", "0044-03-15 12:00:00.25+00 BC", "4714-11-24 00:00:00+00 BC",
		"294276-12-31 23:59:59.999999+00"}, randomInstant},
	{"json", kindJSON, []string{`{"b": 1,  "a":null, "b":2}`, `"x"`, "null"}, nil},
	{"jsonb", kindJSONB, []string{`{"b": 1,  "a":null, "b":2}`, `"x"`, "null", "1e400", `"\u00fc"`}, nil},
	{"citext", kindText, []string{"", "MiXed"}, nil},
	{"mood", kindEnum, []string{"glad", "so-so"}, nil},
}

func randomText(r *rand.Rand) string {
	letters := []rune("aZ ß'\"\\\t\n日🙂%_")
	text := make([]rune, r.IntN(20))
	for i := range text {
		text[i] = letters[r.IntN(len(letters))]
	}
	return string(text)
}

func randomNumeric(r *rand.Rand) string {
	digits := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "0000123456789999"[r.IntN(16)]
		}
		return string(b)
	}
	return []string{"", "-"}[r.IntN(2)] + "0" + digits(r.IntN(30)) + "." + digits(r.IntN(30))
}

func randomInstant(r *rand.Rand) string {
	return fmt.Sprintf("micros %d", r.Int64N(9_200_000_000_000_000_000)-211_000_000_000_000_000)
}

// expression casts a value on the server.
func expression(bare, value string) string {
	var n int64
	switch {
	case strings.HasPrefix(value, "epoch "):
		_, _ = fmt.Sscanf(value, "epoch %d", &n)
		return fmt.Sprintf("(date '2000-01-01' + %d)", n)
	case strings.HasPrefix(value, "micros "):
		_, _ = fmt.Sscanf(value, "micros %d", &n)
		return fmt.Sprintf("(%s '2000-01-01' + make_interval(days => %d) + make_interval(secs => %d) + %d * interval '1 microsecond')",
			bare, n/microsPerDay, n%microsPerDay/microsPerSecond, n%microsPerSecond)
	}
	return "CAST(" + quoteLiteral(value) + " AS " + bare + ")"
}

// TestD23_BinaryAndTextAreTheSame holds the canonical form that the fast path makes of the server's binary form to the one that the portable path makes of its
// text, and what each would write to what was read.
func TestD23_BinaryAndTextAreTheSame(t *testing.T) {
	conn := rawConn(t)
	random := rand.New(rand.NewPCG(1, 2))
	for _, w := range wireTypes {
		t.Run(w.bare, func(t *testing.T) {
			values := w.values
			if w.random != nil {
				for range 400 {
					values = append(values, w.random(random))
				}
			}
			codec := dialect{}.Column(schema.Column{Type: w.kind.canonical(), Bare: strings.Replace(w.bare, "character(6)", "bpchar", 1)})
			for _, value := range values {
				sql := expression(w.bare, value)
				selected := sql + "::text"
				if w.kind == kindBytes {
					selected = sql
				}
				result := conn.ExecParams(t.Context(), "SELECT "+sql+", "+selected, nil, nil, nil, []int16{1, map[bool]int16{true: 1}[w.kind == kindBytes]}).Read()
				if result.Err != nil {
					t.Fatalf("%s: %v", value, result.Err)
				}
				binary, text := result.Rows[0][0], result.Rows[0][1]
				got, err := w.kind.decode([]byte("before"), binary)
				if err != nil {
					t.Fatalf("%s: %v", value, err)
				}
				var driver any = string(text)
				if w.kind == kindBytes {
					driver = text
				}
				want, form, err := codec.Decode([]byte("before"), driver)
				if err != nil || form != schema.Regular || !bytes.Equal(got, want) {
					t.Fatalf("%s: by binary %q, by text %q (%v)", value, got, want, err)
				}
				cell := got[len("before"):]
				back, err := w.kind.encode([]byte("before"), cell)
				if err != nil {
					t.Fatalf("%s: %v", value, err)
				}
				if padded := bytes.TrimRight(binary, " "); !bytes.Equal(back[len("before"):], binary) && (w.kind != kindChars || !bytes.Equal(back[len("before"):], padded)) {
					t.Fatalf("%s: read % x and written % x", value, binary, back[len("before"):])
				}
				if param, err := codec.Encode(schema.Cell{Bytes: cell, Form: schema.Regular}); err != nil {
					t.Fatalf("%s: %v", value, err)
				} else if text, ok := param.(string); ok && w.bare != "character(6)" {
					again := conn.ExecParams(t.Context(), "SELECT "+strings.ReplaceAll(codec.Insert, "%s", "$1"), [][]byte{[]byte(text)}, nil, nil, []int16{1}).Read()
					if again.Err != nil {
						t.Fatalf("%s: writing it as text: %v", value, again.Err)
					}
					if same, err := w.kind.decode(nil, again.Rows[0][0]); err != nil || !bytes.Equal(same, cell) {
						t.Fatalf("%s: written as text it is %q instead of %q (%v)", value, same, cell, err)
					}
				}
			}
		})
	}
}

func rawConn(t *testing.T) *pgconn.PgConn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), testdb.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	for _, statement := range []string{"CREATE EXTENSION citext", "CREATE TYPE mood AS ENUM ('glad', 'so-so')", "SET TimeZone = 'UTC'"} {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return conn.PgConn()
}

func TestDamagedBinaryIsRefused(t *testing.T) {
	for _, w := range wireTypes {
		for _, field := range [][]byte{{1, 2, 3}, {}, bytes.Repeat([]byte{0x7f}, 9)} {
			if _, err := w.kind.decode(nil, field); err == nil && w.kind.width() > 0 && len(field) != w.kind.width() {
				t.Errorf("%s: % x was read", w.bare, field)
			}
		}
	}
	if _, err := decodeNumeric(nil, []byte{0, 9, 0, 0, 0, 0, 0, 0, 0, 1}); err == nil {
		t.Error("a numeric with fewer digits than it says was read")
	}
	for k, text := range map[kind]string{kindBool: "yes", kindInt2: "32768", kindInt4: "x", kindNumeric: "1e5", kindUUID: "1", kindDate: "2001-02-29", kindTime: "25:00:00",
		kindTimestamp: "2001-01-01", kindTimestampTZ: "2001-01-01 00:00:00", kindFloat8: "one"} {
		if _, err := k.encode(nil, []byte(text)); err == nil || strings.Contains(err.Error(), text) {
			t.Errorf("%q as kind %d: %v", text, k, err)
		}
	}
}

func FuzzQuoteLiteral(f *testing.F) {
	f.Add(`it's`)
	f.Add(`\'; DROP TABLE x; --`)
	conn, err := pgx.Connect(context.Background(), testdb.Postgres(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = conn.Close(context.Background()) })
	f.Fuzz(func(t *testing.T, text string) {
		param, err := dialect{}.Literal(schema.Column{Type: schema.Text}, text)
		if err != nil {
			return // no text of the server's
		}
		result, err := conn.PgConn().Exec(t.Context(), "SELECT "+quoteLiteral(param.(string))).ReadAll()
		if err != nil || string(result[0].Rows[0][0]) != text {
			t.Errorf("%q comes back as %v, %v", text, result, err)
		}
	})
}
