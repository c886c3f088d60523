package town

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/chromedp/chromedp"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/clinic"
)

// office is a browser in which a member of staff is logged in.
type office struct{ *Browser }

// enter logs in at the staff door.
func (t *Town) enter(ctx context.Context) (office, error) {
	b, err := t.Browse(ctx, 1440, 1000, false)
	if err != nil {
		return office{}, err
	}
	o := office{b}
	if err := o.login(); err != nil {
		b.Close()
		return office{}, fmt.Errorf("log in: %w", err)
	}
	return o, nil
}

func (o office) login() error {
	if err := o.Open("/staff/login"); err != nil {
		return err
	}
	if err := o.Fill("name", o.t.Login.Account); err != nil {
		return err
	}
	if err := o.Fill("password", o.t.Login.Password); err != nil {
		return err
	}
	return o.Follow("main button.p")
}

// table reads the first table of a page: a row is its texts by column.
func (o office) table(path string) ([]map[string]string, error) {
	if err := o.Open(path); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(o.tab, step)
	defer cancel()
	cells, err := chromedp.Run(ctx, chromedp.Evaluate[[][]string](
		`[...document.querySelectorAll('main table tr')].map(r => [...r.cells].map(c => c.innerText.trim()))`))
	if err != nil {
		return nil, fmt.Errorf("read the table of %s: %w", path, err)
	}
	var rows []map[string]string
	for i, c := range cells {
		if i == 0 || len(c) != len(cells[0]) {
			continue // the heads, or a line that spans the columns
		}
		row := make(map[string]string, len(c))
		for j, head := range cells[0] {
			row[head] = c[j]
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// deviceRow is a line of the monitor.
type deviceRow struct {
	label, state    string
	pending, behind int
}

func word(key string) string { return i18n.T(clinic.DefaultLocale, key, nil) }

// onMonitor looks at central's monitor until it shows what is wanted.
func (t *Town) onMonitor(ctx context.Context, want func([]deviceRow) error) error {
	o, err := t.enter(ctx)
	if err != nil {
		return err
	}
	defer o.Close()
	return until(ctx, synced, "the monitor", func() error {
		table, err := o.table("/staff/monitor?q=" + t.Site.Code)
		if err != nil {
			return err
		}
		var rows []deviceRow
		for _, line := range table {
			row := deviceRow{label: line[word("staff.head.device")], state: line[word("staff.head.state")]}
			for _, s := range []string{"live", "lagging", "quiet", "stale", "stuck", "diverged", "fenced", "revoked", "upgrade"} {
				if strings.Contains(row.state, word("staff.state."+s)) {
					row.state = s
				}
			}
			var errPending, errBehind error
			row.pending, errPending = figure(line[word("staff.head.pending")])
			row.behind, errBehind = figure(line[word("staff.head.behind")])
			if err := errors.Join(errPending, errBehind); err != nil {
				return fmt.Errorf("%s: %w", row.label, err)
			}
			rows = append(rows, row)
		}
		if len(rows) == 0 {
			return fmt.Errorf("it shows no device")
		}
		return want(rows)
	})
}

// UpToDate waits until central's monitor shows every device live and counts nothing left
// to bring to any.
func (t *Town) UpToDate(ctx context.Context) error {
	return t.onMonitor(ctx, func(rows []deviceRow) error {
		for _, r := range rows {
			if r.behind != 0 || r.state != "live" {
				return fmt.Errorf("%s is %s, %d rows behind", r.label, r.state, r.behind)
			}
		}
		return nil
	})
}

// Inbox gives what the page of events that count and that people should look at says.
func (t *Town) Inbox(ctx context.Context) (string, error) {
	o, err := t.enter(ctx)
	if err != nil {
		return "", err
	}
	defer o.Close()
	if err := o.Open("/staff/review?show=flagged"); err != nil {
		return "", err
	}
	if _, err := o.Picture("staff-review"); err != nil {
		return "", err
	}
	return o.Text("main")
}

// figure reads a number of the monitor; 「—」 is none.
func figure(s string) (int, error) {
	if s == "—" {
		return 0, nil
	}
	return strconv.Atoi(strings.ReplaceAll(s, ",", ""))
}

// arrivalRow is a line of the booking list.
type arrivalRow struct{ name, state string }

// bookingsAtCentral reads central's booking list of the town's site and a day.
func (t *Town) bookingsAtCentral(ctx context.Context, day clinic.Date) ([]arrivalRow, error) {
	o, err := t.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer o.Close()
	table, err := o.table("/staff/bookings?site=" + t.Site.Code + "&date=" + day.String())
	if err != nil {
		return nil, err
	}
	var rows []arrivalRow
	for _, line := range table {
		row := arrivalRow{name: line[word("staff.head.name")], state: line[word("staff.head.state")]}
		if strings.Contains(row.state, word("attendance.arrived")) {
			row.state = "arrived"
		}
		rows = append(rows, row)
	}
	if _, err := o.Picture("staff-bookings"); err != nil {
		return nil, err
	}
	return rows, nil
}
