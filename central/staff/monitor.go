package staff

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/account"
	"ezhitong.tw/central/fleet"
	"ezhitong.tw/clinic"
)

// unused is the state of a site that has no device.
const unused fleet.State = "unused"

// look is how a state is shown: the order in which people should see to it, its icon, the colour of its word and chip,
// and the sign and class of its cell in the grid.
type look struct {
	state             fleet.State
	icon, colour, tag string
	sign, cell        string
}

// looks lists the states, those to be seen to first in front.
var looks = []look{
	{fleet.Stuck, "alert", "t-bad", "bad", "!", "x"},
	{fleet.Diverged, "alert", "t-bad", "bad", "≠", "x"},
	{fleet.Fenced, "shield", "t-bad", "bad", "▲", "x"},
	{fleet.Stale, "cloudoff", "t-bad", "bad", "×", "x"},
	{fleet.Lagging, "sync", "t-warn", "warn", "~", "l"},
	{fleet.Upgrade, "upload", "t-acc", "acc", "↑", "u"},
	{fleet.Live, "check", "t-ok", "ok", "", ""},
	{fleet.Quiet, "clock", "t-off", "", "", "q"},
	{fleet.Revoked, "stop", "t-off", "", "–", "q"},
	{unused, "notyet", "t-off", "", "", "none"},
}

func lookOf(s fleet.State) (look, int) {
	for i, l := range looks {
		if l.state == s {
			return l, i
		}
	}
	return looks[len(looks)-1], len(looks) - 1
}

type monitorPage struct {
	page
	Now     time.Time
	Devices int
	Counts  []stateCount
	Grid    []gridRow
	Legend  []stateCount

	Districts              []string
	District, State, Query string
	Rows                   []deviceRow
	Pager                  pager
	Chosen                 *deviceRow
	Export                 string
}

// stateCount is a state with its word and the number of sites in it.
type stateCount struct {
	Text, Icon, Colour, Sign, Cell string
	Sites                          int
	URL                            string
	On                             bool
}

type gridRow struct {
	District, URL string
	Cells         []gridCell
}

type gridCell struct{ Sign, Class, Title, URL string }

// deviceRow is a device with its site and its look.
type deviceRow struct {
	fleet.Device
	Place    clinic.Site
	Text     string // the state's word
	Look     look
	Review   int // events that people should look at
	URL      string
	Selected bool
}

// Icon, Colour and Tag are for templates.
func (d deviceRow) Icon() string { return d.Look.icon }
func (d deviceRow) Tag() string  { return d.Look.tag }

// Made is the number of the last event that the device reported.
func (d deviceRow) Made() uint64 { return d.Acked + d.Pending }

// Skewed reports a clock so wrong that somebody should set it (the protocol warns at two minutes).
func (d deviceRow) Skewed() bool { return d.Skew.Abs() >= 2*time.Minute }

// Heard reports whether the device ever called.
func (d deviceRow) Heard() bool { return !d.Contact.IsZero() }

const devicesAtOnce = 14

// monitorPage is the page of the devices that the query asks for, without them.
func (s *Staff) monitorPage(c *gin.Context, who account.Account) *monitorPage {
	return &monitorPage{
		page: s.newPage(c, who, "staff.nav.monitor"), Now: s.cfg.Now(), District: c.Query("district"), State: c.Query("state"),
		Query: strings.TrimSpace(c.Query("q")),
	}
}

func (s *Staff) monitor(c *gin.Context, who account.Account) error {
	p := s.monitorPage(c, who)
	p.Refresh = 30 * time.Second
	sites := s.sitesOf(who)
	rows, err := s.deviceRows(c, who, p.page)
	if err != nil {
		return err
	}
	p.Devices, p.Districts = len(rows), districtsOf(sites)
	p.summarise(sites, rows)
	rows = slices.DeleteFunc(rows, func(d deviceRow) bool { return !p.wants(d) })
	here := url.Values{}
	for k, v := range map[string]string{"district": p.District, "state": p.State, "q": p.Query} {
		if v != "" {
			here.Set(k, v)
		}
	}
	p.Export = query("/staff/monitor.csv", "district", p.District, "state", p.State, "q", p.Query)
	p.Pager = pageOf("/staff/monitor", here, number(c.Query("page")), len(rows), devicesAtOnce)
	if len(rows) > 0 {
		p.Rows = rows[p.Pager.From-1 : p.Pager.To]
	}
	p.choose(c.Query("device"))
	return s.pages.Render(c, http.StatusOK, "monitor", p)
}

// deviceRows lists the devices of a jurisdiction, those to be seen to first.
func (s *Staff) deviceRows(c *gin.Context, who account.Account, p page) ([]deviceRow, error) {
	ctx := c.Request.Context()
	devices, err := s.cfg.Fleet.Devices(ctx)
	if err != nil {
		return nil, err
	}
	review, err := s.cfg.Bookings.Review(ctx, who.Jurisdiction(), 1000)
	if err != nil {
		return nil, err
	}
	waiting := make(map[clinic.ID]int)
	for _, r := range review {
		waiting[r.Event.Ref.Device]++
	}
	var rows []deviceRow
	for _, d := range devices {
		if site, ok := s.site(who, d.Site); ok {
			l, _ := lookOf(d.State)
			rows = append(rows, deviceRow{Device: d, Place: site, Look: l, Text: p.T("staff.state." + string(l.state)), Review: waiting[d.ID]})
		}
	}
	slices.SortStableFunc(rows, func(a, b deviceRow) int {
		_, x := lookOf(a.State)
		_, y := lookOf(b.State)
		return cmp.Compare(x, y)
	})
	return rows, nil
}

// worst gives each site's state: that of the device that needs somebody most. A revoked device counts only where there
// is no other.
func worst(sites []clinic.Site, rows []deviceRow) map[string]int {
	at := make(map[string]int, len(sites))
	for _, s := range sites {
		at[s.Code] = len(looks) - 1
	}
	for _, d := range rows {
		if _, i := lookOf(d.State); i < at[d.Site] {
			at[d.Site] = i
		}
	}
	return at
}

// summarise counts the sites by state and draws the grid.
func (p *monitorPage) summarise(sites []clinic.Site, rows []deviceRow) {
	at := worst(sites, rows)
	sum := make([]int, len(looks))
	for _, s := range sites {
		sum[at[s.Code]]++
	}
	p.Counts = []stateCount{{Text: p.T("staff.monitor.all"), Sites: len(sites), URL: "/staff/monitor", On: p.State == ""}}
	for _, state := range []fleet.State{fleet.Live, fleet.Lagging, fleet.Quiet, fleet.Upgrade, fleet.Stale, fleet.Stuck, fleet.Diverged, fleet.Fenced, fleet.Revoked, unused} {
		l, i := lookOf(state)
		n := stateCount{
			Text: p.T("staff.state." + string(state)), Icon: l.icon, Colour: l.colour, Sign: l.sign, Cell: l.cell, Sites: sum[i],
			URL: query("/staff/monitor", "state", string(state)), On: p.State == string(state),
		}
		p.Counts, p.Legend = append(p.Counts, n), append(p.Legend, n)
	}
	for _, s := range sites {
		if len(p.Grid) == 0 || p.Grid[len(p.Grid)-1].District != s.District {
			p.Grid = append(p.Grid, gridRow{District: s.District, URL: query("/staff/monitor", "district", s.District)})
		}
		l := looks[at[s.Code]]
		cell := gridCell{Sign: l.sign, Class: l.cell, Title: s.Name + p.T("staff.comma") + p.T("staff.state."+string(l.state))}
		if at[s.Code] <= slices.IndexFunc(looks, func(l look) bool { return l.state == fleet.Lagging }) {
			cell.URL = query("/staff/monitor", "q", s.Code)
		}
		g := &p.Grid[len(p.Grid)-1]
		g.Cells = append(g.Cells, cell)
	}
}

func (p *monitorPage) wants(d deviceRow) bool {
	if p.District != "" && d.Place.District != p.District || p.State != "" && string(d.State) != p.State {
		return false
	}
	return p.Query == "" || strings.Contains(strings.Join([]string{d.Place.Name, d.Site, d.Label, d.Letter, d.ID.String()}, " "), p.Query)
}

// choose marks the device whose details stand beside the table: the asked one, else the first.
func (p *monitorPage) choose(id string) {
	if len(p.Rows) == 0 {
		return
	}
	chosen := 0
	for i := range p.Rows {
		d := &p.Rows[i]
		d.URL = query("/staff/monitor", "district", p.District, "state", p.State, "q", p.Query, "page", p.T("staff.plain", "n", p.Pager.Page), "device", d.ID.String())
		if d.ID.String() == id {
			chosen = i
		}
	}
	p.Rows[chosen].Selected = true
	p.Chosen = &p.Rows[chosen]
}

// Ago writes how long ago an instant was.
func (p *monitorPage) Ago(t time.Time) string {
	if t.IsZero() {
		return p.T("staff.never")
	}
	return p.T("staff.ago", "span", p.Span(p.Now.Sub(t)))
}

// Offset writes a clock's error with its sign; one of less than a tenth of a second has none.
func (p *monitorPage) Offset(d time.Duration) string {
	d = d.Truncate(100 * time.Millisecond)
	sign := "+"
	switch {
	case d == 0:
		sign = ""
	case d < 0:
		sign = "−"
	}
	if d.Abs() < time.Minute {
		return sign + p.T("staff.span.tenths", "n", d.Abs().Seconds())
	}
	return sign + p.Span(d)
}

// About explains a state: what happened, what it means, what to do.
func (p *monitorPage) About(part string, d *deviceRow) string {
	return p.T("staff.about."+string(d.Look.state)+"."+part, "pending", d.Pending, "behind", d.Behind, "silent", p.Span(p.Now.Sub(d.Contact)))
}

// Free writes free disk space.
func (p *monitorPage) Free(bytes int64) string {
	if bytes <= 0 {
		return "—"
	}
	return p.T("staff.plain", "n", bytes>>30) + " GB"
}

// Reader is what a device knows of its card reader, in a word.
func (p *monitorPage) Reader(d deviceRow) string { return p.T("staff.reader." + readerName(d.Device)) }

// ReaderClass colours that word.
func (p *monitorPage) ReaderClass(d deviceRow) string {
	return map[string]string{"ready": "t-ok", "missing": "hot"}[readerName(d.Device)]
}
