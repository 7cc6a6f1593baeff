package masking

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/brianvoe/gofakeit/v6/data"
)

// dictionary is a list of words to choose from: ASCII, sorted, and distinct even where case is ignored, so that choosing another
// word always gives another text.
type dictionary struct {
	words   []string
	longest int // in characters, which are bytes here
	hash    [sha256.Size]byte
}

// The dictionaries are built when first used, from the lists of gofakeit.
var (
	firstNames = sync.OnceValue(func() *dictionary { return newDictionary(data.Person["first"]) })
	lastNames  = sync.OnceValue(func() *dictionary { return newDictionary(data.Person["last"]) })
	// Companies are named after a person and a noun: gofakeit's own list of companies holds real ones.
	companyNouns    = sync.OnceValue(func() *dictionary { return newDictionary(data.Company["blurb"]) })
	companySuffixes = sync.OnceValue(func() *dictionary { return newDictionary(data.Company["suffix"]) })
	fillWords       = sync.OnceValue(func() *dictionary { return newDictionary(data.Lorem["word"]) })

	mailFirstNames = sync.OnceValue(func() *dictionary { return mailNames(firstNames()) })
	mailLastNames  = sync.OnceValue(func() *dictionary { return mailNames(lastNames()) })
	areaCodes      = sync.OnceValue(func() *dictionary { return newDictionary(geographicAreaCodes) })
)

func newDictionary(words []string) *dictionary {
	d := &dictionary{}
	for _, w := range words {
		if w != "" && !strings.ContainsFunc(w, func(r rune) bool { return r < ' ' || r > '~' }) {
			d.words = append(d.words, w)
		}
	}
	slices.SortFunc(d.words, func(a, b string) int {
		if c := strings.Compare(strings.ToLower(a), strings.ToLower(b)); c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
	d.words = slices.CompactFunc(d.words, strings.EqualFold)
	content := sha256.New()
	var length [4]byte
	for _, w := range d.words {
		d.longest = max(d.longest, len(w))
		binary.BigEndian.PutUint32(length[:], uint32(len(w)))
		content.Write(length[:])
		content.Write([]byte(w))
	}
	content.Sum(d.hash[:0])
	return d
}

// mailNameLetters bounds a name in an e-mail address, so that the whole address fits a column of 50 characters.
const mailNameLetters = 10

// mailNames returns the names as they stand in an e-mail address: short, in lower case, of letters alone.
func mailNames(names *dictionary) *dictionary {
	var fit []string
	for _, w := range plainNames(names).words {
		fit = append(fit, strings.ToLower(w))
	}
	return newDictionary(fit)
}

// plainNames returns the names that are short and of letters alone.
func plainNames(names *dictionary) *dictionary {
	var fit []string
	for _, w := range names.words {
		if len(w) <= mailNameLetters && strings.Trim(strings.ToLower(w), "abcdefghijklmnopqrstuvwxyz") == "" {
			fit = append(fit, w)
		}
	}
	return newDictionary(fit)
}

// hashOfLists returns a hash of the content of named lists.
func hashOfLists(lists map[string]map[string][]string) [sha256.Size]byte {
	w := content{sha256.New()}
	for _, group := range slices.Sorted(maps.Keys(lists)) {
		w.text(group)
		for _, name := range slices.Sorted(maps.Keys(lists[group])) {
			w.text(name)
			w.list(lists[group][name])
		}
	}
	return w.sum()
}

// pick takes a word.
func (d *dictionary) pick(from *draw) string { return d.words[from.below(len(d.words))] }
