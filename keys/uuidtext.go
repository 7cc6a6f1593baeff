package keys

import "encoding/binary"

const uuidLength = 36

func wordOf(id [16]byte) word {
	return word{binary.BigEndian.Uint64(id[:8]), binary.BigEndian.Uint64(id[8:])}
}

func (x word) bytes() (id [16]byte) {
	binary.BigEndian.PutUint64(id[:8], x.upper)
	binary.BigEndian.PutUint64(id[8:], x.lower)
	return id
}

// ParseUUID returns the UUID that canonical text stands for: 36 characters, lower case, without braces or urn:uuid:.
func ParseUUID(text []byte) (id [16]byte, ok bool) {
	x, ok := parseUUID(text)
	if !ok {
		return id, false
	}
	return x.bytes(), true
}

// parseUUID reads canonical text.
func parseUUID(text []byte) (word, bool) {
	if len(text) != uuidLength || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return word{}, false
	}
	a, bad1 := hexValue(binary.BigEndian.Uint64(text))
	b, bad2 := hexValue(uint64(binary.BigEndian.Uint32(text[9:]))<<32 | uint64(binary.BigEndian.Uint32(text[14:])))
	c, bad3 := hexValue(uint64(binary.BigEndian.Uint32(text[19:]))<<32 | uint64(binary.BigEndian.Uint32(text[24:])))
	d, bad4 := hexValue(binary.BigEndian.Uint64(text[28:]))
	return word{a<<32 | b, c<<32 | d}, bad1|bad2|bad3|bad4 == 0
}

// putUUID writes canonical text to the first uuidLength bytes of to.
func putUUID(to []byte, x word) {
	to = to[:uuidLength]
	b, c := hexDigits(uint32(x.upper)), hexDigits(uint32(x.lower>>32))
	binary.BigEndian.PutUint64(to, hexDigits(uint32(x.upper>>32)))
	binary.BigEndian.PutUint32(to[9:], uint32(b>>32))
	binary.BigEndian.PutUint32(to[14:], uint32(b))
	binary.BigEndian.PutUint32(to[19:], uint32(c>>32))
	binary.BigEndian.PutUint32(to[24:], uint32(c))
	binary.BigEndian.PutUint64(to[28:], hexDigits(uint32(x.lower)))
	to[8], to[13], to[18], to[23] = '-', '-', '-', '-'
}

const (
	eachByte = 0x0101010101010101
	topBits  = 0x80 * eachByte
)

// hexValue reads eight digits at once. bad is not 0 if one of them is neither 0-9 nor a-f.
func hexValue(digits uint64) (value, bad uint64) {
	// Each byte is below 0x80, or bad; then adding less than 0x80 does not carry into the next, and sets its highest bit
	// when the sum reaches 0x80.
	low := digits &^ topBits
	from0, over9 := low+(0x80-'0')*eachByte, low+(0x7f-'9')*eachByte
	fromA, overF := low+(0x80-'a')*eachByte, low+(0x7f-'f')*eachByte
	digit, letter := from0&^over9&topBits, fromA&^overF&topBits
	bad = digits&topBits | ^(digit|letter)&topBits
	v := low&(0x0f*eachByte) + letter>>7*9
	v = (v | v>>4) & 0x00ff00ff00ff00ff
	v = (v | v>>8) & 0x0000ffff0000ffff
	return (v | v>>16) & 0xffffffff, bad
}

// hexDigits writes eight digits at once.
func hexDigits(value uint32) uint64 {
	v := uint64(value)
	v = (v | v<<16) & 0x0000ffff0000ffff
	v = (v | v<<8) & 0x00ff00ff00ff00ff
	v = (v | v<<4) & (0x0f * eachByte)
	letter := (v + (0x80-10)*eachByte) & topBits >> 7
	return v + '0'*eachByte + letter*('a'-'0'-10)
}
