package town

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"ezhitong.tw/clinic"
)

// Booked is what the result page told a citizen.
type Booked struct {
	Person  Holder
	Path    string // of the result page
	Booking clinic.ID
	Day     clinic.Date
}

// Book books the first free slot of a vaccine at the town's site through the five
// steps of the public pages, without JavaScript. Pictures are taken where a name
// is given.
func (t *Town) Book(ctx context.Context, p Holder, programme, vaccine, dose, pictures string) (Booked, error) {
	b, err := t.Browse(ctx, 1280, 1000, false)
	if err != nil {
		return Booked{}, err
	}
	defer b.Close()
	picture := func(step string) error {
		if pictures == "" {
			return nil
		}
		_, err := b.Picture(pictures + "-" + step)
		return err
	}
	if err := b.Open("/"); err != nil {
		return Booked{}, err
	}
	path := "/book/" + programme
	for _, s := range []struct{ picture, link string }{
		{"home", path},
		{"vaccine", path + "/" + vaccine},
		{"dose", path + "/" + vaccine + "/" + dose},
		{"district", "district=" + url.QueryEscape(t.Site.District)},
		{"site", "/" + t.Site.Code},
	} {
		if err := picture(s.picture); err != nil {
			return Booked{}, err
		}
		if strings.HasPrefix(b.path(), s.link+"/") {
			continue // where there is one choice only, the page takes it by itself
		}
		if err := b.Follow(fmt.Sprintf("main a[href*=%q]", s.link)); err != nil {
			return Booked{}, err
		}
	}
	if err := picture("slot"); err != nil {
		return Booked{}, err
	}
	if err := b.Follow("button.s:not(.sel)"); err != nil {
		return Booked{}, err
	}
	slot := b.path()[strings.LastIndexByte(b.path(), '/')+1:]
	if err := fillPerson(b, p); err != nil {
		return Booked{}, err
	}
	if err := picture("person"); err != nil {
		return Booked{}, err
	}
	if err := b.Follow("main form button.p"); err != nil {
		return Booked{}, err
	}
	if err := picture("result"); err != nil {
		return Booked{}, err
	}
	return t.booked(b, p, slot)
}

func fillPerson(b *Browser, p Holder) error {
	for _, f := range [][2]string{{"id", p.ID}, {"name", p.Name}, {"mobile", "0912345678"}} {
		if err := b.Fill(f[0], f[1]); err != nil {
			return err
		}
	}
	born, err := clinic.ParseDate(p.Birth)
	if err != nil {
		return err
	}
	for name, n := range map[string]int{"year": born.Year, "month": int(born.Month), "day": born.Day} {
		if err := b.Fill(name, fmt.Sprint(n)); err != nil {
			return err
		}
	}
	for _, box := range []string{"c1", "c2", "c3"} {
		if err := b.Tick(box); err != nil {
			return err
		}
	}
	return nil
}

func (t *Town) booked(b *Browser, p Holder, slot string) (Booked, error) {
	path := b.path()
	id, ok := strings.CutPrefix(path, "/booking/")
	if !ok {
		text, err := b.Text("main")
		return Booked{}, fmt.Errorf("no booking was made, the page %s says: %s (%v)", path, text, err)
	}
	booking, err := clinic.ParseID(id)
	if err != nil {
		return Booked{}, fmt.Errorf("the result page is %s: %w", path, err)
	}
	text, err := b.Text("main")
	if err != nil {
		return Booked{}, err
	}
	if strings.Contains(text, p.Name) || !strings.Contains(text, clinic.NewName(p.Name).String()) {
		return Booked{}, fmt.Errorf("the result page does not show the masked name %s", clinic.NewName(p.Name))
	}
	day, ok := t.days[slot]
	if !ok {
		return Booked{}, fmt.Errorf("the city has no slot %s", slot)
	}
	return Booked{Person: p, Path: path, Booking: booking, Day: day}, nil
}
