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
