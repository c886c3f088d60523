package selfservice

import (
	"context"
	"testing"

	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
)

func TestTheFeedReachesTheScreen(t *testing.T) {
	c := &fakeCounter{entries: aMorning()}
	s, _, _ := aScreen(t, landscape, Feed{Counter: c})
	events, links, changed := make(chan cards.Event), make(chan reception.Link), make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Run(ctx, Feed{
			Counter: c, Feed: ui.Feed{Cards: events, Links: links, Changed: changed},
			Site: func(context.Context) (string, error) { return "清水診所", nil },
		})
	}()
	// What is received has been handled by the time the next thing is received.
	links <- reception.Link{}
	c.entries = append(c.entries, arrived(someone(40, "新來的", "16:00", "流感", ""), "A020"))
	changed <- struct{}{}
	links <- reception.Link{State: reception.LinkLive}
	events <- cards.Event{Kind: cards.Recognised, Person: c.entries[2].Booking.Person}
	links <- reception.Link{State: reception.LinkOffline}
	cancel()
	<-ended
	says(t, s, "清水診所", "王○明，您好", "3 位")
}

func TestAMachineWithoutAReaderIsClosed(t *testing.T) {
	s, _, _ := aScreen(t, landscape, Feed{Counter: &fakeCounter{}})
	events, links := make(chan cards.Event), make(chan reception.Link)
	close(events)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Run(ctx, Feed{
			Counter: &fakeCounter{}, Feed: ui.Feed{Cards: events, Links: links},
			Site: func(context.Context) (string, error) { return "", nil },
		})
	}()
	for s := range 50 { // the closed channel is found among the others soon
		links <- reception.Link{State: reception.LinkLive, Pending: s}
	}
	cancel()
	<-ended
	says(t, s, "請到櫃檯報到", "讀卡機沒有接上")
}
