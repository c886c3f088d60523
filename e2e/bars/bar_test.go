package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func finds(f finding, err error) func(context.Context, *bench) (finding, error) {
	return func(context.Context, *bench) (finding, error) { return f, err }
}

func line(t *testing.T, b bar) (string, bool) {
	t.Helper()
	v := judge(t.Context(), b, &bench{})
	return v.String(), v.failed()
}

func TestEachBarIsOneLineAndOnlyWhatWasExpectedFails(t *testing.T) {
	ratio, most := atLeast(0.45, ""), atMost(10, "ms")
	for story, c := range map[string]struct {
		bar  bar
		want string
		fail bool
	}{
		"kept":                  {bar{ID: "R1", Mark: ratio, run: finds(finding{Value: 0.52}, nil)}, "R1 0.52 bar 0.45 ok", false},
		"missed":                {bar{ID: "R1", Mark: ratio, run: finds(finding{Value: 0.41}, nil)}, "R1 0.41 bar 0.45 MISSED", true},
		"missed by a hair":      {bar{ID: "R1", Mark: ratio, run: finds(finding{Value: 0.4499}, nil)}, "R1 0.44 bar 0.45 MISSED", true},
		"exactly":               {bar{ID: "R1", Mark: ratio, run: finds(finding{Value: 0.45}, nil)}, "R1 0.45 bar 0.45 ok", false},
		"quick enough":          {bar{ID: "A2", Mark: most, run: finds(finding{Value: 3.6}, nil)}, "A2 3.60 ms bar 10 ms ok", false},
		"too slow by a hair":    {bar{ID: "A2", Mark: most, run: finds(finding{Value: 10.001}, nil)}, "A2 10.01 ms bar 10 ms MISSED", true},
		"too slow, all of it":   {bar{ID: "A2", Mark: most, run: finds(finding{Value: 40, Unquiet: "hello itself was slow"}, nil)}, "A2 40 ms bar 10 ms not judged: hello itself was slow", false},
		"quick though all slow": {bar{ID: "A2", Mark: most, run: finds(finding{Value: 9, Unquiet: "hello itself was slow"}, nil)}, "A2 9 ms bar 10 ms ok", false},
		"not there yet":         {bar{ID: "R5a", Mark: ratio, Awaits: "no PostgreSQL"}, "R5a not run: no PostgreSQL", false},
		"could not run":         {bar{ID: "R6a", Mark: ratio, run: finds(finding{}, errors.New("the peer did not build"))}, "R6a not run: the peer did not build", true},
		"with something said":   {bar{ID: "A1", Mark: atMost(0, ""), run: finds(finding{Notes: []string{"20 times killed", "200 booked"}}, nil)}, "A1 0 bar 0 ok  — 20 times killed, 200 booked", false},
	} {
		t.Run(story, func(t *testing.T) {
			if got, failed := line(t, c.bar); got != c.want || failed != c.fail {
				t.Errorf("%q, failed %v; want %q, %v", got, failed, c.want, c.fail)
			}
		})
	}
}

func TestABarThatTheTimeRanOutForSaysSo(t *testing.T) {
	ctx, cancel := context.WithTimeoutCause(t.Context(), time.Nanosecond, errors.New("6m0s are over"))
	defer cancel()
	<-ctx.Done()
	v := judge(ctx, bar{ID: "A3", run: finds(finding{}, ctx.Err())}, &bench{})
	if got := v.String(); got != "A3 not run: 6m0s are over" || !v.failed() {
		t.Errorf("%q, failed %v", got, v.failed())
	}
}

func TestOneDisturbedPairDoesNotDecide(t *testing.T) {
	f := ofPairs([]pair{{Ratio: 0.5}, {Ratio: 9}, {Ratio: 0.52}, {Ratio: 0.51}, {Ratio: 0.01}})
	if f.Value != 0.51 {
		t.Errorf("the median is %v", f.Value)
	}
	if m := median([]float64{1, 2, 3, 4}); m != 2 {
		t.Errorf("of four the lower middle counts, not %v", m)
	}
}

func TestALatencyIsJudgedBesideAQuickHelloOnly(t *testing.T) {
	quick, slow := pair{B: 1, Ratio: 4}, pair{B: 30, Ratio: 200}
	if f := besideQuiet([]pair{quick, slow, quick, slow, quick}); f.Value != 4 || f.Unquiet != "" {
		t.Errorf("three quick pairs: %v, %q", f.Value, f.Unquiet)
	}
	if f := besideQuiet([]pair{quick, slow, slow, slow, quick}); f.Value != 200 || !strings.Contains(f.Unquiet, "30 ms") {
		t.Errorf("two quick pairs: %v, %q", f.Value, f.Unquiet)
	}
}

func TestEveryBarOfTheDesignIsThere(t *testing.T) {
	var ids []string
	for _, b := range all() {
		ids = append(ids, b.ID)
		if b.What == "" || (b.run == nil) != (b.Awaits != "") {
			t.Errorf("%s is incomplete", b.ID)
		}
	}
	if got := strings.Join(ids, " "); got != "R1 R2 R3 R4 R5a R5b R6a R6b R7 R8 A1 A2 A3 D1 D2 D3" {
		t.Error(got)
	}
}

func TestBarsAreChosenByName(t *testing.T) {
	for names, want := range map[string]string{"": "R1 R2 R3 R4 R5a R5b R6a R6b R7 R8 A1 A2 A3 D1 D2 D3", "r6": "R6a R6b", "A2,R5b": "R5b A2", "R9": "", "R1,X": ""} {
		chosen, err := choose(all(), slices.DeleteFunc(strings.Split(names, ","), func(s string) bool { return s == "" }))
		var ids []string
		for _, b := range chosen {
			ids = append(ids, b.ID)
		}
		if got := strings.Join(ids, " "); got != want || (err != nil) != (want == "") {
			t.Errorf("%q: %q, %v", names, got, err)
		}
	}
}

func TestTheMetricOfABenchmarkIsRead(t *testing.T) {
	printed := "goos: linux\nBenchmarkFirstSync-2   \t       5\t 829205548 ns/op\t     17327 rows/s\nBenchmarkCard-2 60 1 ns/op 157.8 p50-ms 170.6 p99-ms\nPASS\n"
	for _, c := range []struct {
		trial trial
		want  float64
	}{{trial{"BenchmarkFirstSync", "rows/s", 5}, 17327}, {trial{"BenchmarkCard", "p99-ms", 60}, 170.6}} {
		if got, err := metricOf(printed, c.trial); got != c.want || err != nil {
			t.Errorf("%s: %v, %v", c.trial.benchmark, got, err)
		}
	}
	if _, err := metricOf(printed, trial{"BenchmarkCard", "rows/s", 1}); err == nil {
		t.Error("a metric that was not printed was found")
	}
}
