package classify_test

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/masking/classify"
	"github.com/retenant/retenant/tenancy/schema"
)

// spellings returns a snake_case name as people write it.
func spellings(name string) []string {
	list := strings.Split(name, "_")
	for i, word := range list {
		runes := []rune(word)
		runes[0] = unicode.ToUpper(runes[0])
		list[i] = string(runes)
	}
	pascal := strings.Join(list, "")
	camel := []rune(pascal)
	camel[0] = unicode.ToLower(camel[0])
	return []string{name, strings.ToUpper(name), pascal, string(camel), strings.ReplaceAll(name, "_", "-"), strings.ReplaceAll(name, "_", ""), name + "s", "x_" + name, "old_" + name}
}

// proposedIn returns the proposals for a column that may be NULL, and one that may not, in several tables.
func proposedIn(t *testing.T, name string, kind schema.Type) []classify.Proposal {
	t.Helper()
	var list []classify.Proposal
	for _, table := range []string{"things", "people", "patient_records", "customers"} {
		for _, nullable := range []bool{true, false} {
			list = append(list, propose(t, table, of(name, kind, nullable)))
		}
	}
	return list
}

// personal are names of what identifies or concerns a person.
var personal = map[schema.Type]string{
	schema.Text: `country_manager_name country_manager_email status_comment country_phone type_email language_teacher_name status_notes status_reason status_changed_by status_url
		customer_status_text contact_type_details home_language_street timezone_city card_type_number hiv_status immigration_status pregnancy_status diabetes_type sexual_orientation_type
		medication_type skin_color eye_color hair_color native_language country_of_birth birth_country country_of_origin home_country passport_country visa_type voter_type covid_status
		employment_status prison_status union_role family_role patient_type patient_status employee_status status_message status_text type_description language_notes mother_tongue
		kind_of_illness ethnic_group_code currency_trader_name product_owner_name order_contact_email invoice_recipient_phone payment_method_holder shipping_street sku_buyer
		lupus_status krankheit_status religion_typ familienstand_type etat_civil_type type_sanguin estado_civil_type geschlecht_code vorname_status nom_type apellido_category staatsangehoerigkeit_country
		telefon_type strasse_type telefono_status courriel_type`,
	schema.Integer: `national_code id_code tax_code access_code customer_code person_code employee_code iq_score cd4_count heart_rate account_balance net_worth net_worth_total credit_rating credit_limit
		loan_amount debt_total hourly_rate pension_amount alimony_amount donation_amount children_count depression_score phq9_score age_count birth_weight body_weight gps_position home_position
		latitude_seconds longitude_minutes national_id tax_id passport_id social_id facebook_id twitter_id card_id citizen_id voter_id military_id health_id insurance_id license_id personal_id
		hiv_status status_hiv salary_count income_total disability_level lupus_count sick_days alter_jahre gehalt_summe kontostand poids_total edad`,
	schema.Decimal: "heart_rate account_balance net_worth savings_total iq_score latitude_seconds hourly_rate mortgage_total gehalt_betrag salaire_net sueldo_total",
	schema.Date: `birthday_updated dob_recorded died_on surgery_date arrest_date diagnosed_on conception_date admission_date discharge_date marriage_date divorce_date baptism_date conviction_date
		immigration_date vaccinated_on vaccination_date retirement_date left_at fired_at promoted_at married_on buried_on treatment_date pregnancy_due_date lmp_date last_period_date check_in
		arrival_date visit_date travel_date visa_expires passport_issued_on naissance_date geburts_datum geburtsdatum fecha_nacimiento hochzeit_datum todes_date confirmation_date therapy_started_at`,
	schema.Boolean: `is_gay hiv_positive is_muslim is_jewish is_convicted is_bankrupt is_refugee has_cancer deceased is_pregnant has_diabetes in_debt is_member is_alcoholic smokes uses_drugs
		is_veteran is_minor is_adopted is_divorced married is_single has_depression takes_medication vaccinated covid_positive tested_positive is_trans is_female male is_foreigner on_probation blacklisted
		is_fraudster is_dead organ_donor smoker has_children vip gdpr_consent is_disabled schwanger verheiratet enceinte casado union_active pregnancy_verified disability_default`,
}

func TestN3_NothingOfAPersonIsPassed(t *testing.T) {
	for kind, names := range personal {
		for _, plain := range strings.Fields(names) {
			for _, name := range spellings(plain) {
				for i, p := range proposedIn(t, name, kind) {
					if p.Column.Mask == masking.Pass {
						t.Errorf("%s %s (%d): proposed %s, certain %v: %s", name, kind, i, p.Column.Mask, p.Certain, p.Why)
						break
					}
				}
			}
		}
	}
}

// What goes with a value of a person, and what only the data can tell, may be passed when a person has looked at it.
func TestN3_DoubtfulPassesAreForReview(t *testing.T) {
	for kind, names := range map[schema.Type]string{
		schema.Text: "email_status email_type phone_type address_type contact_status contact_type owner_type user_role account_type login_status company_country user_timezone comment_status",
		schema.Integer: `user_id member_id patient_id steuer_id account_id customer_id external_id phone_count email_count rate score rating weight height position balance points level temperature
			code phone_id device_count login_count`,
		schema.Date:    "date release_date released_at password_changed_at email_verified_at phone_updated_at message_sent_at",
		schema.Boolean: "email_verified phone_confirmed user_active password_enabled",
	} {
		for _, plain := range strings.Fields(names) {
			for _, name := range spellings(plain) {
				for i, p := range proposedIn(t, name, kind) {
					if p.Column.Mask == masking.Pass && p.Certain {
						t.Errorf("%s %s (%d): passed for certain: %s", name, kind, i, p.Why)
						break
					}
				}
			}
		}
	}
}

// Of people, only what tells nothing of them is passed for certain.
func TestN3_TablesOfPeople(t *testing.T) {
	for kind, names := range map[schema.Type]string{
		schema.Text:    "status type kind category color language country role size state",
		schema.Integer: "weight height score rating points rank level status type category total count balance credit year size",
		schema.Date:    "start_date end_date date expires due_date closed",
	} {
		for _, name := range strings.Fields(names) {
			for _, table := range []string{"patients", "Employees", "patient_records", "crm.contacts"} {
				if p := propose(t, table, of(name, kind, true)); p.Column.Mask == masking.Pass && p.Certain && !(kind == schema.Date && table == "patient_records") {
					t.Errorf("%s.%s %s: passed for certain: %s", table, name, kind, p.Why)
				}
			}
		}
	}
}

// What is plainly of the business or the software stays as it is, or nobody would use the proposals.
func TestN3_BusinessIsPassed(t *testing.T) {
	for kind, names := range map[schema.Type]string{
		schema.Text: `status order_status invoice_type payment_method shipping_country billing_country currency currency_code language_code locale timezone product_code sku mime_type content_type
			shipment_state task_priority item_unit category_name default_currency`,
		schema.Integer: "quantity order_count unit_price total_amount sort_order version line_number item_weight page_count track_number stock retry_count milliseconds bytes http_status_code message_count",
		schema.Decimal: "unit_price total sub_total tax_rate discount_percent shipping_cost net_amount invoice_total",
		schema.Date:    "created_at updated_at last_updated invoice_date order_date due_date paid_at shipped_at valid_from valid_until subscription_end start_date published_on deleted",
		schema.Boolean: "active is_active enabled deleted is_default archived is_read visible locked verified order_paid invoice_sent is_published",
	} {
		for _, plain := range strings.Fields(names) {
			for _, name := range spellings(plain)[:4] {
				if p := propose(t, "orders", of(name, kind, false)); p.Column.Mask != masking.Pass || !p.Certain {
					t.Errorf("%s %s: proposed %s, certain %v: %s", name, kind, p.Column.Mask, p.Certain, p.Why)
				}
			}
		}
	}
}

// TestN3_OneUnknownWordIsEnoughForDoubt puts a word of a person, or one that nobody knows, anywhere among harmless ones.
func TestN3_OneUnknownWordIsEnoughForDoubt(t *testing.T) {
	harmless := rapid.SampledFrom(strings.Fields("order status type country language created at date due count total amount price version product unit active deleted invoice is last valid from code sort"))
	suspect := rapid.OneOf(rapid.SampledFrom(strings.Fields("hiv gay religion birth died salary email phone person patient teacher address password loan arrest pregnant spouse passport")),
		rapid.StringMatching(`q[a-z]{3,9}w`))
	rapid.Check(t, func(t *rapid.T) {
		name := append(rapid.SliceOfN(harmless, 0, 2).Draw(t, "before"), suspect.Draw(t, "suspect"))
		name = append(name, rapid.SliceOfN(harmless, 0, 3).Draw(t, "after")...)
		column := of(strings.Join(name, "_"), schema.Type(rapid.IntRange(0, int(schema.JSON)).Draw(t, "type")), rapid.Bool().Draw(t, "nullable"))
		for _, p := range classify.Propose(schema.Table{Name: "orders", Columns: []schema.Column{column}}, classify.Setting{Shared: rapid.Bool().Draw(t, "shared")}) {
			if p.Column.Mask == masking.Pass && p.Certain {
				t.Fatalf("%s %s is passed for certain: %s", column.Name, column.Type, p.Why)
			}
		}
	})
}
