package signin

import (
	"context"

	"fyne.io/fyne/v2"

	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/roster"
	"ezhitong.tw/kiosk/ui"
)

// Card takes what the reader saw while the page is in front; false: it waits for no
// card.
func (s *Staff) Card(ev cards.Event) bool {
	if s.form != cardForm || s.door.roster == nil || s.door.shut || s.door.offer != nil {
		return false
	}
	switch ev.Kind {
	case cards.Reading:
		s.why = ""
		s.draw()
	case cards.Unreadable:
		s.why = s.l.T(unreadable(ev.Problem))
		s.draw()
	case cards.Recognised:
		s.setCard("people.done.card", ev.Number.Reveal())
	default:
		return false
	}
	return true
}

// setCard makes a card theirs for whom the form waits; an empty number takes it away.
func (s *Staff) setCard(said, number string) {
	r, me, account := s.door.roster, s.door.me, s.account
	s.do(said, func(ctx context.Context) error { return r.SetCard(ctx, me.Account, account, number) }, nil)
}

// demand has a manager say whether a card needs the PIN too.
func (s *Staff) demand(both bool) {
	if both == s.both || s.door.roster == nil {
		return // it was drawn, not pressed
	}
	r, me := s.door.roster, s.door.me
	said := "people.done.alone"
	if both {
		said = "people.done.both"
	}
	s.do(said, func(ctx context.Context) error { return r.SetCardNeedsPIN(ctx, me.Account, both) }, nil)
}

// cardButton leads to the form that waits for a card.
func (s *Staff) cardButton(m roster.Member) fyne.CanvasObject {
	text := s.l.T("people.card")
	if m.Card {
		text = s.l.T("people.card.other")
	}
	return ui.NewButton(s.l, ui.ButtonSpec{Text: text, TextSize: s.l.Sizes.Smallest}, func() { s.said = ""; s.ask(cardForm, m.Account) })
}

// drawCard asks for a card.
func (s *Staff) drawCard(width float32) fyne.CanvasObject {
	l := s.l
	var parts []fyne.CanvasObject
	if s.why != "" {
		parts = append(parts, l.Note(ui.Notice, "alert", s.why, width-60))
	}
	parts = append(parts,
		l.Write(l.T("people.card.of", "account", s.account), l.Sizes.Text, true, l.Ink),
		l.Lines(l.T("people.card.hint"), l.Sizes.Smallest, false, l.Ink2, width-60))
	var row []fyne.CanvasObject
	for _, m := range s.members {
		if m.Account == s.account && m.Card {
			row = append(row, ui.NewButton(l, ui.ButtonSpec{Text: l.T("people.card.away")}, func() { s.setCard("people.done.card_away", "") }))
		}
	}
	row = append(row, ui.NewButton(l, ui.ButtonSpec{Text: l.T("people.cancel")}, func() { s.ask(noForm, "") }))
	return l.Panel(ui.Inset(18, 18, 18, 18, ui.Column(14, append(parts, ui.Row(12, row...))...)))
}
