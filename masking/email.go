package masking

const (
	mailHost        = "@mail.invalid"
	compactMailHost = "@x.invalid"
)

// The 13 characters of an address that carry 64 bits, in Crockford's base 32: no i, l, o or u, and no case to lose.
const (
	base32Digits  = "0123456789abcdefghjkmnpqrstvwxyz"
	mailTagLength = 13
)

// email makes "<first>.<last>.<tag>@mail.invalid", or "<tag>@x.invalid" where the rule asks for the compact form. The tag is half of the
// function's 128 bits and alone tells addresses apart; the names come from the other half.
func email(p *prf, c Column) fakes {
	if c.Compact {
		return func(dst, value []byte) []byte {
			tag, _ := p.draw(value)
			return append(appendTag(dst, tag), compactMailHost...)
		}
	}
	first, last := mailFirstNames(), mailLastNames()
	return func(dst, value []byte) []byte {
		tag, names := p.draw(value)
		dst = append(dst, first.pick(&names)...)
		dst = append(dst, '.')
		dst = append(dst, last.pick(&names)...)
		dst = append(dst, '.')
		dst = appendTag(dst, tag)
		return append(dst, mailHost...)
	}
}

func appendTag(dst []byte, tag draw) []byte {
	for shift := 5 * (mailTagLength - 1); shift >= 0; shift -= 5 {
		dst = append(dst, base32Digits[tag>>shift&31])
	}
	return dst
}

func emailLength(c Column) int {
	if c.Compact {
		return mailTagLength + len(compactMailHost)
	}
	return mailFirstNames().longest + 1 + mailLastNames().longest + 1 + mailTagLength + len(mailHost)
}
