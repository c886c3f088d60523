package town

import (
	"fmt"
	"time"

	assets "ezhitong.tw/assets/city"
	"ezhitong.tw/central/city"
	"ezhitong.tw/clinic"
)

// Holder is an invented person with an NHI card.
type Holder = assets.Person

// defaultSite is 綠川小兒科診所, an invented clinic that offers influenza and
// COVID-19 every weekday.
const defaultSite = "3566010001"

// synced is how long devices may take to be up to date after a start.
const synced = 60 * time.Second

func now() time.Time { return time.Now() }

// profile reads who lives in the town and the site its devices stand in.
func (t *Town) profile() error {
	if t.Site.Code == "" {
		t.Site.Code = defaultSite
	}
	var err error
	if t.people, err = assets.People(); err != nil {
		return err
	}
	p, err := city.Load(clinic.DateOf(now()))
	if err != nil {
		return err
	}
	for _, s := range p.Slots {
		t.days[s.ID.String()] = s.Date
		if s.Site == t.Site.Code {
			t.slots = append(t.slots, s)
		}
	}
	for _, s := range p.Sites {
		if s.Code == t.Site.Code {
			t.Site = s
			return nil
		}
	}
	return fmt.Errorf("沒有代碼 %s 的接種站 / the city has no site %s", t.Site.Code, t.Site.Code)
}

// person finds one of the town's people by ID number.
func (t *Town) person(id string) (Holder, error) {
	for _, p := range t.people {
		if p.ID == id {
			return p, nil
		}
	}
	return Holder{}, fmt.Errorf("nobody in the town has the number %s", id)
}
