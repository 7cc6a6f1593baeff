package keys

import (
	"encoding/binary"
	"math/bits"
)

// splitData holds the ids of a block in 256 groups that share the upper byte. It begins with 257 numbers of 16 bits, the
// places where the groups begin and the last one ends; the lower bytes follow, ascending within a group, and then 8 zeros,
// so that 8 bytes can be read from any place. A lookup reads two places in the cache and takes 8 ids in one step.
type splitData []byte

const (
	splitGroups = 256
	splitHead   = 2 * (splitGroups + 1)
	splitTail   = 8
)

func (s *Set) splitOf(b *block) splitData {
	return splitData(s.bytes[b.at : b.at+splitHead+splitTail+int64(b.items)])
}

// group returns where the lower bytes of a group begin and end.
func (d splitData) group(upper int) (first, end int) {
	both := binary.LittleEndian.Uint32(d[2*upper:])
	return int(uint16(both)), int(both >> 16)
}

// rank returns how many ids lie before v, and whether v is one.
func (d splitData) rank(v uint16) (int, bool) {
	first, end := d.group(int(v >> 8))
	lower := byte(v)
	ids := d[splitHead:]
	for first+8 < end && ids[first+7] < lower {
		first += 8
	}
	below := bytesBelow(binary.LittleEndian.Uint64(ids[first:]), lower)
	rank := first + bits.OnesCount64(below&(1<<(8*uint(min(end-first, 8)))-1))
	return rank, rank < end && ids[rank] == lower
}

// bytesBelow sets the highest bit of each byte of x that is below y, and no other bit.
func bytesBelow(x uint64, y byte) uint64 {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	all := ones * uint64(y)
	notLess := (x | tops) - all&^tops // of the lower seven bits: no byte borrows from the next
	return (^x&all | ^(x^all)&^notLess) & tops
}

// at returns the id that has i before it.
func (d splitData) at(i int) uint16 {
	low, high := 0, splitGroups-1 // low: a group that begins at i or before; high: the last one that might
	for low < high {
		mid := (low + high + 1) / 2
		if first, _ := d.group(mid); first <= i {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return uint16(low)<<8 | uint16(d[splitHead+i])
}

// all yields the ids in order.
func (d splitData) all(yield func(uint16) bool) {
	for upper := range splitGroups {
		first, end := d.group(upper)
		for _, lower := range d[splitHead+first : splitHead+end] {
			if !yield(uint16(upper)<<8 | uint16(lower)) {
				return
			}
		}
	}
}

// appendSplit appends the n ids of series.
func appendSplit(to []byte, n int, series []run) []byte {
	at := len(to)
	to = append(to, make([]byte, splitHead)...)
	upper, count := 0, 0
	for _, r := range series {
		for v := int(r.first); v <= int(r.last); v++ {
			for ; upper <= v>>8; upper++ {
				binary.LittleEndian.PutUint16(to[at+2*upper:], uint16(count))
			}
			to = append(to, byte(v))
			count++
		}
	}
	for ; upper <= splitGroups; upper++ {
		binary.LittleEndian.PutUint16(to[at+2*upper:], uint16(n))
	}
	return append(to, make([]byte, splitTail)...)
}
