package load

import (
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestQuantilesAreRightToAThousandth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Evenly over the powers of two, as latencies are.
		all := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) time.Duration {
			top := rapid.Int64Range(1, 31).Draw(t, "power")
			return time.Duration(rapid.Int64Range(1, min(1<<top, longest.Microseconds())).Draw(t, "µs")) * time.Microsecond
		}), 1, 300).Draw(t, "latencies")
		l := NewLatencies()
		for _, d := range all {
			l.Add(d)
		}
		slices.Sort(all)
		if l.Count() != len(all) {
			t.Fatalf("%d counted of %d", l.Count(), len(all))
		}
		near := func(q float64, want time.Duration) {
			if got := l.Quantile(q); math.Abs(float64(got-want)) > float64(want)/1000+1000 {
				t.Fatalf("quantile %g of %v is %s, not %s", q, all, got, want)
			}
		}
		near(1, all[len(all)-1])
		near(0, all[0])
		for rank := 1; rank <= len(all); rank += 1 + len(all)/7 {
			near(float64(rank)/float64(len(all)), all[rank-1])
		}
		last := time.Duration(0)
		for q := 0.0; q <= 1; q += 0.01 {
			if l.Quantile(q) < last {
				t.Fatalf("quantile %g is below the one before", q)
			}
			last = l.Quantile(q)
		}
		if l.Max() < last {
			t.Fatal("the longest is not the longest")
		}
	})
}

func TestWhatIsTooShortOrTooLongIsCountedAtTheEdge(t *testing.T) {
	l := NewLatencies()
	if l.Quantile(0.5) != 0 || l.Max() != 0 {
		t.Errorf("nothing counted: %s", l)
	}
	l.Add(-time.Second)
	l.Add(0)
	if got := l.Max(); got != time.Microsecond {
		t.Errorf("nothing at all took %s", got)
	}
	l.Add(30 * time.Hour)
	if got := l.Max(); got < longest || got > longest+longest/1000 {
		t.Errorf("a day took %s", got)
	}
}

func TestManyCountAtOnce(t *testing.T) {
	l := NewLatencies()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 1000 {
				l.Add(time.Duration(i+1) * time.Millisecond)
			}
		})
	}
	wg.Wait()
	if l.Count() != 8000 {
		t.Errorf("%d counted", l.Count())
	}
}
