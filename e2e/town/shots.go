package town

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Shots takes the pictures of the manual from the running programs.
func (t *Town) Shots(ctx context.Context) error {
	if err := t.Demo(ctx); err != nil {
		return err
	}
	o, err := t.enter(ctx)
	if err != nil {
		return err
	}
	defer o.Close()
	for _, p := range []struct{ path, name string }{
		{"/staff/monitor", "staff-monitor"},
		{"/staff/capacity", "staff-capacity"},
		{"/staff/reports", "staff-reports"},
		{"/vacancies", "public-vacancies"},
		{"/sites", "public-sites"},
		{"/lookup", "public-lookup"},
	} {
		if err := o.Open(p.path); err != nil {
			return err
		}
		if _, err := o.Picture(p.name); err != nil {
			return fmt.Errorf("picture of %s: %w", p.path, err)
		}
	}
	return nil
}

// Pages takes the pictures of the manuals from a kiosk and a front desk that have a
// day's list and no central.
func (t *Town) Pages(ctx context.Context) error {
	if err := t.kioskPages(ctx); err != nil {
		return err
	}
	return t.deskPages(ctx)
}

// album takes pictures of a program.
type album struct {
	t *Town
	p *Process
	d *Display
}

// shot does something and takes a picture of what then stands there; a finding is
// waited for, where there is one.
func (a album) shot(ctx context.Context, name, finding string, act func() error) error {
	mark := a.p.Mark()
	if err := act(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if finding != "" {
		if _, err := a.p.Expect(ctx, mark, 10*time.Second, "msg=shown", "finding="+finding); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	pause(ctx, time.Second) // the window draws
	_, err := a.t.Picture(ctx, a.d, name)
	return err
}

func (t *Town) kioskPages(ctx context.Context) error {
	codes, err := t.Fill(ctx, "kiosk", 40)
	if err != nil {
		return err
	}
	p, _, err := t.StartAlone(ctx, "kiosk")
	if err != nil {
		return err
	}
	d, err := t.Screen(ctx, "kiosk")
	if err != nil {
		return err
	}
	album := album{t, p, d}
	touch := func(x, y float64) func() error { return func() error { return d.Click(ctx, x, y) } }
	for _, s := range []struct {
		name, finding string
		act           func() error
	}{
		{"kiosk-home", "", func() error { pause(ctx, 2*time.Second); return nil }}, // the list is read
		{"kiosk-insert", "insert", touch(0.76, 0.73)},
		{"kiosk-help", "help", touch(0.75, 0.93)},
		{"kiosk-number", "arrived", func() error {
			if err := t.Ready(ctx, d); err != nil {
				return err
			}
			_, _, _, err := t.Visit(ctx, d, codes[0])
			return err
		}},
		{"kiosk-home-vi", "", func() error {
			if _, err := p.Expect(ctx, p.Mark(), 20*time.Second, "msg=shown", "finding=home"); err != nil {
				return err
			}
			return d.Click(ctx, 0.83, 0.93)
		}},
		{"kiosk-home-contrast", "", touch(0.91, 0.06)},
	} {
		if err := album.shot(ctx, s.name, s.finding, s.act); err != nil {
			return err
		}
	}
	return nil
}

// deskPages turns the pages of a desk at which some people have arrived.
func (t *Town) deskPages(ctx context.Context) error {
	const arrived = 6
	codes, err := t.Fill(ctx, "desk", 40)
	if err != nil {
		return err
	}
	if err := errors.Join(t.Deliver(ctx, "desk", "FL2601", "flu", 20, 10), t.Deliver(ctx, "desk", "FL2588", "flu", 3, 1)); err != nil {
		return err
	}
	p, _, err := t.StartAlone(ctx, "desk")
	if err != nil {
		return err
	}
	d, err := t.Screen(ctx, "desk")
	if err != nil {
		return err
	}
	album := album{t, p, d}
	for _, code := range codes[:arrived] {
		mark, err := greeted(ctx, p, d, code)
		if err != nil {
			return err
		}
		err = until(ctx, 10*time.Second, "an arrival", func() error { // a key so soon after a code is the scanner's
			if err := d.Key(ctx, "Return"); err != nil {
				return err
			}
			_, err := p.Expect(ctx, mark, time.Second, `msg="checked in"`)
			return err
		})
		if err != nil {
			return err
		}
	}
	press := func(keys ...string) func() error {
		return func() error {
			for _, k := range keys {
				if err := d.Key(ctx, k); err != nil {
					return err
				}
			}
			return nil
		}
	}
	for _, s := range []struct {
		name string
		act  func() error
	}{
		{"desk-list", press("Escape")},
		{"desk-walkin", press("F2")},
		{"desk-queue", press("F3", "Return")},
		{"desk-chairs", press("F4")},
		{"desk-dose", press("Return")},
		{"desk-deferral", press("F10")},
		{"desk-stock", press("Escape", "Escape", "F6")},
		{"desk-closing", press("F7")},
		{"desk-check", press("F8")},
		{"desk-people", press("F9")},
	} {
		if err := album.shot(ctx, s.name, "", s.act); err != nil {
			return err
		}
	}
	return nil
}
