package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/e2e/load"
)

// The names of invented people: the hundred commonest surnames are a handful
// with a long tail, and given names are two characters of these.
const (
	surnames = "陳林黃張李王吳劉蔡楊許鄭謝洪郭邱曾廖賴徐周葉蘇莊呂江何蕭羅高"
	given    = "志明家豪淑芬美玲俊傑雅婷怡君宗翰冠宇承恩品妍詠晴子涵柏翰郁文心怡思穎建宏惠雯佳穎彥廷欣怡"
)

// crowd gives so many bookings by different people, whose data is as various as
// people's are: what a compressor makes of them is what it makes of a clinic's.
// The same seed gives the same people; the ids are new.
func crowd(slots []clinic.ID, count int) []booking.Request {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(from []rune) string { return string(from[random.IntN(len(from))]) }
	family, first := []rune(surnames), []rune(given)
	out := make([]booking.Request, count)
	for i := range out {
		// 7,368,787 shares no factor with how many ID numbers there are, so none comes twice.
		number := load.IDNumber(i * 7_368_787 % load.Everybody)
		p := clinic.Person{
			ID: clinic.NewIDNumber(number), Name: clinic.NewName(pick(family) + pick(first) + pick(first)),
			Birth:  clinic.NewBirth(clinic.Date{Year: 1936, Month: 1, Day: 1}.AddDays(random.IntN(70 * 365))),
			Mobile: clinic.NewPhone(fmt.Sprintf("09%08d", random.IntN(100_000_000))),
		}
		if random.IntN(5) == 0 {
			p.Landline = clinic.NewPhone(fmt.Sprintf("04-2%07d", random.IntN(10_000_000)))
		}
		out[i] = booking.Request{ID: newID(), Slot: slots[random.IntN(len(slots))], Dose: "single", Person: p, Consents: 3}
	}
	return out
}

// documents writes bookings as a peer keeps them, JSON, one a line.
func documents(path string, requests []booking.Request) (err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	out := bufio.NewWriter(file)
	write := json.NewEncoder(out)
	for i, r := range requests {
		if err := write.Encode(map[string]any{
			"_id": r.ID, "slot": r.Slot, "dose": r.Dose, "id_number": r.Person.ID.Reveal(), "name": r.Person.Name.Reveal(),
			"birth": r.Person.Birth.Reveal().String(), "mobile": r.Person.Mobile.Reveal(), "landline": r.Person.Landline.Reveal(),
			"created": bookingtest.Monday.UnixMilli() + int64(i)*apart.Milliseconds(), "cancelled": 0, "version": 1,
		}); err != nil {
			return err
		}
	}
	return out.Flush()
}
