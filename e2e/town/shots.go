package town

import (
	"context"
	"fmt"
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
