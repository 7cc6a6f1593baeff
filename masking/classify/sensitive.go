package classify

// Words of what stays sensitive whatever else stands in a name. They are looked for loosely, so that none of them may begin or end a common word of
// software, as trans does.
const (
	secretWords = "password|passwd|pwd|passphrase|secret|token|salt|credential|credentials|api key|access key|private key|auth key|session key|otp|pin|cvv|cvc|password hash|" +
		"access code|door code|alarm code|security code|activation code|recovery code|invite code"
	amountWords   = "salary|wage|wages|income|bonus|pay|compensation|commission|hourly rate|daily rate|day rate|earnings|payroll"
	personalWords = amountWords + "|diagnosis|diagnoses|diagnosed|medical|health|disease|allergy|allergies|blood|religion|religious|ethnicity|ethnic|race|nationality|citizenship|gender|sex|" +
		"marital|marital status|disability|criminal|conviction|political|union member|credit score|credit rating"
	lifeWords = "hire|hired|hire date|joined|left at|left on|employed|employment|terminated|termination|dismissed|fired|promoted|retired|retirement|enrolled|graduated|graduation|" +
		"last login|last seen|last visit|logged in|appointment|visit|visited|check in|checkin|checked in|check out|checkout|checked out|arrival|departure|anniversary"
	healthWords = "hiv|aids|cancer|tumor|tumour|diabetes|diabetic|covid|corona|pregnant|pregnancy|fertile|fertility|abortion|miscarriage|conception|lmp|last period|menstruation|menstrual|" +
		"vaccination|vaccinated|vaccine|immunization|symptom|illness|sick|sickness|sick leave|disorder|depression|anxiety|psychiatric|psychological|phq|therapy|treatment|surgery|surgical|" +
		"hospital|clinic|clinical|admission|admitted|discharge|discharged|medication|medicine|drug|dose|dosage|prescription|prescribed|icd|heart|heart rate|pulse|bmi|body weight|body height|" +
		"body mass|body temperature|skin|eye color|eye colour|hair|cholesterol|glucose|insulin|smoker|smokes|smoking|alcohol|alcoholic|addiction|addict|handicap|handicapped|impairment|" +
		"wheelchair|iq|autism|autistic|adhd|dementia|epilepsy|genetic|genome|dna|biometric|iris|organ donor|donor|rehab|disabled|exam date|cd count"
	beliefWords = "faith|church|mosque|synagogue|jewish|muslim|islam|catholic|protestant|hindu|buddhist|atheist|baptism|baptized|denomination|creed|caste|tribe|racial|native language|" +
		"mother tongue|first language|home language|language spoken|spoken language|country of origin|origin country|home country|original country|original language|immigration|immigrant|migrant|migration status|refugee|asylum|visa|foreigner|" +
		"residence permit|residency|naturalization|naturalized|veteran|military|army|voter|voted|politics|party member|party affiliation|union|activist"
	familyWords = "sexual|sexuality|gay|lesbian|bisexual|homosexual|queer|lgbt|transgender|pronoun|female|virgin|married|marriage|wedding|divorce|divorced|widow|widowed|spouse|husband|wife|" +
		"children|kids|dependents|dependants|adopted|adoption|family|household|orphan|guardian|minor child"
	legalWords = "crime|convicted|arrest|arrested|prison|prisoner|jail|inmate|probation|parole|offense|offence|offender|felony|lawsuit|fraud|fraudster|blacklist|blacklisted|" +
		"sanctioned|police|court|custody|detained|detention|victim|witness"
	moneyWords = "loan|debt|mortgage|alimony|pension|net worth|wealth|credit limit|account balance|bank balance|account total|savings|donation|bankrupt|bankruptcy|insolvent|insolvency|overdraft"
)
