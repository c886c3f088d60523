package staff

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/account"
	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

// The reports (S7).
const (
	byAge      = "age"      // 01 各年齡層預約數
	byDistrict = "district" // 02 各區疫苗期別預約數
	byVaccine  = "vaccine"  // 03 預約狀況小計
	bySite     = "site"     // 04 預約狀況明細
	byMonth    = "month"    // 年度報表
)

var reports = []string{byAge, byDistrict, byVaccine, bySite, byMonth}

// report is one table with its bars. The first cells of a row are words, the rest numbers.
type report struct {
	Kind   string
	Words  []string // heads of the first columns
	Heads  []string // heads of the numbers
	Rows   []reportRow
	Total  []string
	Bars   []bar
	Months []column
	Sum    int
	Peak   string
}

type reportRow struct{ Words, Cells []string }

// bar is a line of a chart; Width is 0 to 100.
type bar struct {
	Name  string
	Count int
	Width int
}

// column is an upright bar in a drawing 1160 wide and 250 high.
type column struct {
	X, Y, Width, Height, Middle, Label float64
	Count                              int
	Month, Year                        string
	Most                               bool
}

type reportsPage struct {
	page
	Tabs    []navItem
	Periods []clinic.Period
	Period  string
	Chosen  clinic.Period
	Year    int
	Report  report
	CSV     string
}

func (s *Staff) reportPage(c *gin.Context, who account.Account) (*reportsPage, error) {
	p := &reportsPage{page: s.newPage(c, who, "staff.nav.reports"), Periods: slices.Clone(s.cfg.Offer.Catalogue().Periods)}
	slices.Reverse(p.Periods)
	kind := c.DefaultQuery("report", byAge)
	if !slices.Contains(reports, kind) {
		return nil, web.ErrNotFound
	}
	f := booking.Filter{Actor: who.Actor()}
	if kind == byMonth {
		p.Year = clinic.DateOf(s.cfg.Now()).Year
		if y := c.Query("year"); y != "" {
			n, err := strconv.ParseUint(y, 10, 13)
			if err != nil || n < 2000 || n > 2999 {
				return nil, web.ErrMalformed
			}
			p.Year = int(n)
		}
		f.From, f.To = clinic.Date{Year: p.Year, Month: 1, Day: 1}, clinic.Date{Year: p.Year, Month: 12, Day: 31}
	} else if !s.choosePeriod(p, c.Query("period")) {
		return nil, web.ErrNotFound
	}
	f.Period = p.Period
	for _, k := range reports {
		p.Tabs = append(p.Tabs, navItem{URL: query("/staff/reports", "report", k, "period", p.Period), Text: p.T("staff.report." + k), Here: k == kind})
	}
	p.CSV = query("/staff/reports.csv", "report", kind, "period", p.Period, "year", c.Query("year"))
	var err error
	p.Report, err = s.report(c.Request.Context(), p, kind, f)
	return p, err
}

// choosePeriod takes the asked period, else the one that people book now: a fixed one, another one, the last that began.
func (s *Staff) choosePeriod(p *reportsPage, id string) bool {
	if id != "" {
		var ok bool
		p.Chosen, ok = s.cfg.Offer.Catalogue().Period(id)
		p.Period = id
		return ok
	}
	now, best := s.cfg.Now(), 0
	for _, per := range p.Periods { // newest first
		rank := 1
		switch open := per.Open(now) == nil; {
		case open && per.Kind == clinic.FixedPeriod:
			rank = 4
		case open:
			rank = 3
		case !per.First.After(clinic.DateOf(now)):
			rank = 2
		}
		if rank > best {
			p.Chosen, p.Period, best = per, per.ID, rank
		}
	}
	return true
}

func (s *Staff) report(ctx context.Context, p *reportsPage, kind string, f booking.Filter) (report, error) {
	switch kind {
	case byAge:
		ages, err := s.cfg.Counts.CountsByAge(ctx, f)
		return s.ageReport(p, ages), err
	case byMonth:
		months, err := s.cfg.Counts.CountsByMonth(ctx, f)
		return monthReport(p, months), err
	case bySite:
		counts, err := s.cfg.Counts.CountsBySite(ctx, f)
		return s.countReport(p, kind, counts), err
	}
	counts, err := s.cfg.Counts.CountsByDistrict(ctx, f)
	return s.countReport(p, kind, counts), err
}

// bands are the age bands of the report: from, and up to but not with the next one.
var bands = []int{0, 5, 12, 18, 50, 65, 75}

func bandName(p page, i int) string {
	switch {
	case i == 0:
		return p.T("staff.band.below", "age", bands[1])
	case i == len(bands)-1:
		return p.T("staff.band.from", "age", bands[i])
	}
	return p.T("staff.band.between", "from", bands[i], "to", bands[i+1]-1)
}

func (s *Staff) ageReport(p *reportsPage, ages []booking.AgeCount) report {
	r := report{Kind: byAge, Words: []string{p.T("staff.head.band")}}
	sums := make([]int, len(bands))
	cells := make([]map[string]int, len(bands))
	var vaccines []string
	for _, a := range ages {
		i := len(bands) - 1
		for a.Age < bands[i] && i > 0 {
			i--
		}
		if cells[i] == nil {
			cells[i] = map[string]int{}
		}
		if !slices.Contains(vaccines, a.Vaccine) {
			vaccines = append(vaccines, a.Vaccine)
		}
		cells[i][a.Vaccine] += a.Count
		sums[i] += a.Count
	}
	for _, v := range vaccines {
		r.Heads = append(r.Heads, s.vaccineName(p.page, v))
	}
	r.Heads = append(r.Heads, p.T("staff.head.sum"))
	total := make([]int, len(vaccines)+1)
	for i := range bands {
		numbers := make([]int, len(vaccines)+1)
		for j, v := range vaccines {
			numbers[j] = cells[i][v]
		}
		numbers[len(vaccines)] = sums[i]
		r.add(total, []string{bandName(p.page, i)}, numbers)
		r.Bars = append(r.Bars, bar{Name: bandName(p.page, i), Count: sums[i]})
	}
	r.finish(p.page, total)
	return r
}

// countReport sums bookings and what became of them by district, vaccine or site.
func (s *Staff) countReport(p *reportsPage, kind string, counts []booking.Count) report {
	r := report{Kind: kind}
	words := map[string][]string{byDistrict: {"district", "vaccine"}, byVaccine: {"vaccine"}, bySite: {"district", "site", "vaccine"}}[kind]
	for _, w := range words {
		r.Words = append(r.Words, p.T("staff.head."+w))
	}
	for _, h := range []string{"capacity", "booked", "given", "arrived", "deferred", "no_show", "not_arrived", "cancelled"} {
		r.Heads = append(r.Heads, p.T("staff.head."+h))
	}
	if kind == byVaccine {
		counts = merge(counts)
	}
	total := make([]int, len(r.Heads))
	for _, c := range counts {
		_, site := s.siteNames(c.Site)
		name := map[string]string{"district": c.District, "vaccine": s.vaccineName(p.page, c.Vaccine), "site": site}
		row := make([]string, len(words))
		for i, w := range words {
			row[i] = name[w]
		}
		r.add(total, row, []int{c.Capacity, c.Booked, c.Given, c.Arrived, c.Deferred, c.NoShow, c.Booked - c.Given - c.Arrived - c.Deferred - c.NoShow, c.Cancelled})
		if bar := r.bar(row[0]); kind != bySite {
			bar.Count += c.Booked
		}
	}
	if kind == bySite {
		r.Bars = nil
	}
	r.finish(p.page, total)
	return r
}

func merge(counts []booking.Count) []booking.Count {
	at := map[string]int{}
	var out []booking.Count
	for _, c := range counts {
		i, ok := at[c.Vaccine]
		if !ok {
			at[c.Vaccine] = len(out)
			out = append(out, c)
			continue
		}
		o := &out[i]
		o.Capacity, o.Booked, o.Arrived, o.Given = o.Capacity+c.Capacity, o.Booked+c.Booked, o.Arrived+c.Arrived, o.Given+c.Given
		o.Deferred, o.NoShow, o.Cancelled = o.Deferred+c.Deferred, o.NoShow+c.NoShow, o.Cancelled+c.Cancelled
	}
	return out
}

// bar finds the bar of a name, a new one at the end when there is none.
func (r *report) bar(name string) *bar {
	for i := range r.Bars {
		if r.Bars[i].Name == name {
			return &r.Bars[i]
		}
	}
	r.Bars = append(r.Bars, bar{Name: name})
	return &r.Bars[len(r.Bars)-1]
}

func (r *report) add(total []int, words []string, numbers []int) {
	row := reportRow{Words: words}
	for i, n := range numbers {
		row.Cells = append(row.Cells, strconv.Itoa(n))
		total[i] += n
	}
	r.Rows = append(r.Rows, row)
}

func (r *report) finish(p page, total []int) {
	r.Total = []string{p.T("staff.head.sum")}
	for range len(r.Words) - 1 {
		r.Total = append(r.Total, "")
	}
	for _, n := range total {
		r.Total = append(r.Total, strconv.Itoa(n))
	}
	most := 1
	for _, b := range r.Bars {
		most = max(most, b.Count)
		r.Sum += b.Count
	}
	for i := range r.Bars {
		r.Bars[i].Width = r.Bars[i].Count * 100 / most
	}
}

func monthReport(p *reportsPage, counts []booking.TimeCount) report {
	r := report{Kind: byMonth, Words: []string{p.T("staff.head.month")}, Heads: []string{p.T("staff.head.booked")}}
	var sums [12]int
	for _, c := range counts {
		if month, err := strconv.Atoi(strings.TrimPrefix(c.Time, fmt.Sprintf("%04d-", p.Year))); err == nil && month >= 1 && month <= 12 {
			sums[month-1] += c.Count
		}
	}
	total, most := make([]int, 1), slices.Max(sums[:])
	for i, n := range sums {
		name := p.T("staff.month", "month", i+1)
		r.add(total, []string{name}, []int{n})
		r.Sum += n
		height := 0.0
		if most > 0 {
			height = 170 * float64(n) / float64(most)
		}
		x := 14 + 96*float64(i)
		r.Months = append(r.Months, column{X: x, Y: 200 - height, Width: 66, Height: height, Middle: x + 33, Label: 190 - height, Count: n, Month: name, Most: n == most && n > 0})
		if n == most && n > 0 && r.Peak == "" {
			r.Peak = p.T("staff.report.peak", "month", name, "count", p.N(n))
		}
	}
	r.Months[0].Year = p.T("staff.year", "year", p.Year, "roc", p.Year-1911)
	r.finish(p.page, total)
	r.Sum = total[0]
	return r
}

func (s *Staff) reportCSV(c *gin.Context, who account.Account) error {
	p, err := s.reportPage(c, who)
	if err != nil {
		return err
	}
	out, err := s.download(c, "report-"+p.Report.Kind, s.cfg.Now())
	if err != nil {
		return err
	}
	err = out.row(append(slices.Clone(p.Report.Words), p.Report.Heads...)...)
	for i := 0; err == nil && i < len(p.Report.Rows); i++ {
		err = out.row(append(slices.Clone(p.Report.Rows[i].Words), p.Report.Rows[i].Cells...)...)
	}
	if err == nil {
		err = out.row(p.Report.Total...)
	}
	if err != nil {
		return err
	}
	return out.close()
}
