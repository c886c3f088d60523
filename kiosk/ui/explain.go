package ui

import (
	"errors"
	"maps"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/sqldb"
)

// Explain says why something was not done, and what to do now: a rule's refusal
// in its own words, a full disk as such, anything else as a failure whose
// details are in the log.
func (l Look) Explain(err error) string {
	var refusal *clinic.Refusal
	switch {
	case errors.As(err, &refusal):
		args := maps.Clone(refusal.Args)
		if args["date"] != "" {
			args["day"] = args["date"]
		}
		for _, room := range []string{"refusal.", "finding.", "device.", "roster."} {
			if i18n.Has(l.Locale, room+refusal.Code) {
				return i18n.T(l.Locale, room+refusal.Code, args)
			}
		}
		return l.T("failure.internal")
	case errors.Is(err, sqldb.ErrFull):
		return l.T("device.disk_full")
	default:
		return l.T("failure.internal")
	}
}
