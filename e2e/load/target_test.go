package load

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ezhitong.tw/clinic/twid"
)

func TestOnlyThisMachineIsPutUnderLoad(t *testing.T) {
	for address, ok := range map[string]bool{
		"http://127.0.0.1:8080":        true,
		"http://127.0.0.1:8080/":       true,
		"http://127.9.8.7:1":           true,
		"http://[::1]:8080":            true,
		"http://[::ffff:127.0.0.1]:80": true,
		"http://192.0.2.1:80":          false,
		"http://[2001:db8::1]:80":      false,
		"http://0.0.0.0:80":            false,
		"http://[::]:80":               false,
		"http://localhost:80":          false, // a name
		"http://127.0.0.1.example:80":  false,
		"http://127.0.0.1":             false, // no port
		"https://127.0.0.1:80":         false,
		"http://127.0.0.1:80/api":      false,
		"http://192.0.2.1@127.0.0.1:1": true, // the host is what follows the @
		"http://127.0.0.1@192.0.2.1:1": false,
		"":                             false,
		"127.0.0.1:80":                 false,
		"http://[::ffff:192.0.2.1]:80": false,
	} {
		if target, err := NewTarget(address); (err == nil) != ok {
			t.Errorf("%q: %v, %v", address, target, err)
		}
	}
}

func TestEverybodyHasAValidNumberOfTheirOwn(t *testing.T) {
	owners := map[string]int{}
	check := func(t interface{ Fatalf(string, ...any) }, n int) {
		number, err := twid.ParseID(IDNumber(n))
		if err != nil {
			t.Fatalf("person %d has %s: %v", n, IDNumber(n), err)
		}
		if other, taken := owners[number.ID.Reveal()]; taken && other != n {
			t.Fatalf("%d and %d have the same number", n, other)
		}
		owners[number.ID.Reveal()] = n
	}
	for letter := range 26 {
		for sex := range 2 {
			check(t, letter*20_000_000+sex*10_000_000+letter)
		}
	}
	rapid.Check(t, func(t *rapid.T) { check(t, rapid.IntRange(0, Everybody-1).Draw(t, "n")) })
	if got := IDNumber(23_456_78); !strings.HasPrefix(got, "A1") {
		t.Errorf("the first people live in A, not %s", got)
	}
}
