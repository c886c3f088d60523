package desk

import (
	"context"
	"strings"
	"testing"

	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
	"ezhitong.tw/kiosk/ui/golden"
)

func TestTheFeedReachesTheScreen(t *testing.T) {
	c := &fakeCounter{entries: aMorning()}
	s, _, log := aScreen(t, golden.Light(), c)
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
	c.entries = append(c.entries, someone(40, "新來的", "16:00", "流感", ""))
	changed <- struct{}{}
	links <- reception.Link{State: reception.LinkOffline, Pending: 2}
	events <- cards.Event{Kind: cards.Recognised, Person: c.entries[3].Booking.Person}
	close(events)
	for range 40 { // the end of the cards is ready at each of these turns, and taken at one of them
		changed <- struct{}{}
	}
	links <- reception.Link{State: reception.LinkOffline, Pending: 3}
	close(links)
	changed <- struct{}{}
	close(changed)
	cancel()
	<-ended
	says(t, s, "清水診所", "新○的", "離線中，3 筆待上傳", "王小明", "可以報到", "沒有讀卡機")
	if !strings.Contains(log.String(), "finding=ready") {
		t.Errorf("the log does not tell:\n%s", log)
	}
}
