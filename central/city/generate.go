package city

import (
	"fmt"
	"math/rand/v2"

	assets "ezhitong.tw/assets/city"
	"ezhitong.tw/clinic"
)

// The size of Taichung in September 2022: 538 contract clinics with about 1,574 sessions a week.
const (
	taichungSites    = 538
	taichungSessions = 1574
)

// Generate makes a city of any number of contract clinics, as busy as Taichung's, for tests and load: the same seed,
// size and day give the same city. Districts, programmes and periods are Taichung's; from 29 sites on every district
// has one, in proportion more where Taichung has more. There are no health centres in it.
func Generate(seed uint64, sites int, today clinic.Date) (Profile, error) {
	if sites < 1 || sites > 29*9999 {
		return Profile{}, fmt.Errorf("generate a city: %d sites", sites)
	}
	p, real, templates, err := read(assets.Files)
	if err != nil {
		return Profile{}, fmt.Errorf("generate a city: %w", err)
	}
	for i := range p.Districts {
		p.Districts[i].HealthCentre = ""
	}
	g := generator{rand.New(rand.NewPCG(seed, 0x657a6869746f6e67)), p.Programmes}
	sessions := (sites*taichungSessions + taichungSites/2) / taichungSites
	made := make([]site, sites)
	for i := range made {
		d := i // one for each district, then as the real clinics lie
		if i >= len(p.Districts) {
			d = districtOf(p.Districts, real[g.IntN(len(real))].District)
		}
		n := sessions / sites
		if i < sessions%sites {
			n++
		}
		made[i] = g.site(i, d, p.Districts[d].Name, max(1, n))
	}
	if err := p.fill(made, templates, today); err != nil {
		return Profile{}, fmt.Errorf("generate a city: %w", err)
	}
	return p, nil
}

type generator struct {
	*rand.Rand
	programmes []clinic.Programme
}

// site makes a clinic with a number of sessions a week, each on one day.
func (g generator) site(serial, district int, name string, sessions int) site {
	heads := [...]string{"安康", "仁愛", "永春", "福田", "青松", "和平", "明德", "惠生", "康寧", "長春", "樂活", "欣欣", "同心", "晨光", "春田", "杏林", "大樹", "向陽"}
	fields := [...]string{"小兒科", "家庭醫學科", "內科", "耳鼻喉科", "婦產科", "骨科"}
	roads := [...]string{"中山路", "中正路", "民生路", "民權路", "復興路", "和平路", "自由路", "成功路"}
	s := site{Invented: true}
	s.Code = fmt.Sprintf("3599%02d%04d", district+1, serial%10000)
	s.Name = fmt.Sprintf("%s%s%s診所", heads[g.IntN(len(heads))], ordinal(serial), fields[g.IntN(len(fields))])
	s.Kind, s.District = "clinic", name
	s.Address = fmt.Sprintf("臺中市%s%s%d號", name, roads[g.IntN(len(roads))], 1+g.IntN(600))
	s.Phone = fmt.Sprintf("04-13%06d", serial)
	s.Hours = "週一至週五 8:30–12:00、14:00–17:00、18:30–21:00；週六 8:30–12:00"
	// Morning, afternoon or evening of Monday to Saturday, each taken once.
	for _, cell := range g.Perm(18)[:min(sessions, 18)] {
		from := clinic.TimeOfDay([...]int{8*60 + 30, 14 * 60, 18 * 60}[cell/6] + 30*g.IntN(2))
		s.Sessions = append(s.Sessions, session{
			Days: []int{cell%6 + 1}, From: from, Until: from + 120, Places: 10 + 5*g.IntN(5), Vaccines: g.vaccines(),
		})
	}
	s.Offers = offers(s.Sessions, g.programmes)
	return s
}

// vaccines draws one vaccine of each programme, and a second one of COVID-19, which has the most.
func (g generator) vaccines() []string {
	var codes []string
	for _, p := range g.programmes {
		order := g.Perm(len(p.Vaccines))
		for _, i := range order[:min(2, len(order))] {
			codes = append(codes, p.Vaccines[i].Code)
		}
	}
	return codes
}

// ordinal tells clinics of the same name apart: 甲, 乙 … 癸, 甲甲 ….
func ordinal(n int) string {
	stems := []rune("甲乙丙丁戊己庚辛壬癸")
	s := ""
	for n++; n > 0; n = (n - 1) / 10 {
		s = string(stems[(n-1)%10]) + s
	}
	return s
}

func districtOf(districts []District, name string) int {
	for i, d := range districts {
		if d.Name == name {
			return i
		}
	}
	return 0
}
