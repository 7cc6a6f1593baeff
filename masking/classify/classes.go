package classify

import (
	"slices"

	"github.com/retenant/retenant/masking"
)

// class is a kind of data that is recognized by the names of columns.
type class struct {
	phrases string           // in order, with | between them
	masks   []masking.Column // the best first; what fits the column is proposed
	part    masking.Part     // what it is of a person; such a column may get the mask person
	shift   bool             // a date in somebody's life; it may be shifted with the other dates of the same person
	certain bool             // the name leaves no doubt
	person  bool             // it concerns a person whatever else stands in the name
	rows    bool             // tables hold rows of it, so that a number called its id is a reference rather than the value
	kinds   bool             // a status, a type or a format of it tells nothing of the value
	why     string
}

func mask(name string) masking.Column { return masking.Column{Mask: name} }

// compactEmail has a domain of its own, since all addresses of a domain have one form.
var compactEmail = masking.Column{Mask: "email", Compact: true, Domain: "email compact"}

// alphanumeric is the alphabet of codes whose form nobody knows.
const alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// otherDigits and otherToken keep values apart. What they cannot read becomes NULL where that is allowed; elsewhere it refuses the run.
var (
	otherDigits = []masking.Column{{Mask: "digits", Malformed: masking.MalformedNull}, mask("digits")}
	otherToken  = []masking.Column{{Mask: "token", Alphabet: alphanumeric, Malformed: masking.MalformedNull}, {Mask: "token", Alphabet: alphanumeric},
		{Mask: "token", Malformed: masking.MalformedNull}, mask("token")}
)

// lifeDays is the longest shift of dates in a person's life. It is one number for all of them, so that the time between two of them stays.
const lifeDays = 180

// noise keeps the size of an amount, for reports, and not the amount.
var noise = []masking.Column{{Mask: "number", Percent: 20, Malformed: masking.MalformedNull}, {Mask: "number", Percent: 20}}

// sensitive are the classes of what may identify or concern a person. Their phrases are looked for loosely, the first class that fits wins.
var sensitive = []class{
	{phrases: secretWords,
		masks: []masking.Column{{Mask: masking.Withhold, Withheld: masking.WithheldBlank}, mask(masking.Null), {Mask: masking.Fixed}}, certain: true, why: "a secret is never copied"},
	{phrases: "ip|ip address|mac address|imei|imsi|advertising id|user agent|device|fingerprint|cookie|session",
		masks: []masking.Column{mask(masking.Null), mask("redact")}, why: "traces of a person's device"},
	{phrases: "phone|telephone|tel|mobile|cell|cellphone|fax|telefax|msisdn|pager",
		masks: []masking.Column{mask("phone"), mask("redact"), mask(masking.Null)}, certain: true, why: "a telephone number", rows: true, kinds: true},
	{phrases: "email|e mail|mail|emails|mail address",
		masks: []masking.Column{mask("email"), compactEmail, mask("redact"), mask(masking.Null)}, part: masking.PartEmail, certain: true, why: "an e-mail address", rows: true, kinds: true},
	{phrases: "iban|bank account|bank account number|account number|account no|routing number|sort code|tax id|tax number|tax code|taxid|vat|vat id|vat number|ein|policy number|insurance number|" +
		"customer number|customer no|customer code|client number|client code|member code|employee code|staff code|patient number|patient code|student number|student code|member number|membership number|employee number|personnel number",
		masks: slices.Concat(otherDigits, []masking.Column{mask(masking.Null), mask("redact")}), why: "a number that others know a person by", person: true},
	{phrases: "ssn|social security|social security number|national id|national code|national number|national insurance|passport|citizen|citizen id|voter id|military id|health id|" +
		"personal id|personal code|personal number|person code|person number|id code|id card|identity|mrn|bic|swift|card number|credit card|" +
		"card|licence|license|license plate|driver license|insurance|id number|identity number",
		masks: slices.Concat([]masking.Column{mask(masking.Null), mask("redact")}, otherDigits), certain: true, why: "a number that others know a person by", person: true},
	{phrases: amountWords,
		masks: slices.Concat(noise, []masking.Column{mask(masking.Null), mask("redact")}), why: "what concerns a person alone", person: true, rows: true},
	{phrases: personalWords,
		masks: []masking.Column{mask(masking.Null), mask("redact")}, why: "what concerns a person alone", person: true},
	{phrases: "birth place|birthplace|place of birth|birth city|city of birth|birth town",
		masks: []masking.Column{mask("city"), mask("redact"), mask(masking.Null)}, certain: true, why: "a place of birth", person: true},
	{phrases: "birth|birthday|birthdate|birth date|date of birth|birth country|country of birth|dob|born|death|deceased|died|dead|buried|burial|funeral|suicide|age",
		masks: []masking.Column{mask(masking.Null), mask("redact")}, shift: true, certain: true, why: "a date or place of birth or death", person: true},
	{phrases: lifeWords,
		masks: []masking.Column{mask(masking.Null), mask("redact")}, shift: true, why: "a date in a person's life", person: true, rows: true},
	{phrases: "middle name|mname|preferred name",
		masks: []masking.Column{mask("first_name"), mask("redact")}, certain: true, why: "a first name", kinds: true},
	{phrases: "first name|firstname|fname|given name|forename|christian name",
		masks: []masking.Column{mask("first_name"), mask("redact")}, part: masking.PartFirstName, certain: true, why: "a first name", kinds: true},
	{phrases: "maiden name|second name",
		masks: []masking.Column{mask("last_name"), mask("redact")}, certain: true, why: "a last name", kinds: true},
	{phrases: "last name|lastname|lname|surname|family name",
		masks: []masking.Column{mask("last_name"), mask("redact")}, part: masking.PartLastName, certain: true, why: "a last name", kinds: true},
	{phrases: "login|login name|username|user name|userid|account name",
		masks: []masking.Column{mask("email"), compactEmail, mask("redact")}, part: masking.PartLogin, why: "the name a person signs in with", rows: true, kinds: true},
	{phrases: "nickname|nick|handle|alias|screen name",
		masks: []masking.Column{mask("email"), compactEmail, mask("redact")}, why: "the name a person signs in with", rows: true, kinds: true},
	{phrases: "company|company name|organization|organisation|employer|firm|business name|legal name|trading name|vendor|supplier|org",
		masks: []masking.Column{mask("company"), mask("redact")}, certain: true, why: "the name of a company", rows: true, kinds: true},
	{phrases: "full name|fullname|display name",
		masks: []masking.Column{mask("last_name"), mask("redact")}, part: masking.PartFullName, why: "likely the name of a person", kinds: true},
	{phrases: healthWords,
		masks: []masking.Column{mask(masking.Null), mask("redact")}, why: "it may tell of somebody's health", person: true},
	{phrases: beliefWords,
		masks: []masking.Column{mask(masking.Null), mask("redact")}, why: "it may tell of somebody's origin, belief or politics", person: true},
	{phrases: familyWords,
		masks: []masking.Column{mask(masking.Null), mask("redact")}, why: "it may tell of somebody's family or love", person: true},
	{phrases: legalWords,
		masks: []masking.Column{mask(masking.Null), mask("redact")}, why: "it may tell of somebody's trouble with the law", person: true},
	{phrases: moneyWords,
		masks: slices.Concat(noise, []masking.Column{mask(masking.Null), mask("redact")}), why: "it may tell what somebody owns or owes", person: true},
	{phrases: "contact|contact name|person|person name|customer name|client name|user|owner|author|composer|artist|manager|assignee|recipient|attendee|" +
		"card holder|holder|signer|signature|created by|updated by|modified by|changed by|approved by|deleted by|requested by|reported by|salesperson|agent|patient|student|employee|teacher|doctor|physician|nurse|lawyer|father|mother|" +
		"sender|payee|payer|beneficiary|guest|driver|member|applicant|candidate|participant|supervisor|reviewer|approver|creator|reporter|next of kin|emergency contact",
		masks: []masking.Column{mask("last_name"), mask("redact")}, why: "likely the name of a person", rows: true, kinds: true},
	{phrases: "initials|salutation|suffix",
		masks: []masking.Column{mask("redact"), mask(masking.Null)}, why: "a part of a person's name"},
	{phrases: "url|uri|website|homepage|web page|web address|link|avatar url|photo url|picture url|image url",
		masks: []masking.Column{mask("url"), mask(masking.Null), mask("redact")}, why: "it may lead to a person or to a production host", rows: true, kinds: true},
	{phrases: "host|hostname|host name|domain name|server name|fqdn",
		masks: []masking.Column{mask("host"), mask(masking.Null), mask("redact")}, why: "it may lead to a production host", rows: true, kinds: true},
	{phrases: "linkedin|twitter|facebook|instagram|skype|social|whatsapp|telegram|tiktok|snapchat|wechat|discord|github|vk|google id|apple id|twitch|mastodon|bluesky",
		masks: []masking.Column{mask(masking.Null), mask("redact")}, why: "an account that others know a person by", person: true},
	{phrases: "avatar|photo|picture|image|portrait",
		masks: []masking.Column{mask(masking.Null), mask("redact")}, why: "it may lead to a person", rows: true, kinds: true},
	{phrases: "zip|zip code|zipcode|postal|postal code|postcode|post code|plz",
		masks: []masking.Column{mask("postcode"), mask("digits"), mask(masking.Null)}, certain: true, why: "an address or a part of one", rows: true, kinds: true},
	{phrases: "city|town|village|municipality|suburb",
		masks: []masking.Column{mask("city"), mask("redact"), mask(masking.Null)}, certain: true, why: "an address or a part of one", rows: true, kinds: true},
	{phrases: "house|house number|apartment|building|suite|po box|county|district|latitude|longitude|lat|lng|lon|geo|location|coordinates|gps|place",
		masks: []masking.Column{mask("redact"), mask(masking.Null)}, certain: true, why: "an address or a part of one", rows: true, kinds: true},
	{phrases: "address|addr|street|road",
		masks: []masking.Column{mask("street"), mask("redact"), mask(masking.Null)}, certain: true, why: "an address or a part of one", rows: true, kinds: true},
	{phrases: "note|notes|comment|comments|description|remark|remarks|memo|text|body|message|messages|content|subject|summary|detail|details|feedback|reason|bio|biography|about|caption|" +
		"answer|question|transcript|log|history|instructions|abstract|story|headline",
		masks: []masking.Column{mask("free_text"), mask("redact")}, certain: true, why: "free text, in which anything may stand", rows: true, kinds: true},
}

// identifiers are words for what a thing is looked up by. A text of them is no word of a language, so that another one serves as well.
const identifiers = "code|number|no|nr|num|reference|ref|serial|serial number|voucher|coupon|ticket|external id|legacy id|barcode|tracking"

// catalogs are words for tables whose rows are things that the software or its market knows, not people.
const catalogs = "genre|type|status|category|country|currency|language|unit|tax|role|permission|product|item|article|sku|track|album|media|media type|format|color|size|plan|feature|" +
	"stage|priority|industry|timezone|brand|model|part|warehouse"

// people and companies are words for tables whose rows are one or the other. A customer may be either.
const (
	people    = "person|people|employee|contact|user|patient|student|teacher|staff|member|author|artist|composer|agent|driver|guest|subscriber|applicant|candidate|lead|profile|attendee|player|actor|director"
	companies = "company|companies|customer|client|account|organization|organisation|supplier|vendor|partner|manufacturer|employer|tenant|merchant|shop|store|carrier|bank"
)
