package classify

import (
	"slices"
	"strings"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

// harmless is what may be passed. Its phrases count at the end of a name only, as whole words, and only where all that stands before them is known.
type harmless struct {
	phrases string
	reason  string
	alone   bool // it needs a word that says of what: a weight may be somebody's, the weight of an item is not
	neutral bool // it tells nothing of a person even where the row is one
}

var (
	written = harmless{phrases: "created|creation|inserted|updated|update|modified|changed|deleted|archived|synced|imported|exported|timestamp|recorded|generated|processed|indexed",
		reason: "when the row was written; it names nobody", neutral: true}
	moments = []harmless{
		written,
		{phrases: "invoice|invoiced|order|ordered|due|paid|payment|ship|shipped|shipping|delivery|delivered|start|starts|started|end|ends|ended|begin|finish|finished|expire|expires|expired|expiry|expiration|" +
			"from|to|until|effective|completed|closed|opened|scheduled|published|booked|booking|issued|received|sent|posted|cancelled|canceled|refunded", reason: "when something was done; it names nobody"},
		{phrases: "date|release|released", reason: "when something was done; it names nobody", alone: true},
	}
	measures = []harmless{
		{phrases: "amount|price|cost|total|subtotal|sum|net|gross|tax|vat|discount|fee|budget|margin|freight", reason: "an amount; it names nobody"},
		{phrases: "quantity|qty|count|units|stock|hits|views|attempts|retries|bytes|milliseconds|ms|duration|percent|percentage|ratio|capacity|precision", reason: "a measure; it names nobody"},
		{phrases: "sort|sort order|sort index|ordinal|sequence|seq|version|revision", reason: "a place in an order; it names nobody", neutral: true},
		{phrases: "line|line no|line number|page|track number|disc|row|index|priority|flags|month|week|quarter|year", reason: "a place in an order; it names nobody"},
		{phrases: "status|state|type|kind|category|status code|error code|http code|response code|currency code|country code|product code|item code|article code|category code|type code|reason code",
			reason: "one of a few codes; it names nobody"},
		{phrases: "rate|balance|revenue|credit|debit|rating|points|score|rank|level|stage|weight|width|height|depth|length|size|volume|temperature|distance|position|pos|seconds|minutes|hours|days|probability|code",
			reason: "a measure of a thing; it names nobody", alone: true},
	}
	codes = []harmless{
		{phrases: "status|state|type|kind|category|stage|phase|priority|severity|level|direction|method|mode|channel|format|role|color|colour|size|unit|uom|mime type|encoding|" +
			"status name|type name|category name|reason code", reason: "one of a few words that the software knows"},
		{phrases: "country|country code|country name|nation|language|language code|language name|lang", reason: "too coarse to identify anybody"},
		{phrases: "currency|currency code|currency name|locale|timezone|timezone name|time zone|tz", reason: "too coarse to identify anybody", neutral: true},
		{phrases: "sku|item number|item no|article number|product code|product name|part number|product|isbn|ean|upc|barcode", reason: "it names a product and nobody", neutral: true},
	}
	flags = []harmless{
		{phrases: "active|inactive|enabled|deleted|archived|default|read|unread|visible|hidden|locked|verified|published|draft|required|optional|system|internal|readonly|editable|deletable|" +
			"processed|synced|imported|exported|queued|retry|failed|success|successful|dirty|cached|indexed|pinned|starred|sent|delivered|paid|unpaid|shipped|invoiced|billed|billable|taxable|" +
			"refunded|refundable|completed|closed|open|available|in stock|discontinued|featured|sold out|backordered|admin", reason: "a flag of the software; it names nobody", neutral: true},
	}
)

// things are words that say of what a status, a number or a date is, where that is no person and nothing of one.
const things = "is|was|has|order|ordered|invoice|invoiced|payment|ship|shipped|shipping|shipment|billing|delivery|product|item|article|line|unit|price|list|tax|vat|net|gross|total|sub|subtotal|" +
	"discount|stock|inventory|warehouse|purchase|sales|sale|quote|quotation|cart|basket|catalog|catalogue|category|subscription|plan|currency|exchange|task|ticket|file|page|track|album|media|disc|" +
	"playlist|row|column|sort|display|print|export|import|sync|batch|queue|retry|attempt|process|processing|system|record|data|version|revision|schema|api|http|request|response|error|cache|event|" +
	"workflow|approval|project|milestone|sprint|campaign|refund|return|transaction|transfer|transport|freight|package|parcel|shop|store|the|of|first|last|next|previous|prev|max|maximum|min|minimum|avg|" +
	"average|current|default|initial|final|actual|planned|estimated|expected|new|old|base|original|number|valid|due|start|end|period|sku|barcode|module|feature|component|build|deployment|backup|" +
	"mime|percent|quantity|amount"

// plain are names that hold a word of a sensitive class and mean the software's own.
const plain = "content type|message type|media type|link type|image type|reason code|log level|message count|comment count|note count|image count|image width|image height|image size|link count|" +
	"text length|content length|device type|host count"

// harmlessOf returns what may be passed of a type.
func harmlessOf(t schema.Type) []harmless {
	switch t {
	case schema.Date, schema.Time, schema.Timestamp, schema.TimestampTZ:
		return moments
	case schema.Integer, schema.Decimal, schema.Real:
		return measures
	case schema.Text:
		return codes
	case schema.Boolean:
		return flags
	}
	return nil
}

// isTime tells whether a value of the type is a date or a time.
func isTime(t schema.Type) bool {
	return t == schema.Date || t == schema.Time || t == schema.Timestamp || t == schema.TimestampTZ
}

// ending returns the name as far as it tells what the value is: at, on and date at the end of a time tell nothing.
func ending(n name, t schema.Type) name {
	if isTime(t) {
		list := strings.Fields(n.spaced)
		for len(list) > 1 && slices.Contains([]string{"at", "on", "date", "time", "datetime", "timestamp", "ts", "utc"}, list[len(list)-1]) {
			list = list[:len(list)-1]
		}
		return nameOf(strings.Join(list, " "))
	}
	return n
}

// pass recognizes what may be passed by its whole name: its end is harmless, and all before that is a thing.
func (c *classifier) pass(n name, column schema.Column) (class, bool) {
	n = ending(n, column.Type)
	for _, h := range harmlessOf(column.Type) {
		before, found := n.before(h.phrases)
		if !found || !n.whole(plain) && slices.ContainsFunc(before, func(word string) bool { return !isThing(word) }) {
			continue
		}
		k := class{masks: passed(h.reason), certain: true, why: "by its name and type"}
		switch {
		case h.neutral:
		case c.rowsArePeople() && isTime(column.Type):
			return class{masks: []masking.Column{mask(masking.Null)}, shift: true, why: "a date of a row that is a person"}, true
		case c.rowsArePeople() && h.alone:
			return class{masks: []masking.Column{mask(masking.Null)}, why: "a measure of a row that is a person"}, true
		case c.tellsOfPeople():
			k.certain, k.why = false, "harmless by its name, but the row is about a person"
		case h.alone && len(withoutFillers(before)) == 0:
			k.masks, k.certain, k.why = passed("taken for that of a thing and of nobody"), false, "harmless if it is that of a thing: of what it is, the name does not say"
		}
		return k, true
	}
	return class{}, false
}

// rowsArePeople tells whether a row of the table is a person, by the table's name.
func (c *classifier) rowsArePeople() bool { return rowName(c.table.Name).any(people, name.has) != "" }

// tellsOfPeople tells whether the table's name speaks of people: patients, patient_vitals. The table of their types is one of things.
func (c *classifier) tellsOfPeople() bool {
	if c.rowsArePeople() {
		return true
	}
	return rowName(c.table.Name).any(catalogs, name.has) == "" &&
		slices.ContainsFunc(words(c.table.Name), func(word string) bool { return nameOf(singular(word)).any(people, name.has) != "" })
}

// withoutFillers drops the words that stand before a thing and are none.
func withoutFillers(list []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(word string) bool {
		return slices.Contains([]string{"is", "was", "has", "the", "of", "first", "last", "next", "previous", "prev", "max", "maximum", "min", "minimum", "avg", "average", "current", "default", "initial", "final",
			"actual", "planned", "estimated", "expected", "new", "old", "base", "original", "total", "number"}, word)
	})
}

// isThing tells whether the word is one of a thing, in the singular or the plural.
func isThing(word string) bool {
	return strings.Contains("|"+things+"|", "|"+word+"|") || strings.Contains("|"+things+"|", "|"+singular(word)+"|")
}

// aside recognizes what only goes with a sensitive value and is none, such as the status of an address or the size of a text. It is never certain.
func aside(k class, n name, column schema.Column) (class, bool) {
	var ends string
	switch {
	case k.person:
		return class{}, false
	case isTime(column.Type):
		ends = written.phrases
		if k.kinds {
			ends += "|" + moments[1].phrases + "|verified|confirmed"
		}
	case column.Type == schema.Integer || column.Type == schema.Decimal || column.Type == schema.Real:
		ends = "count|bytes|size|length"
	case column.Type == schema.Boolean:
		ends = flags[0].phrases + "|confirmed"
	case column.Type == schema.Text && k.kinds && n.any("patient|student|employee|person|child|father|mother|applicant|candidate", name.has) == "":
		ends = "status|type|kind|format|role|category|mode|method|priority|severity|level|country|country code|currency|locale|timezone|time zone"
	}
	if _, found := ending(n, column.Type).before(ends); !found {
		return class{}, false
	}
	return class{masks: passed("it goes with a value that is masked and tells nothing of it"), why: "beside " + k.why + ": is it only a kind, a number or a time of that?"}, true
}

func passed(reason string) []masking.Column {
	return []masking.Column{{Mask: masking.Pass, Reason: reason}}
}
