package refresh

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/retenant/retenant/tenancy"
)

// Purpose is why a refresh is asked for (A6).
type Purpose string

// The purposes a refresh is meant for. Any other is admitted with a warning.
const (
	Develop      Purpose = "develop"      // develop and modify solutions
	Troubleshoot Purpose = "troubleshoot" // test and troubleshoot
)

// Request asks for a refresh: replace Target by a copy of Source.
type Request struct {
	Source   tenancy.ID `json:"source"`
	Target   tenancy.ID `json:"target"`
	Purpose  Purpose    `json:"purpose"`
	By       string     `json:"by"`                 // who asks
	Unmasked *OptOut    `json:"unmasked,omitempty"` // nil, the rule: sensitive data is masked (A8)
	From     time.Time  `json:"from,omitzero"`      // when the outage begins; zero: with the run
	Until    time.Time  `json:"until,omitzero"`     // when the target opens, never before; zero: as soon as it is ready
}

// OptOut asks for a copy without masks. Secrets, classification and quiet settings stay as they are.
type OptOut struct {
	By     string `json:"by"` // who authorizes it
	Reason string `json:"reason"`
}

// Policy is what a request is judged by. The zero value admits masked copies of one tenant over a replaceable other one.
type Policy struct {
	MayUnmask []string // who may authorize a copy without masks; nobody by default (A8)
}

// Admit judges a request. It returns warnings, or all the reasons for a refusal as an error that matches [ErrRefusedRequest] and
// the sentinel of each reason: [tenancy.ErrProduction], [tenancy.ErrSameTenant].
func (p Policy) Admit(r Request, target tenancy.Tenant) (warnings []string, err error) {
	var reasons []error
	if err := target.Guard(r.Source); err != nil {
		reasons = append(reasons, err)
	}
	switch r.Purpose {
	case Develop, Troubleshoot:
	case "":
		reasons = append(reasons, fmt.Errorf("the purpose is missing; write %q or %q", Develop, Troubleshoot))
	default:
		warnings = append(warnings, fmt.Sprintf("purpose %q: a refreshed tenant is meant to develop and to troubleshoot; its data will be replaced again", r.Purpose))
	}
	if strings.TrimSpace(r.By) == "" {
		reasons = append(reasons, errors.New("it does not say who asks"))
	}
	if u := r.Unmasked; u != nil {
		if !slices.Contains(p.MayUnmask, u.By) {
			reasons = append(reasons, fmt.Errorf("%q may not turn masking off; leave it on, or have it authorized by somebody the policy names", u.By))
		}
		if len(strings.TrimSpace(u.Reason)) < 3 {
			reasons = append(reasons, errors.New("turning masking off needs a reason"))
		}
	}
	if !r.Until.IsZero() && !r.Until.After(r.From) {
		reasons = append(reasons, errors.New("the outage ends before it begins"))
	}
	if len(reasons) > 0 {
		return nil, &RefusedError{Request: r, Reasons: reasons}
	}
	return warnings, nil
}

// RefusedError says why a request is refused. It matches [ErrRefusedRequest] and each reason.
type RefusedError struct {
	Request Request
	Reasons []error
}

// Error gives all reasons.
func (e *RefusedError) Error() string {
	texts := make([]string, len(e.Reasons))
	for i, r := range e.Reasons {
		texts[i] = r.Error()
	}
	return fmt.Sprintf("%v (%s to %s): %s", ErrRefusedRequest, e.Request.Source, e.Request.Target, strings.Join(texts, "; "))
}

// Unwrap returns the reasons.
func (e *RefusedError) Unwrap() []error { return append([]error{ErrRefusedRequest}, e.Reasons...) }
