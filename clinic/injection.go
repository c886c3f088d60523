package clinic

import (
	"fmt"
	"net/url"
	"slices"
)

// Injection is what is told of a dose beside its lot. It stands in the reason of
// the event: "expires=2027-03-31&site=left_arm&vaccine=xbb", keys in this order,
// each left out when it is not known.
type Injection struct {
	Vaccine string // code of the product that was given
	Expires Date   // the last day of the lot
	Limb    string // where it was injected, one of Limbs
}

// Limbs are where a vaccine is injected (接種部位).
var Limbs = [...]string{"left_arm", "right_arm", "left_thigh", "right_thigh"}

// String writes the form that ParseInjection reads.
func (i Injection) String() string {
	q := url.Values{}
	if i.Vaccine != "" {
		q.Set("vaccine", i.Vaccine)
	}
	if !i.Expires.IsZero() {
		q.Set("expires", i.Expires.String())
	}
	if i.Limb != "" {
		q.Set("site", i.Limb)
	}
	return q.Encode()
}

// ParseInjection reads what String writes, and refuses everything else.
func ParseInjection(s string) (Injection, error) {
	q, err := url.ParseQuery(s)
	if err != nil {
		return Injection{}, fmt.Errorf("read what is told of a dose: %w", err)
	}
	i := Injection{Vaccine: q.Get("vaccine"), Limb: q.Get("site")}
	if day := q.Get("expires"); day != "" {
		if i.Expires, err = ParseDate(day); err != nil {
			return Injection{}, fmt.Errorf("read what is told of a dose: %w", err)
		}
	}
	if i.String() != s || i.Limb != "" && !slices.Contains(Limbs[:], i.Limb) {
		return Injection{}, fmt.Errorf("%q tells something else of a dose", s)
	}
	return i, nil
}
