package main

import (
	"fmt"
	"strings"
	"time"
)

// tally counts what one or more worlds did.
type tally struct {
	worlds   int
	faults   [faults]int
	checks   int
	messages int
	events   int // at the devices, on their disks
	passed   int // events that devices heard of each other
	handed   int // times that a device took central's rows from another one
	lies     int // times that it was to believe what central never said
	standby  int // things said to people who wait
	decided  int // events that central doubted, and on which a desk decided
	online   int // bookings, moves, cancellations, days closed
}

func newTally() *tally { return &tally{} }

func (t *tally) add(o *tally) {
	t.worlds += o.worlds
	for f := range o.faults {
		t.faults[f] += o.faults[f]
	}
	t.checks += o.checks
	t.messages += o.messages
	t.events += o.events
	t.online += o.online
	t.passed += o.passed
	t.handed += o.handed
	t.lies += o.lies
	t.decided += o.decided
	t.standby += o.standby
}

// report tells the counts in lines. took is how long it was, and busy how much of
// the processors' time it cost, which other work on the machine hardly changes; both
// are 0 where speed says nothing.
func (t *tally) report(took, busy time.Duration) string {
	var b strings.Builder
	if took > 0 {
		fmt.Fprintf(&b, "%d 座城，%.1f 秒，每秒 %.1f 座，每座處理器 %.3f 秒 / worlds, seconds, worlds a second, seconds of a processor a world\n",
			t.worlds, took.Seconds(), float64(t.worlds)/took.Seconds(), busy.Seconds()/float64(t.worlds))
	}
	fmt.Fprintf(&b, "%d 則訊息，櫃檯 %d 件事，院內互告 %d 件，線上 %d 件事 / messages, events at devices, heard of each other, deeds online\n", t.messages, t.events, t.passed, t.online)
	fmt.Fprintf(&b, "名單轉交 %d 次，識破 %d 次謊 / lists handed over, lies seen through\n", t.handed, t.lies)
	fmt.Fprintf(&b, "櫃檯裁定 %d 筆存疑紀錄，向候補的人說 %d 次 / doubts that desks decided on, things said to who waits\n", t.decided, t.standby)
	fmt.Fprintf(&b, "查核 %d 次 / promises checked\n", t.checks)
	sum := 0
	for f, n := range t.faults {
		fmt.Fprintf(&b, "  %-28s %8d\n", fault(f), n)
		sum += n
	}
	fmt.Fprintf(&b, "共 %d 次故障 / faults injected\n", sum)
	return b.String()
}
