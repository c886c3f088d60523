package rules

import (
	"slices"

	"ezhitong.tw/clinic"
)

// The fields of the objects of a programme file. A test holds them against clinic.Programme.
func programmeFields() fields {
	return fields{must: []string{"code", "name", "summary", "notices", "bring", "fee", "vaccines"}, may: []string{"guardian_below", "no_show", "remind_days", "remind_at"}}
}

func vaccineFields() fields { return fields{must: []string{"code", "name", "doses"}} }

func doseFields() fields {
	return fields{must: []string{"code", "name", "ages"}, may: []string{"after", "interval_days", "interval_since"}}
}

func ageFields() fields { return fields{may: []string{"from", "below"}} }

const (
	mostDoses    = 20       // of a vaccine; the longest series in use has five
	mostAge      = 120 * 12 // months
	mostInterval = 3650     // days
	mostRemind   = 30       // days
)

// programme checks the whole file.
func (c *checker) programme(n *node) {
	values := c.object(n, programmeFields())
	if code := c.code(values["code"]); code != "" {
		if p, ok := c.first(c.seen.programmes, code, values["code"].at); !ok {
			c.say(values["code"].at, "疫苗計畫代碼「%s」已用在 %s 第 %d 行", "the programme %s is in %s, line %d, already", code, p.file, p.line)
		}
	}
	c.text(values["name"])
	c.text(values["summary"])
	c.texts(values["notices"])
	c.texts(values["bring"])
	c.text(values["fee"])
	c.age(values["guardian_below"])
	c.oneOf(values["no_show"], clinic.NextPeriod, clinic.NoPenalty)
	c.number(values["remind_days"], mostRemind)
	c.clock(values["remind_at"])
	list := c.list(values["vaccines"])
	if v := values["vaccines"]; v != nil && v.kind == '[' && len(list) == 0 {
		c.say(v.at, "這裡沒有疫苗，請至少寫一種", "there is no vaccine: write at least one")
	}
	for _, item := range list {
		c.vaccine(item)
	}
}

func (c *checker) vaccine(n *node) {
	values := c.object(n, vaccineFields())
	code := c.code(values["code"])
	if code != "" {
		if p, ok := c.first(c.seen.vaccines, code, values["code"].at); !ok {
			c.say(values["code"].at, "疫苗代碼「%s」已用在 %s 第 %d 行", "the vaccine %s is in %s, line %d, already", code, p.file, p.line)
		}
	}
	c.text(values["name"])
	list := c.list(values["doses"])
	if d := values["doses"]; d != nil && d.kind == '[' && len(list) == 0 {
		c.say(d.at, "這種疫苗沒有劑別，請至少寫一個", "this vaccine has no dose: write at least one")
	}
	if len(list) > mostDoses {
		c.say(list[mostDoses].at, "劑別太多了，一種疫苗最多 %d 個", "too many doses, a vaccine has at most %d", mostDoses)
		return
	}
	doses := make([]dose, 0, len(list))
	codes := make(map[string]place)
	for _, item := range list {
		d := c.dose(item)
		if d.code != "" {
			if p, ok := c.first(codes, d.code, d.codeAt); !ok {
				c.say(d.codeAt, "劑別「%s」寫了兩次，第一次在第 %d 行", "the dose %s stands twice, first in line %d", d.code, p.line)
				d.code = "" // those that follow it mean the first
			}
		}
		doses = append(doses, d)
	}
	c.order(doses)
}

// dose is what the order of doses is judged by.
type dose struct {
	code       string
	codeAt     int
	after      []ref
	interval   int
	intervalAt int
	bands      []band
	ageless    bool // there are no limits, or none that could be read
}

// ref names a dose that must come before.
type ref struct {
	code string
	at   int
}

// band is a clinic.AgeBand in months; below 0 has no upper end.
type band struct{ at, from, below int }

// String gives 6m–6y, or 65y– without an upper end.
func (b band) String() string {
	from := clinic.Age{Months: b.from}.String()
	if b.from == 0 {
		from = "0m"
	}
	return from + "–" + clinic.Age{Months: b.below}.String()
}

func (c *checker) dose(n *node) dose {
	values := c.object(n, doseFields())
	d := dose{code: c.code(values["code"])}
	if d.code != "" {
		d.codeAt = values["code"].at
	}
	c.text(values["name"])
	ages := c.list(values["ages"])
	for _, item := range ages {
		if b, ok := c.band(item); ok {
			d.bands = append(d.bands, b)
		}
	}
	d.ageless = len(d.bands) < len(ages) || len(d.bands) == 0
	c.overlaps(d.bands)
	for _, item := range c.list(values["after"]) {
		if code := c.code(item); code != "" {
			d.after = append(d.after, ref{code, item.at})
		}
	}
	if days, ok := c.number(values["interval_days"], mostInterval); ok {
		d.interval, d.intervalAt = days, values["interval_days"].at
	}
	c.since(values)
	return d
}

// since checks from which doses the interval counts.
func (c *checker) since(values map[string]*node) {
	n := values["interval_since"]
	if c.oneOf(n, clinic.SinceProgramme, clinic.SinceVaccine) && values["interval_days"] == nil {
		c.say(n.at, "沒有 interval_days，interval_since 就沒有作用", "without interval_days, interval_since does nothing")
	}
}

func (c *checker) band(n *node) (band, bool) {
	values := c.object(n, ageFields())
	if values == nil {
		return band{}, false
	}
	from, okFrom := c.age(values["from"])
	below, okBelow := c.age(values["below"])
	switch {
	case !okFrom || !okBelow:
		return band{}, false
	case values["below"] != nil && from >= below:
		c.say(n.at, "年齡互相矛盾：沒有人滿 %[1]s 又未滿 %[2]s", "the ages contradict: nobody is %[1]s and below %[2]s", values["from"].word("0m"), values["below"].word(""))
		return band{}, false
	case from == 0 && below == 0:
		c.say(n.at, "這一段沒有年齡限制；不限年齡請寫 \"ages\": []", "this band has no limit; for any age write \"ages\": []")
		return band{}, false
	}
	return band{n.at, from, below}, true
}

// word gives a string's text, or another one where there is no node.
func (n *node) word(otherwise string) string {
	if n == nil {
		return otherwise
	}
	return show(n.text)
}

// age gives the months of an age; a missing one is 0.
func (c *checker) age(n *node) (int, bool) {
	if n == nil {
		return 0, true
	}
	s, ok := c.str(n)
	if !ok {
		return 0, false
	}
	a, err := clinic.ParseAge(s)
	switch {
	case err != nil:
		c.say(n.at, "年齡要寫成 6m（滿 6 個月）或 65y（滿 65 歲），不是「%s」", "an age is written 6m (months) or 65y (years), not %s", show(s))
		return 0, false
	case a.Months > mostAge:
		c.say(n.at, "%s 太大了，年齡最多 %d 歲", "%s is too much, an age is at most %dy", show(s), mostAge/12)
		return 0, false
	}
	return a.Months, true
}

// overlaps says which bands admit the same people.
func (c *checker) overlaps(bands []band) {
	sorted := slices.Clone(bands)
	slices.SortStableFunc(sorted, func(a, b band) int { return a.from - b.from })
	for i := 1; i < len(sorted); i++ {
		one, two := sorted[i-1], sorted[i]
		if one.below != 0 && two.from >= one.below {
			continue
		}
		late, early := one, two
		if late.at < early.at {
			late, early = early, late
		}
		c.say(late.at, "這一段年齡和第 %d 行的 %v 重疊，請改成不重疊", "this band overlaps the one in line %d, %v: keep them apart", c.line(early.at), early)
		if one.below == 0 || two.below != 0 && one.below > two.below {
			sorted[i] = one // it reaches further
		}
	}
}
