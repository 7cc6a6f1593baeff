package masking_test

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

// canonical tells whether a value may stand in a column of the type, by the rules for fixed values.
func canonical(value string, col schema.Column) bool {
	return masking.Column{Mask: "fixed", Value: value}.Check(col) == nil
}

func numberMask(t testing.TB, typ schema.Type, percent int) *masking.Mask {
	m, err := masking.Column{Mask: "number", Percent: percent}.Compile(testSecret(t, 1), "target", column("n", typ))
	if err != nil {
		t.Fatal(err)
	}
	return &m
}

// within tells whether a fake has the sign of the value and lies within the percentage.
func within(value, fake *big.Rat, percent int64, slack *big.Rat) bool {
	if value.Sign() != fake.Sign() {
		return false
	}
	difference := new(big.Rat).Sub(fake, value)
	most := new(big.Rat).Mul(new(big.Rat).Abs(value), big.NewRat(percent, 100))
	return difference.Abs(difference).Cmp(most.Add(most, slack)) <= 0
}

func TestA7_NumberNoiseOnIntegers(t *testing.T) {
	limits := []uint64{127, 255, 32767, 65535, 8388607, 16777215, 2147483647, 4294967295, 1<<63 - 1, 1<<64 - 1}
	edges := append([]uint64{128, 256, 32768, 2147483648, 1 << 63}, limits...)
	rapid.Check(t, func(rt *rapid.T) {
		percent := rapid.IntRange(1, 100).Draw(rt, "percent")
		m := numberMask(t, schema.Integer, percent)
		magnitude := rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 1000), rapid.SampledFrom(edges)).Draw(rt, "value")
		value := strconv.FormatUint(magnitude, 10)
		if rapid.Bool().Draw(rt, "negative") && magnitude > 0 && magnitude <= 1<<63 {
			value = "-" + value
		}
		fake := apply(m, value)
		if !canonical(fake, column("n", schema.Integer)) {
			rt.Fatalf("%s becomes %q, which is no integer in canonical form", value, fake)
		}
		v, _ := new(big.Rat).SetString(value)
		f, _ := new(big.Rat).SetString(fake)
		if !within(v, f, int64(percent), new(big.Rat)) {
			rt.Fatalf("%s becomes %s, by more than %d%%", value, fake, percent)
		}
		for _, limit := range limits {
			l := new(big.Rat).SetInt(new(big.Int).SetUint64(limit))
			if v.Sign() > 0 && v.Cmp(l) <= 0 && f.Cmp(l) > 0 {
				rt.Fatalf("%s becomes %s, which a column for up to %d cannot hold", value, fake, limit)
			}
		}
		if alone := magnitude*uint64(percent) < 100; magnitude > 0 && magnitude < 1<<40 && (fake == value) != alone {
			rt.Fatalf("%s becomes %s at %d%%", value, fake, percent)
		}
	})
}

func TestA7_NumberNoiseOnDecimals(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		percent := rapid.IntRange(1, 100).Draw(rt, "percent")
		m := numberMask(t, schema.Decimal, percent)
		value := rapid.OneOf(rapid.StringMatching(`-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?`), rapid.StringMatching(`[1-9][0-9]{0,6}\.[0-9]{2}`),
			rapid.SampledFrom([]string{"0", "0.00", "0.01", "999.99", "9.99", "0.99", "0.099", "-0.5", "1000000000000000000000000000000.5", "99999999999999999999.9"})).Draw(rt, "value")
		v, _ := new(big.Rat).SetString(value)
		if strings.HasPrefix(value, "-") && v.Sign() == 0 {
			value = value[1:]
		}
		fake := apply(m, value)
		if !canonical(fake, schema.Column{Type: schema.Decimal}) {
			rt.Fatalf("%s becomes %q, which is no decimal in canonical form", value, fake)
		}
		f, ok := new(big.Rat).SetString(fake)
		if !ok || !within(v, f, int64(percent), new(big.Rat)) {
			rt.Fatalf("%s becomes %s, by more than %d%%", value, fake, percent)
		}
		whole, fraction, _ := strings.Cut(value, ".")
		fakeWhole, fakeFraction, _ := strings.Cut(fake, ".")
		if len(fakeFraction) != len(fraction) || len(fakeWhole) > len(whole) || whole == "0" && fakeWhole != "0" {
			rt.Fatalf("%s becomes %s, with another scale or precision", value, fake)
		}
		if fraction != "" && strings.HasSuffix(fake, "0") && !strings.HasSuffix(value, "0") {
			rt.Fatalf("%s becomes %s, which a database that keeps the shortest form would shorten", value, fake)
		}
	})
	m := numberMask(t, schema.Decimal, 10)
	for _, kept := range []string{"NaN", "Infinity", "-Infinity", "0", "0.000"} {
		if got := apply(m, kept); got != kept {
			t.Errorf("%s becomes %s", kept, got)
		}
	}
}

func TestA7_NumberNoiseOnReals(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		percent := rapid.IntRange(1, 100).Draw(rt, "percent")
		m := numberMask(t, schema.Real, percent)
		f := rapid.OneOf(rapid.Float64(), rapid.Float64Range(-1000, 1000), rapid.Map(rapid.Float32(), func(f float32) float64 { return float64(f) }),
			rapid.SampledFrom([]float64{0, math.MaxFloat64, -math.MaxFloat64, math.MaxFloat32, math.SmallestNonzeroFloat64, 0.1, 1e21, 1e22, 123456.7})).Draw(rt, "value")
		value := strconv.FormatFloat(f, 'g', -1, 64)
		fake := apply(m, value)
		if !canonical(fake, column("n", schema.Real)) {
			rt.Fatalf("%s becomes %q, which is no real in canonical form", value, fake)
		}
		g, _ := strconv.ParseFloat(fake, 64)
		switch {
		case math.IsInf(g, 0) || math.IsNaN(g) || math.Abs(f) <= math.MaxFloat32 && math.Abs(g) > math.MaxFloat32:
			rt.Fatalf("%s becomes %s, out of range", value, fake)
		case math.Signbit(f) != math.Signbit(g) || (f == 0) != (g == 0):
			rt.Fatalf("%s becomes %s, with another sign", value, fake)
		case math.Abs(g-f) > math.Abs(f)*(float64(percent)/100+1e-9):
			rt.Fatalf("%s becomes %s, by more than %d%%", value, fake, percent)
		case g == f && math.Abs(f) > 1e-37 && percent > 1:
			rt.Fatalf("%s stays at %d%%", value, percent)
		}
	})
	m := numberMask(t, schema.Real, 10)
	for _, kept := range []string{"NaN", "+Inf", "-Inf", "0", "-0"} {
		if got := apply(m, kept); got != kept {
			t.Errorf("%s becomes %s", kept, got)
		}
	}
}

func TestA7_NumbersThatCannotBeRead(t *testing.T) {
	for _, typ := range []schema.Type{schema.Integer, schema.Decimal, schema.Real} {
		for _, bad := range []string{"canary", "1,5", "0x1", " 1", "1 ", "--1", "1e", "\xff", "١"} {
			_, _, err := numberMask(t, typ, 10).Append(nil, schema.Cell{Bytes: []byte(bad), Form: schema.AsText}, schema.Row{})
			if !errors.Is(err, masking.ErrRefused) || strings.Contains(err.Error(), "canary") {
				t.Errorf("%s %q: %v", typ, bad, err)
			}
		}
	}
}

// The noise has no direction, and reaches the bounds.
func TestN1_NumberNoiseIsSpreadEvenly(t *testing.T) {
	m := numberMask(t, schema.Integer, 10)
	sum, least, most := 0.0, 2.0, 0.0
	for i := range 50_000 {
		value := 1_000_000 + i
		fake, _ := strconv.Atoi(apply(m, strconv.Itoa(value)))
		ratio := float64(fake) / float64(value)
		sum, least, most = sum+ratio, min(least, ratio), max(most, ratio)
	}
	if mean := sum / 50_000; math.Abs(mean-1) > 0.002 || least > 0.901 || most < 1.099 {
		t.Errorf("ratios from %f to %f, mean %f", least, most, mean)
	}
}
