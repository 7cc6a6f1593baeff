package keys_test

import (
	"fmt"

	"github.com/retenant/retenant/keys"
)

// The second refresh of a target: known originals keep their copies, new ones get keys from a range that was reserved.
func Example() {
	next := int64(501) // the table's sequence
	refresh := func(g *keys.Generations, originals ...int64) *keys.Generations {
		var b keys.SetBuilder
		for _, id := range originals {
			b.Add(id)
		}
		missing := g.Missing(b.Set())
		extended, err := g.Extend(missing, next)
		if err != nil {
			panic(err)
		}
		next += missing.Len()
		return extended
	}

	first := refresh(nil, 3, 17, 90)
	next += 10 // other tenants go on working
	second := refresh(first, 3, 17, 42, 90, 91)

	for original, copy := range second.All() {
		fmt.Println(original, "->", copy)
	}
	_, ok := second.MapInt(18)
	fmt.Println("18 has a copy:", ok)
	fmt.Println("keys handed out:", second.Spans())
	// Output:
	// 3 -> 501
	// 17 -> 502
	// 90 -> 503
	// 42 -> 514
	// 91 -> 515
	// 18 has a copy: false
	// keys handed out: [501..503 514..515]
}

func ExampleCompose() {
	fmt.Println(keys.Key("7"))
	fmt.Println(keys.Compose("7", "a,b"))
	// Output:
	// 7
	// (7,"a,b")
}

// A copy in a schema of its own whose rules say remap: always. The base follows from the mapping, not from a sequence.
func ExampleGenerations_remapAlways() {
	next := func(g *keys.Generations) int64 {
		spans := g.Spans()
		if len(spans) == 0 {
			return 1
		}
		return spans[len(spans)-1].Last + 1
	}
	var g *keys.Generations
	for _, originals := range [][]int64{{70, 81, 92}, {70, 75, 92}} {
		var b keys.SetBuilder
		for _, id := range originals {
			b.Add(id)
		}
		extended, err := g.Extend(g.Missing(b.Set()), next(g))
		if err != nil {
			panic(err)
		}
		g = extended
	}
	for original, copy := range g.All() {
		fmt.Println(original, "->", copy)
	}
	// Output:
	// 70 -> 1
	// 81 -> 2
	// 92 -> 3
	// 75 -> 4
}

func ExampleComposite() {
	stations, err := keys.NewStations(map[string]string{"7": "107"})
	if err != nil {
		panic(err)
	}
	m := keys.Composite{stations, keys.Same{}} // station, serial number
	fmt.Println(m.Map(keys.Compose("7", "4711")))
	fmt.Println(m.Map(keys.Compose("8", "4711")))
	// Output:
	// (107,4711) true
	// "" false
}

func ExampleUUIDs() {
	key := []byte("16 bytes of HKDF") // secret.Derive("keys of sandbox 12", keys.UUIDKeySize)
	m, err := keys.NewUUIDs(key, keys.UUIDConfig{})
	if err != nil {
		panic(err)
	}
	copy, _ := m.Map(nil, []byte("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"))
	original, _ := m.Invert(nil, copy)
	fmt.Println(string(copy[:15]), string(original)) // time and version stay
	// Output:
	// 017f22e2-79b0-7 017f22e2-79b0-7cc3-98c4-dc0c0c07398f
}
