package main

import "testing"

func TestLimitsAreOffOnLoopbackOnly(t *testing.T) {
	for _, c := range []struct {
		listen, limits string
		want           int
		ok             bool
	}{
		{"127.0.0.1:8080", "on", 0, true},
		{"0.0.0.0:8080", "on", 0, true},
		{"127.0.0.1:8080", "off", -1, true},
		{"[::1]:0", "off", -1, true},
		{"0.0.0.0:8080", "off", 0, false},
		{":8080", "off", 0, false},
		{"10.1.2.3:8080", "off", 0, false},
		{"localhost:8080", "off", 0, false}, // a name may mean any address
		{"127.0.0.1", "off", 0, false},
	} {
		got, err := (&serveCommand{Listen: c.listen, Limits: c.limits}).limits()
		if got != c.want || (err == nil) != c.ok {
			t.Errorf("%s, limits %s: %d, %v", c.listen, c.limits, got, err)
		}
	}
}
