package fleet

import (
	"testing"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

func TestStatesFollowTheRules(t *testing.T) {
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, clinic.Taipei)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	good := Facts{Now: now, Open: true, Greeted: true, Version: syncproto.Oldest, Contact: ago(time.Second), Pulled: ago(time.Second), Moved: ago(time.Second), MaxSeq: 4, Acked: 4}
	for story, c := range map[string]struct {
		change func(*Facts)
		want   State
	}{
		"in contact and up to date":                      {func(*Facts) {}, Live},
		"in contact outside opening hours":               {func(f *Facts) { f.Open = false }, Live},
		"just under two minutes":                         {func(f *Facts) { f.Contact = ago(connected - 1) }, Live},
		"two minutes of silence":                         {func(f *Facts) { f.Contact = ago(connected) }, Lagging},
		"fifteen minutes of silence":                     {func(f *Facts) { f.Contact = ago(late) }, Lagging},
		"more than fifteen":                              {func(f *Facts) { f.Contact = ago(late + 1) }, Stale},
		"silent at night":                                {func(f *Facts) { f.Contact, f.Open = ago(time.Hour), false }, Quiet},
		"enrolled a minute ago":                          {func(f *Facts) { f.Greeted, f.Version, f.Contact = false, 0, ago(time.Minute) }, Live},
		"enrolled an hour ago and never seen":            {func(f *Facts) { f.Greeted, f.Version, f.Contact = false, 0, ago(time.Hour) }, Stale},
		"pending for a moment":                           {func(f *Facts) { f.MaxSeq, f.Oldest = 5, time.Second }, Live},
		"pending for two minutes":                        {func(f *Facts) { f.MaxSeq, f.Oldest = 5, connected }, Lagging},
		"pending and not moving for five minutes":        {func(f *Facts) { f.MaxSeq, f.Oldest, f.Moved = 5, 9*time.Minute, ago(stuckFor) }, Stuck},
		"its rows are not ours":                          {func(f *Facts) { f.Diverged = true }, Diverged},
		"its rows were not ours, and it is silent":       {func(f *Facts) { f.Diverged, f.Contact = true, ago(time.Hour) }, Stale},
		"an old event, but moving":                       {func(f *Facts) { f.MaxSeq, f.Oldest, f.Moved = 5, 9*time.Minute, ago(time.Minute) }, Lagging},
		"nothing pending, nothing moves":                 {func(f *Facts) { f.Moved = ago(time.Hour) }, Live},
		"pending, but out of contact is not stuck":       {func(f *Facts) { f.MaxSeq, f.Moved, f.Contact = 5, ago(time.Hour), ago(time.Hour) }, Stale},
		"behind since a moment":                          {func(f *Facts) { f.Behind = 10 }, Live},
		"behind since two minutes":                       {func(f *Facts) { f.Behind, f.Pulled = 10, ago(connected) }, Lagging},
		"not pulled for long, but nothing is new":        {func(f *Facts) { f.Pulled = ago(time.Hour) }, Live},
		"no common version":                              {func(f *Facts) { f.Version = 0 }, Upgrade},
		"no common version and stuck":                    {func(f *Facts) { f.Version, f.MaxSeq, f.Moved = 0, 5, ago(time.Hour) }, Upgrade},
		"fenced and without version":                     {func(f *Facts) { f.Fenced, f.Version = true, 0 }, Fenced},
		"revoked counts before everything":               {func(f *Facts) { f.Revoked, f.Fenced, f.Version = true, true, 0 }, Revoked},
		"contact from the future of a clock turned back": {func(f *Facts) { f.Contact = now.Add(time.Hour) }, Live},
	} {
		f := good
		c.change(&f)
		if got := StateOf(f); got != c.want {
			t.Errorf("%s: %s, want %s", story, got, c.want)
		}
	}
}
