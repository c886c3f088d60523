package clinic_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"ezhitong.tw/clinic"
)

var person = clinic.Person{
	ID:       clinic.NewIDNumber(" a123456789 "),
	Name:     clinic.NewName("王小明"),
	Birth:    clinic.NewBirth(clinic.Date{Year: 1987, Month: 6, Day: 15}),
	Sex:      clinic.Male,
	Mobile:   clinic.NewPhone("0912345678"),
	Landline: clinic.NewPhone("04-25265394"),
	Guardian: clinic.NewPhone("0987654321"),
}

func TestAPersonNeverShowsThemselves(t *testing.T) {
	secrets := []string{"A123456789", "123456", "小明", "王小", "1987", "0912345678", "2526539", "0987654321", "912345", "{6 15}"}
	// No method of an unexported field can be called: this is how values get into logs.
	type session struct {
		who    clinic.Person
		births []clinic.Birth
		names  map[string]clinic.Name
	}
	inside := session{person, []clinic.Birth{person.Birth}, map[string]clinic.Name{"who": person.Name}}
	var shown []string
	for _, v := range []any{person, &person, []clinic.Person{person}, inside, &inside, person.ID, person.Name, person.Birth, person.Mobile, &person.ID} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T", "%X", "%p", "%t"} {
			shown = append(shown, fmt.Sprintf(verb, v))
		}
		out, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		shown = append(shown, string(out), fmt.Sprint(errors.New(fmt.Sprint("bad person: ", v))))
		var b bytes.Buffer
		for _, h := range []slog.Handler{slog.NewTextHandler(&b, nil), slog.NewJSONHandler(&b, nil)} {
			slog.New(h).Info("who", "person", v, slog.Group("g", "person", v))
		}
		shown = append(shown, b.String())
	}
	for _, s := range shown {
		for _, secret := range secrets {
			if secret == "123456" && strings.Contains(s, "0x") {
				continue // an address may hold any digits
			}
			if strings.Contains(s, secret) || strings.Contains(s, fmt.Sprintf("%x", secret)) {
				t.Errorf("%q shows %q", s, secret)
			}
		}
	}
}

func TestWhatIsShownIsMasked(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{person.ID.String(), "A12****789"},
		{clinic.NewIDNumber("A123").String(), "****"},
		{person.Name.String(), "王○明"},
		{clinic.NewName("王明").String(), "王○"},
		{clinic.NewName("歐陽小明").String(), "歐○○明"},
		{clinic.NewName("明").String(), "○"},
		{clinic.NewName("NGUYEN THI HOA").String(), "NGUYEN T○○"},
		{clinic.NewName("").String(), ""},
		{clinic.NewName("𠮷野家").String(), "𠮷○家"},
		{person.Mobile.String(), "0912***678"},
		{person.Birth.String(), "****-**-**"},
		{clinic.Birth{}.String(), ""},
		{fmt.Sprintf("%v", person.Name), "王○明"},
		{fmt.Sprintf("%#v", person.ID), "A12****789"},
	} {
		if c.got != c.want {
			t.Errorf("%s, want %s", c.got, c.want)
		}
	}
}

func TestRevealGivesTheValueBack(t *testing.T) {
	if person.ID.Reveal() != "A123456789" || person.Name.Reveal() != "王小明" || person.Mobile.Reveal() != "0912345678" ||
		person.Birth.Reveal().String() != "1987-06-15" {
		t.Error("a value was lost")
	}
	if !(clinic.IDNumber{}).IsZero() || !clinic.NewIDNumber(" ").Equal(clinic.IDNumber{}) || (clinic.Phone{}).Reveal() != "" ||
		!(clinic.Birth{}).IsZero() || !clinic.NewBirth(clinic.Date{}).Equal(clinic.Birth{}) || !clinic.NewName("").IsZero() {
		t.Error("nothing is not nothing")
	}
	if !clinic.NewIDNumber("a123456789").Equal(person.ID) || clinic.NewIDNumber("A123456788").Equal(person.ID) {
		t.Error("equal numbers differ, or different ones are equal")
	}
	if got := person.Birth.AgeOn(day("2026-06-14")); got != 38 {
		t.Errorf("the day before the birthday: %d", got)
	}
	if got := person.Birth.AgeOn(day("2026-06-15")); got != 39 {
		t.Errorf("on the birthday: %d", got)
	}
}
