package staff

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/clinic"
)

// saying is the form that the detail of an audit entry has. What its groups catch goes under their names into the words
// of staff.trail.<key>.
type saying struct {
	actions []string
	form    *regexp.Regexp
	key     string
}

var sayings = []saying{
	{[]string{"receive"}, regexp.MustCompile(`^(?P<site>\S+) (?P<first>\d+)\.\.(?P<last>\d+)$`), "received"},
	{[]string{"move"}, regexp.MustCompile(`^(?P<site>\S+) (?P<date>\S+) to (?P<to_site>\S+) (?P<to_date>\S+)$`), "moved"},
	{[]string{"no_show"}, regexp.MustCompile(`^(?P<date>\S+) (?P<time>\S+): (?P<n>\d+) not arrived$`), "no_show"},
	{[]string{"close_day"}, regexp.MustCompile(`^(?P<date>\S+): (?P<n>\d+) not arrived$`), "day"},
	{[]string{"join_numbers", "split_numbers"}, regexp.MustCompile(`^(?P<n>\d+) bookings$`), "bookings"},
	{[]string{"purge_departures"}, regexp.MustCompile(`^(?P<n>\d+) bookings that left$`), "left"},
	{[]string{"install"}, regexp.MustCompile(`^(?P<n>\d+) slots$`), "slots"},
	{[]string{"import_capacity"}, regexp.MustCompile(`^(?P<n>\d+) rows, (?P<added>\d+) added, (?P<changed>\d+) changed$`), "capacity"},
	{[]string{"device.enrol"}, regexp.MustCompile(`^(?P<site>\S+) (?P<device>\S+) (?P<letter>\S+)$`), "enrolled"},
	{[]string{"device.turn_away"}, regexp.MustCompile(`^(?P<site>\S+) (?P<device>\S+)$`), "turned_away"},
	{[]string{"device.code"}, regexp.MustCompile(`^(?P<device>\S+)$`), "device"},
	{[]string{"account.add"}, regexp.MustCompile(`^(?P<role>\S+) (?P<site>\d+)$`), "account"},
	{[]string{"account.add"}, regexp.MustCompile(`^(?P<role>\S+) (?P<text>.+)$`), "account_text"},
	{[]string{"account.add"}, regexp.MustCompile(`^(?P<role>\S+)$`), "role"},
	{[]string{"dismiss_event"}, regexp.MustCompile(`^(?P<site>\d+) (?P<text>.*)$`), "dismissed"},
}

// filtered are the parts by which a list was narrowed, in the order in which an entry tells them.
var filtered = regexp.MustCompile(`^programme=(\S*) vaccine=(\S*) period=(\S*) from=(\S*) to=(\S*) state=(\S*) show=(\d+)$`)

// Says writes an entry's detail in words. What an older version kept in another form is shown as it was kept.
func (p *auditPage) Says(e booking.AuditEntry) string {
	switch {
	case e.Detail == "":
		return ""
	case e.Action == "correct":
		return p.fields(strings.Fields(e.Detail))
	case e.Action == "login.refused":
		return p.Refusal(&clinic.Refusal{Code: e.Detail})
	case e.Action == "list" || e.Action == "export":
		return p.narrowed(e.Detail)
	}
	for _, s := range sayings {
		found := s.form.FindStringSubmatch(e.Detail)
		if found == nil || !slices.Contains(s.actions, e.Action) {
			continue
		}
		var values []any
		for i, name := range s.form.SubexpNames() {
			if name != "" {
				values = append(values, name, p.value(name, found[i]))
			}
		}
		return p.T("staff.trail."+s.key, values...)
	}
	return p.named(e.Detail)
}

// value writes a part of a detail.
func (p *auditPage) value(name, text string) string {
	switch name {
	case "site", "to_site":
		return p.named(text)
	case "device":
		return p.T("staff.device." + text)
	case "role":
		return p.T("staff.role." + text)
	}
	return text
}

// About writes what an entry is about.
func (p *auditPage) About(e booking.AuditEntry) string {
	switch e.Object {
	case "all sites":
		return p.T("staff.trail.city")
	case "all accounts":
		return p.T("staff.trail.accounts")
	}
	return p.named(e.Object)
}

// named adds its name to a site's code; any other text stays.
func (p *auditPage) named(text string) string {
	if site, ok := p.site(text); ok {
		return site.Code + " " + site.Name
	}
	return text
}

// fields names the fields that were corrected.
func (p *auditPage) fields(names []string) string {
	for i, n := range names {
		key := "staff.head." + n
		if n == "phones" {
			key = "staff.trail.phones"
		}
		names[i] = p.T(key)
	}
	return strings.Join(names, p.T("staff.comma"))
}

// narrowed tells which rows and columns of a list somebody saw.
func (p *auditPage) narrowed(detail string) string {
	found := filtered.FindStringSubmatch(detail)
	if found == nil {
		return detail
	}
	var parts []string
	for i, key := range []string{"programme", "vaccine", "period", "from", "to", "state"} {
		value := found[i+1]
		if value == "" || value == (clinic.Date{}).String() {
			continue
		}
		switch {
		case value == string(booking.StateCancelled):
			value = p.T("staff.cancelled")
		case key == "state":
			value = p.T("attendance." + value)
		}
		parts = append(parts, p.T("staff.trail."+key, "value", value))
	}
	shown := p.T("staff.trail.masked")
	if show, err := strconv.Atoi(found[7]); err == nil && show != 0 {
		var names []string
		for bit, field := range map[booking.Show]string{booking.ShowName: "name", booking.ShowNumber: "number", booking.ShowBirth: "birth", booking.ShowPhones: "phones"} {
			if booking.Show(show)&bit != 0 {
				names = append(names, field)
			}
		}
		slices.Sort(names)
		shown = p.T("staff.trail.shown", "fields", p.fields(names))
	}
	return strings.Join(append(parts, shown), p.T("staff.trail.and"))
}
