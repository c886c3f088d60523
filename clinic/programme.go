package clinic

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// DefaultLocale is the language that every Text has.
const DefaultLocale = "zh-TW"

// Text is a text in several languages, keyed by BCP 47 tag.
type Text map[string]string

// In gives the text in a language. Where that has none, whoever reads another language
// than zh-TW gets English, and where there is none either zh-TW.
func (t Text) In(locale string) string {
	if s, ok := t[locale]; ok {
		return s
	}
	if s, ok := t["en"]; ok && locale != DefaultLocale {
		return s
	}
	return t[DefaultLocale]
}

// Args gives the text as arguments of a refusal, for Refuse: the zh-TW one under
// name, the others under name@locale.
func (t Text) Args(name string) []string {
	args := []string{name, t.In(DefaultLocale)}
	for _, locale := range slices.Sorted(maps.Keys(t)) {
		if locale != DefaultLocale {
			args = append(args, name+"@"+locale, t[locale])
		}
	}
	return args
}

// Programme is one entry of the citizens' menu (C1): COVID-19, influenza, mpox.
// All of its rules are data.
type Programme struct {
	Code     string    `json:"code"`
	Name     Text      `json:"name"`
	Summary  Text      `json:"summary"` // who it is for, one line
	Notices  []Text    `json:"notices"` // 注意事項
	Bring    []Text    `json:"bring"`   // what to bring
	Fee      Text      `json:"fee"`
	Vaccines []Vaccine `json:"vaccines"`

	// GuardianBelow is the age under which a guardian has to consent too; nothing
	// means 18 years, from which one consents alone (Civil Code, article 12, since
	// 2023).
	GuardianBelow Age `json:"guardian_below,omitzero"`
	// NoShow is what it costs not to come in a fixed period: NextPeriod, or nothing,
	// the next period of the programme (C11); NoPenalty.
	NoShow string `json:"no_show,omitempty"`
	// A reminder goes out RemindDays before the day at RemindAt; both nothing mean
	// two days before at 10:00 (C10).
	RemindDays int       `json:"remind_days,omitempty"`
	RemindAt   TimeOfDay `json:"remind_at,omitzero"`
}

// What a no-show costs.
const (
	NextPeriod = "next_period"
	NoPenalty  = "none"
)

// Guardian gives the age under which a guardian has to consent.
func (p Programme) Guardian() Age {
	if p.GuardianBelow.Months == 0 {
		return Age{18 * 12}
	}
	return p.GuardianBelow
}

// NeedsGuardian reports whether somebody born on b needs a guardian's consent to be
// vaccinated on day.
func (p Programme) NeedsGuardian(b Birth, day Date) bool {
	return day.MonthsSince(b.Reveal()) < p.Guardian().Months
}

// Reminder gives how many days before a day people are reminded of it, and when.
func (p Programme) Reminder(day Date) (days int, at time.Time) {
	days, hour := p.RemindDays, p.RemindAt
	if days == 0 && hour == 0 {
		days, hour = 2, 10*60
	}
	return days, day.AddDays(-days).At(hour)
}

// Vaccine finds a product of the programme by its code.
func (p Programme) Vaccine(code string) (Vaccine, bool) {
	for _, v := range p.Vaccines {
		if v.Code == code {
			return v, true
		}
	}
	return Vaccine{}, false
}

// Vaccine is a product that can be booked (疫苗種類), such as BNT-兒童.
type Vaccine struct {
	Code  string     `json:"code"` // unique in all programmes
	Name  Text       `json:"name"`
	Doses []DoseRule `json:"doses"`
}

// Dose finds a dose by its code.
func (v Vaccine) Dose(code string) (DoseRule, bool) {
	for _, d := range v.Doses {
		if d.Code == code {
			return d, true
		}
	}
	return DoseRule{}, false
}

// DoseRule says who may have one dose (劑別) of a vaccine, and when.
type DoseRule struct {
	Code  string    `json:"code"` // "primary1" … "primary3", "booster", "single"
	Name  Text      `json:"name"` // 基礎劑 1, 追加劑
	Ages  []AgeBand `json:"ages"` // any of them; none means any age
	After []string  `json:"after,omitempty"`
	// IntervalDays is the least number of days since the dose before it.
	IntervalDays int `json:"interval_days,omitempty"`
	// IntervalSince says which doses those days count from: SinceProgramme, or
	// nothing, any dose of the programme, whatever the product; SinceVaccine only
	// doses of this vaccine.
	IntervalSince string `json:"interval_since,omitempty"`
}

// What an interval counts from.
const (
	SinceProgramme = "programme" // COVID-19: 84 days after any of its vaccines
	SinceVaccine   = "vaccine"   // childhood: one vaccine does not wait for another
)

// Age is a span of life in years or months, written "6m" or "65y".
type Age struct{ Months int }

// ParseAge reads "6m" or "65y".
func ParseAge(s string) (Age, error) {
	if len(s) >= 2 {
		n, err := strconv.ParseUint(s[:len(s)-1], 10, 16)
		if err == nil && n <= 1800 {
			switch s[len(s)-1] {
			case 'm':
				return Age{int(n)}, nil
			case 'y':
				return Age{int(n) * 12}, nil
			}
		}
	}
	return Age{}, fmt.Errorf("an age reads 6m or 65y, not %q", s)
}

// String gives "65y" for whole years, else "6m"; no age is empty.
func (a Age) String() string {
	switch {
	case a.Months == 0:
		return ""
	case a.Months%12 == 0:
		return strconv.Itoa(a.Months/12) + "y"
	}
	return strconv.Itoa(a.Months) + "m"
}

// MarshalText writes the form of String.
func (a Age) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads the form of String.
func (a *Age) UnmarshalText(text []byte) error {
	if strings.TrimSpace(string(text)) == "" {
		*a = Age{}
		return nil
	}
	parsed, err := ParseAge(string(text))
	if err != nil {
		return err
	}
	*a = parsed
	return nil
}

// AgeBand is From (included) up to Below (not included); the zero Below has no
// upper end. Ages count on the day of vaccination.
type AgeBand struct {
	From  Age `json:"from,omitzero"`
	Below Age `json:"below,omitzero"`
}

// Admits judges the age limits for somebody born on b and vaccinated on day. A
// dose with limits refuses a birth that is unknown or after that day.
func (d DoseRule) Admits(b Birth, day Date) error {
	if len(d.Ages) == 0 {
		return nil
	}
	if b.IsZero() || b.Reveal().After(day) {
		return Refuse(RefusedBirth)
	}
	months := day.MonthsSince(b.Reveal())
	var next Age
	for _, band := range d.Ages {
		if months >= band.From.Months && (band.Below.Months == 0 || months < band.Below.Months) {
			return nil
		}
		if band.From.Months > months && (next.Months == 0 || band.From.Months < next.Months) {
			next = band.From // the band this person grows into
		}
	}
	if next.Months > 0 {
		return Refuse(RefusedTooYoung, "limit", next.String())
	}
	oldest := d.Ages[0].Below
	for _, band := range d.Ages {
		if band.Below.Months > oldest.Months {
			oldest = band.Below
		}
	}
	return Refuse(RefusedTooOld, "limit", oldest.String())
}
