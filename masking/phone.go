package masking

// phonePattern shows the form of a fake telephone number.
const phonePattern = "+1 212 555 0142"

// reservedLines is how many numbers of each area code are set aside for fiction: 555-0100 to 555-0199.
const reservedLines = 100

// geographicAreaCodes are area codes of the North American Numbering Plan that belong to a place in the United States. Only there
// are all hundred lines set aside: of the toll-free codes only 800-555-0199 is.
var geographicAreaCodes = []string{
	"201", "202", "203", "205", "206", "207", "208", "209", "210", "212", "213", "214", "215", "216", "217", "218", "219", "224",
	"225", "228", "229", "231", "234", "239", "240", "248", "251", "252", "253", "254", "256", "260", "262", "267", "269", "270",
	"276", "281", "301", "302", "303", "304", "305", "307", "308", "309", "310", "312", "313", "314", "315", "316", "317", "318",
	"319", "320", "321", "323", "325", "330", "334", "336", "337", "339", "347", "351", "352", "360", "361", "386", "401", "402",
	"404", "405", "406", "407", "408", "409", "410", "412", "413", "414", "415", "417", "419", "423", "425", "432", "434", "435",
	"440", "443", "469", "478", "479", "480", "484", "501", "502", "503", "504", "505", "507", "508", "509", "510", "512", "513",
	"515", "516", "517", "518", "520", "530", "540", "541", "551", "559", "561", "562", "563", "567", "570", "571", "573", "574",
	"580", "585", "586", "601", "602", "603", "605", "606", "607", "608", "609", "610", "612", "614", "615", "616", "617", "618",
	"619", "620", "623", "626", "630", "631", "636", "641", "646", "650", "651", "660", "661", "662", "678", "682", "701", "702",
	"703", "704", "706", "707", "708", "712", "713", "714", "715", "716", "717", "718", "719", "720", "724", "727", "731", "732",
	"734", "740", "754", "757", "760", "763", "765", "770", "772", "773", "774", "775", "781", "785", "786", "801", "802", "803",
	"804", "805", "806", "808", "810", "812", "813", "814", "815", "816", "817", "818", "828", "830", "831", "832", "843", "845",
	"847", "848", "850", "856", "857", "858", "859", "860", "862", "863", "864", "865", "870", "901", "903", "904", "906", "907",
	"908", "909", "910", "912", "913", "914", "915", "916", "917", "918", "919", "920", "925", "928", "931", "936", "937", "940",
	"941", "949", "952", "954", "956", "970", "971", "972", "973", "978", "979", "980", "985", "989",
}

// phone makes a number like phonePattern, and never one with the value's digits.
func phone(p *prf) fakes {
	areas := areaCodes()
	return func(dst, value []byte) []byte {
		first, second := p.draw(value)
		area := areas.pick(&first)
		line := first.below(reservedLines)
		if dialed(value, area, line) {
			line = second.other(reservedLines, line)
		}
		dst = append(dst, "+1 "...)
		dst = append(dst, area...)
		dst = append(dst, " 555 01"...)
		return append(dst, byte('0'+line/10), byte('0'+line%10))
	}
}

// dialed tells whether the digits of the value, whatever is written between them, end in those of the number.
func dialed(value []byte, area string, line int) bool {
	number := [10]byte{area[0], area[1], area[2], '5', '5', '5', '0', '1', byte('0' + line/10), byte('0' + line%10)}
	left := len(number)
	for i := len(value) - 1; i >= 0 && left > 0; i-- {
		if value[i] < '0' || value[i] > '9' {
			continue
		}
		left--
		if value[i] != number[left] {
			return false
		}
	}
	return left == 0
}
