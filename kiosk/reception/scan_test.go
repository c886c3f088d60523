package reception_test

import (
	"bytes"
	"crypto/ed25519"
	"strings"
	"testing"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

// signed gives the device the central of a key that is returned.
func signed(t *testing.T, r *replica.Replica) ed25519.PrivateKey {
	t.Helper()
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, ed25519.SeedSize))
	id, err := r.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	id.Central.Sign = key.Public().(ed25519.PublicKey)
	if err := r.SaveIdentity(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	return key
}

func TestATicketBringsItsPersonAsACardDoes(t *testing.T) {
	c, r := counter(t)
	key := signed(t, r)
	stranger := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, ed25519.SeedSize))
	today := book(t, r, wang, replicatest.Today, nil)
	late := book(t, r, chen, replicatest.Today.AddDays(2), nil)
	old := book(t, r, wang, replicatest.Today.AddDays(-7), nil)
	ticket := syncproto.SignTicket(today, key)
	flip := func(r rune) rune {
		if upper := strings.ToUpper(string(r)); upper != string(r) {
			return []rune(upper)[0]
		}
		return []rune(strings.ToLower(string(r)))[0]
	}
	for name, s := range map[string]struct{ text, want string }{
		"of today":                       {ticket, reception.Ready},
		"with a line end":                {ticket + "\r\n", reception.Ready},
		"typed while Caps Lock is on":    {strings.Map(flip, ticket), reception.Ready},
		"the booking code":               {clinic.CodeOf(today), reception.Ready},
		"the booking code in small":      {strings.ToLower(clinic.CodeOf(today)), reception.Ready},
		"of another day":                 {syncproto.SignTicket(late, key), reception.WrongDay},
		"of last week":                   {syncproto.SignTicket(old, key), reception.Ready},
		"printed before the keys rotate": {syncproto.SignTicket(today, stranger), reception.Ready},
		"of another clinic":              {syncproto.SignTicket(replicatest.NewID(), key), reception.OtherTicket},
		"made up":                        {syncproto.SignTicket(replicatest.NewID(), stranger), reception.FalseTicket},
		"cut off":                        {ticket[:60], reception.NotTicket},
		"something else":                 {"https://www.taichung.gov.tw/", reception.NotTicket},
		"nothing":                        {"", reception.NotTicket},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := c.Scan(t.Context(), s.text)
			if err != nil || f.Code != s.want {
				t.Fatalf("found %q, %v; want %s", f.Code, err, s.want)
			}
			if s.want == reception.Ready && (f.Entry.Booking.ID != today || !f.Person.ID.Equal(wang.ID)) {
				t.Errorf("found %v", f.Entry.Booking.ID)
			}
		})
	}
	if _, err := c.CheckIn(t.Context(), today); err != nil {
		t.Fatal(err)
	}
	if f, err := c.Scan(t.Context(), ticket); err != nil || f.Code != reception.AlreadyArrived || f.Args["ticket"] != "A001" {
		t.Errorf("after the arrival %q %v, %v", f.Code, f.Args, err)
	}
}

func TestOfSeveralBookingsTheTicketSaysWhich(t *testing.T) {
	c, r := counter(t)
	key := signed(t, r)
	book(t, r, wang, replicatest.Today, nil)
	second := book(t, r, wang, replicatest.Today, nil)
	if f := recognise(t, c, wang); f.Code != reception.Several {
		t.Fatalf("the card finds %s", f.Code)
	}
	if f, err := c.Scan(t.Context(), syncproto.SignTicket(second, key)); err != nil || f.Code != reception.Ready || f.Entry.Booking.ID != second {
		t.Errorf("the ticket finds %+v, %v", f, err)
	}
}
