package selfservice

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
)

func (v *view) home() (body, foot fyne.CanvasObject) {
	l, m := v.l, &v.s.m
	foot = v.foot(v.languages())
	if m.scanOnly() {
		code := container.NewCenter(ui.Image(ui.Icon("qr", l.Accent), v.height(420, 160)))
		told := v.text(v.title(l.T("kiosk.scan_only")), v.lead(l.T("kiosk.scan_only.lead")))
		return v.halves(told, ui.Column(l.Sizes.Gap, code, v.say(ui.Info, "people", l.Lines(l.T("kiosk.scan_only.desk"), l.Sizes.Text, true, l.Ink, v.column()-160)))), foot
	}
	if m.Closed() {
		why, args := "kiosk.closed.starting", []string(nil)
		switch {
		case m.Link.State == reception.LinkRevoked:
			why = "kiosk.closed.revoked"
		case m.Link.State == reception.LinkLocked:
			why = "kiosk.closed.locked"
		case m.Lost && m.Ready && m.Scanner == ScannerUnknown:
			why = "kiosk.closed.reader.scan"
		case m.Lost:
			why = "kiosk.closed.reader"
		case m.Notice != "" && i18n.Has(m.Locale, m.Notice): // for staff, who need not speak every language of the visitors
			why, args = m.Notice, m.NoticeArgs
		}
		return v.halves(v.text(v.title(l.T("kiosk.closed")), v.lead(l.T(why, args...))),
			v.say(ui.Notice, "people", l.Lines(l.T("kiosk.desk"), l.Sizes.Text, true, l.Ink, v.column()-160))), foot
	}
	pad := v.height(30, 24)
	hero := container.NewStack(canvas.NewRectangle(l.Accent),
		ui.Inset(pad, pad, l.Sizes.Margin, l.Sizes.Margin, ui.Middle(ui.Column(l.Sizes.Gap,
			l.Lines(l.T("kiosk.hero"), l.Sizes.Hero, true, l.On, 4000),
			l.Lines(l.T("kiosk.hero.lead"), l.Sizes.Second, false, l.On, v.posterWidth()), ui.Column(0, v.period(), v.hours())))))
	start := ui.NewButton(l, ui.ButtonSpec{
		Text: l.T("kiosk.start"), Icon: "next", IconAfter: true, Kind: ui.Primary, TextSize: l.Sizes.Second,
	}, func() { v.s.press(just(m.Start)) })
	steps := ui.Column(l.Sizes.Gap, v.card(170), v.news(), start)
	if v.portrait() {
		return ui.Frame(hero, nil, nil, nil, ui.Inset(36, 36, l.Sizes.Margin, l.Sizes.Margin,
			ui.Frame(nil, ui.Column(l.Sizes.Gap, v.news(), start), nil, nil, v.card(160)))), foot
	}
	return ui.Pages(0, hero, ui.Inset(20, 20, narrow, narrow, ui.Middle(steps))), foot
}

// narrow is the margin beside what is given today, on a lying screen.
const narrow = 24

// posterWidth is how wide the lines of the first page are at most.
func (v *view) posterWidth() float32 {
	if v.portrait() {
		return v.column()
	}
	return v.size.Width/2 - 2*v.l.Sizes.Margin
}

// turn is which of several periods is shown: another one each minute.
func (v *view) turn() int { return v.s.cfg.Now().Minute() % max(1, len(v.s.m.News.Periods)) }

// period names a round that is under way, and its days. The name stands alone on its
// line: it may be in another language than the days.
func (v *view) period() fyne.CanvasObject {
	l, periods := v.l, v.s.m.News.Periods
	if len(periods) == 0 {
		return ui.Strut(0, 0)
	}
	p, width := periods[v.turn()], v.posterWidth()
	days := l.T("kiosk.period.days", "first", p.First.String(), "last", p.Last.String())
	if p.First == p.Last {
		days = l.T("kiosk.period.day", "day", p.First.String())
	}
	return ui.Column(0, l.Write(ui.Fit(p.Label.In(l.Locale), l.Sizes.Text, true, width), l.Sizes.Text, true, l.On),
		l.Write(ui.Fit(days, l.Sizes.Text, false, width), l.Sizes.Text, false, l.On))
}

// hours says on which day and until when vaccine is given here.
func (v *view) hours() fyne.CanvasObject {
	l, n := v.l, v.s.m.News
	if n.Until == 0 {
		return ui.Strut(0, 0)
	}
	return l.Write(l.T("kiosk.hours", "day", v.s.today.String(), "from", n.From.String(), "until", n.Until.String()), l.Sizes.Text, true, l.On)
}

// news says what is given today, what to bring for it and how many wait.
func (v *view) news() fyne.CanvasObject {
	l, m := v.l, &v.s.m
	waiting := l.Write(l.T("kiosk.today.waiting", "count", strconv.Itoa(m.News.Waiting)), l.Sizes.Text, false, l.Ink)
	if len(m.News.Vaccines) == 0 {
		return v.say(ui.Info, "people", waiting)
	}
	icon, width := v.newsRoom()
	lines := []fyne.CanvasObject{l.Write(v.givenToday(width), l.Sizes.Text, true, l.Ink)}
	for _, line := range v.bring(width) {
		lines = append(lines, l.Write(line, l.Sizes.Text, false, l.Ink))
	}
	return v.say(ui.Info, icon, append(lines, waiting)...)
}

// newsRoom gives the icon beside the news, and how wide their lines are at most. On a
// lying screen words need all the room.
func (v *view) newsRoom() (icon string, width float32) {
	s := v.l.Sizes
	if v.portrait() {
		return "syringe", v.column() - s.Icon*1.17 - s.Inset*2.8
	}
	return "", v.size.Width/2 - 2*narrow - 2*s.Inset
}

// bring says what to bring: as many things as a line holds, or the first one in two.
func (v *view) bring(width float32) []string {
	l, things := v.l, in(v.l.Locale, v.s.m.News.Bring)
	measure := func(s string) float32 { return ui.Width(s, l.Sizes.Text, false) }
	line := ""
	for n := range things {
		more := l.T("kiosk.bring", "things", strings.Join(things[:n+1], l.T("kiosk.bring.join")))
		if n > 0 && measure(more) > width {
			break
		}
		line = more
	}
	if line == "" {
		return nil
	}
	lines := ui.Break(line, width, measure)
	if len(lines) > 2 {
		lines = []string{lines[0], ui.Fit(strings.Join(lines[1:], " "), l.Sizes.Text, false, width)}
	}
	return lines
}

// card is the picture of the card on its way; it makes room for a second line of bring.
func (v *view) card(height float32) fyne.CanvasObject {
	if _, width := v.newsRoom(); len(v.bring(width)) > 1 {
		height -= v.l.Write("0", v.l.Sizes.Text, false, v.l.Ink).MinSize().Height
	}
	return v.picture("card-go", "", height)
}

// in gives texts in a language.
func in(locale string, texts []clinic.Text) (out []string) {
	for _, t := range texts {
		out = append(out, t.In(locale))
	}
	return out
}

// givenToday names as many vaccines as fit into a line.
func (v *view) givenToday(width float32) string {
	l, vaccines := v.l, in(v.l.Locale, v.s.m.News.Vaccines)
	line := ""
	for n := len(vaccines); n > 0; n-- {
		key := "kiosk.today"
		if n < len(vaccines) {
			key = "kiosk.today.more"
		}
		line = l.T(key, "vaccines", strings.Join(vaccines[:n], l.T("kiosk.today.join")))
		if ui.Width(line, l.Sizes.Text, true) <= width {
			return line
		}
	}
	return ui.Fit(line, l.Sizes.Text, true, width)
}
