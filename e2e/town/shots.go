package town

import (
	"context"
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

// Pages takes the pictures of the kiosk's manual, from a kiosk that has a day's
// list and no central.
func (t *Town) Pages(ctx context.Context) error {
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
	shot := func(name, finding string, act func() error) error {
		mark := p.Mark()
		if err := act(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if finding != "" {
			if _, err := p.Expect(ctx, mark, 10*time.Second, "msg=shown", "finding="+finding); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		pause(ctx, time.Second) // the window draws
		_, err := t.Picture(ctx, d, name)
		return err
	}
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
		if err := shot(s.name, s.finding, s.act); err != nil {
			return err
		}
	}
	return nil
}
