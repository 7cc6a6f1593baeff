package masking

import (
	"sync"

	"github.com/brianvoe/gofakeit/v6"
	"github.com/brianvoe/gofakeit/v6/data"

	"github.com/retenant/retenant/tenancy/schema"
)

// gofakeitVersion is the version of the library whose functions rules call. It is part of the identity of fake.
const gofakeitVersion = "v6.28.0"

// fakeFunction is a function of gofakeit that rules may call. Those that look at the clock, take parameters, or make what may reach somebody
// are not among them.
type fakeFunction struct {
	name    string // in gofakeit's own lookup
	longest int    // its longest text in characters; a longer one is cut off
	call    func(*gofakeit.Faker) string
}

var fakeFunctions = [...]fakeFunction{
	{"adjective", 16, (*gofakeit.Faker).Adjective},
	{"adverb", 18, (*gofakeit.Faker).Adverb},
	{"animal", 16, (*gofakeit.Faker).Animal},
	{"appname", 40, (*gofakeit.Faker).AppName},
	{"beername", 45, (*gofakeit.Faker).BeerName},
	{"bird", 16, (*gofakeit.Faker).Bird},
	{"bookgenre", 16, (*gofakeit.Faker).BookGenre},
	{"booktitle", 40, (*gofakeit.Faker).BookTitle},
	{"breakfast", 64, (*gofakeit.Faker).Breakfast},
	{"bs", 20, (*gofakeit.Faker).BS},
	{"buzzword", 24, (*gofakeit.Faker).BuzzWord},
	{"carmaker", 16, (*gofakeit.Faker).CarMaker},
	{"carmodel", 30, (*gofakeit.Faker).CarModel},
	{"cartype", 24, (*gofakeit.Faker).CarType},
	{"cat", 42, (*gofakeit.Faker).Cat},
	{"color", 20, (*gofakeit.Faker).Color},
	{"country", 52, (*gofakeit.Faker).Country},
	{"countryabr", 2, (*gofakeit.Faker).CountryAbr},
	{"currencylong", 56, (*gofakeit.Faker).CurrencyLong},
	{"currencyshort", 3, (*gofakeit.Faker).CurrencyShort},
	{"dessert", 60, (*gofakeit.Faker).Dessert},
	{"dinner", 64, (*gofakeit.Faker).Dinner},
	{"dog", 28, (*gofakeit.Faker).Dog},
	{"drink", 10, (*gofakeit.Faker).Drink},
	{"farmanimal", 10, (*gofakeit.Faker).FarmAnimal},
	{"fileextension", 16, (*gofakeit.Faker).FileExtension},
	{"filemimetype", 60, (*gofakeit.Faker).FileMimeType},
	{"fruit", 14, (*gofakeit.Faker).Fruit},
	{"gender", 6, (*gofakeit.Faker).Gender},
	{"hackerphrase", 120, (*gofakeit.Faker).HackerPhrase},
	{"hexcolor", 7, (*gofakeit.Faker).HexColor},
	{"hipsterword", 40, (*gofakeit.Faker).HipsterWord},
	{"hobby", 40, (*gofakeit.Faker).Hobby},
	{"jobdescriptor", 16, (*gofakeit.Faker).JobDescriptor},
	{"joblevel", 16, (*gofakeit.Faker).JobLevel},
	{"jobtitle", 16, (*gofakeit.Faker).JobTitle},
	{"language", 20, (*gofakeit.Faker).Language},
	{"languageabbreviation", 2, (*gofakeit.Faker).LanguageAbbreviation},
	{"lunch", 64, (*gofakeit.Faker).Lunch},
	{"monthstring", 9, (*gofakeit.Faker).MonthString},
	{"moviegenre", 12, (*gofakeit.Faker).MovieGenre},
	{"moviename", 60, (*gofakeit.Faker).MovieName},
	{"nameprefix", 4, (*gofakeit.Faker).NamePrefix},
	{"namesuffix", 4, (*gofakeit.Faker).NameSuffix},
	{"noun", 16, (*gofakeit.Faker).Noun},
	{"petname", 20, (*gofakeit.Faker).PetName},
	{"productcategory", 30, (*gofakeit.Faker).ProductCategory},
	{"productmaterial", 12, (*gofakeit.Faker).ProductMaterial},
	{"productname", 50, (*gofakeit.Faker).ProductName},
	{"programminglanguage", 48, (*gofakeit.Faker).ProgrammingLanguage},
	{"school", 50, (*gofakeit.Faker).School},
	{"slogan", 75, (*gofakeit.Faker).Slogan},
	{"snack", 64, (*gofakeit.Faker).Snack},
	{"state", 16, (*gofakeit.Faker).State},
	{"stateabr", 2, (*gofakeit.Faker).StateAbr},
	{"timezoneregion", 36, (*gofakeit.Faker).TimeZoneRegion},
	{"vegetable", 18, (*gofakeit.Faker).Vegetable},
	{"verb", 8, (*gofakeit.Faker).Verb},
	{"weekday", 9, (*gofakeit.Faker).WeekDay},
}

// FakeNames returns the functions of gofakeit that the mask fake can call, by their names there.
func FakeNames() []string {
	names := make([]string, len(fakeFunctions))
	for i, f := range fakeFunctions {
		names[i] = f.name
	}
	return names
}

func findFake(name string) (fakeFunction, bool) {
	for _, f := range fakeFunctions {
		if f.name == name {
			return f, true
		}
	}
	return fakeFunction{}, false
}

// streamSource is a source of random numbers for gofakeit that starts anew with each value, at the cost of one hash.
type streamSource struct{ stream }

func (s *streamSource) Uint64() uint64 { return uint64(s.draw()) }
func (s *streamSource) Int63() int64   { return int64(s.draw() >> 1) }
func (s *streamSource) Seed(int64)     {} // the value seeds it

// generator is a faker with its source. One call uses it at a time.
type generator struct {
	source streamSource
	faker  *gofakeit.Faker
}

// fake calls a function of gofakeit. It allocates as that does.
func fake(p *prf, c Column) rowFakes {
	f, _ := findFake(c.Name)
	idle := &sync.Pool{New: func() any {
		g := &generator{}
		g.faker = gofakeit.NewCustom(&g.source)
		return g
	}}
	return func(dst []byte, src schema.Cell, _ schema.Row) ([]byte, schema.Form, error) {
		g := idle.Get().(*generator)
		g.source.stream = p.streamOf(src.Bytes)
		text := f.call(g.faker)
		idle.Put(g)
		start := len(dst)
		dst = append(dst, text...)
		return dst[:start+prefixLength(dst[start:], f.longest)], schema.Regular, nil
	}
}

// fakeWords is the content of the lists that the functions choose from, as one list.
var fakeWords = sync.OnceValue(func() *dictionary {
	d := &dictionary{}
	d.hash = hashOfLists(data.Data)
	return d
})
