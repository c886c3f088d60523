package town

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/google/uuid"

	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/clock"
	"ezhitong.tw/kiosk/station"
)

// Citizens book over central's API (docs/api.md), many at a time.

// Session gives an influenza session of the town's site, some days ahead, so that it can
// still be cancelled.
func (t *Town) Session() (clinic.Slot, error) {
	from := clinic.DateOf(now()).AddDays(3)
	for _, s := range t.slots {
		if s.Vaccine == "influenza" && !s.Date.Before(from) {
			return s, nil
		}
	}
	return clinic.Slot{}, fmt.Errorf("%s has no influenza session from %s on", t.Site.Name, from)
}

// Asked is a citizen's booking, or their place on a standby list.
type Asked struct {
	ID     clinic.ID
	Person clinic.Person
}

// Ask books a place of a slot for an invented resident, or with standby a place on its
// list.
func (t *Town) Ask(ctx context.Context, s clinic.Slot, resident int, standby bool) (Asked, error) {
	a := Asked{clinic.ID(uuid.Must(uuid.NewV7())), elder(resident)}
	to := "/bookings"
	if standby {
		to = "/standby"
	}
	return a, t.post(ctx, to, map[string]any{
		"id": a.ID.String(), "slot": s.ID.String(), "dose": "single", "id_number": a.Person.ID.Reveal(), "name": a.Person.Name.Reveal(),
		"birth": a.Person.Birth.Reveal().String(), "mobile": "0912345678", "consents": []bool{true, true, true},
	})
}

// Cancel gives a booking up.
func (t *Town) Cancel(ctx context.Context, a Asked) error {
	return t.post(ctx, "/bookings/"+a.ID.String()+"/cancel", map[string]any{"id_number": a.Person.ID.Reveal(), "birth": a.Person.Birth.Reveal().String()})
}

// Stands tells whether somebody has a booking of this id that stands.
func (t *Town) Stands(ctx context.Context, a Asked) (bool, error) {
	status, text, err := t.send(ctx, "/bookings/lookup", map[string]any{"id_number": a.Person.ID.Reveal(), "birth": a.Person.Birth.Reveal().String()})
	if err != nil || status == http.StatusNotFound {
		return false, err
	}
	var found []struct {
		ID        clinic.ID  `json:"id"`
		Cancelled *time.Time `json:"cancelled"`
	}
	if err := json.Unmarshal(text, &found); err != nil {
		return false, fmt.Errorf("look up a booking: %w: %s", err, text)
	}
	for _, b := range found {
		if b.ID == a.ID && b.Cancelled == nil {
			return true, nil
		}
	}
	return false, nil
}

// elder is an invented resident who may have influenza vaccine by their age.
func elder(n int) clinic.Person {
	p := resident(n)
	p.Birth = clinic.NewBirth(clinic.Date{Year: 1942, Month: time.March, Day: 1}.AddDays(n * 67 % 6000))
	return p
}

func (t *Town) post(ctx context.Context, path string, body any) error {
	status, text, err := t.send(ctx, path, body)
	if err == nil && status/100 != 2 {
		err = fmt.Errorf("%s: %d %s", path, status, text)
	}
	return err
}

func (t *Town) send(ctx context.Context, path string, body any) (status int, answer []byte, err error) {
	text, err := json.Marshal(body)
	if err != nil {
		return 0, nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.Address+"/api/v1"+path, bytes.NewReader(text))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	got, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = got.Body.Close() }() // read to its end
	answer, err = io.ReadAll(got.Body)
	return got.StatusCode, answer, err
}

// OpenVial notes on a device that does not run that a vial for so many people was received
// and opened, at the town's time.
func (t *Town) OpenVial(ctx context.Context, device, lot string, s clinic.Slot, doses int) (err error) {
	shifted, err := clock.Shifted(t.path("clock"), nowhere)
	if err != nil {
		return err
	}
	d, err := station.Open(ctx, station.Options{
		Data: t.path(device), Keys: station.Keys{Place: station.InFile}, Staff: "N001", Build: "town", Clock: shifted, Log: nowhere,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := d.Counter.Receive(ctx, lot, s.Vaccine, s.Date.AddDays(60), 1, doses); err != nil {
		return err
	}
	return d.Counter.OpenVial(ctx, lot)
}
