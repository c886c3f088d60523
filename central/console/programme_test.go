package console_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/console"
	"ezhitong.tw/central/rules"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// town is a running server's engine with its console.
type town struct {
	*bookingtest.City
	t      *testing.T
	folder string
}

func start(t *testing.T) *town {
	t.Helper()
	w := &town{City: bookingtest.Start(t, 5), t: t, folder: t.TempDir()}
	ctx, stop := context.WithCancel(t.Context())
	listener, err := console.Listen(ctx, w.folder)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() {
		served <- console.Serve(ctx, listener, console.Config{
			Programmes: w, Shipped: []string{bookingtest.Covid, bookingtest.Flu}, Log: slog.New(slog.DiscardHandler),
		})
	}()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return w
}

func example(t *testing.T, name string) rules.File {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../docs/examples", name))
	if err != nil {
		t.Fatal(err)
	}
	return rules.File{Name: name, Data: data}
}

// changed gives a file with one word replaced.
func changed(t *testing.T, f rules.File, from, to string) rules.File {
	t.Helper()
	if !bytes.Contains(f.Data, []byte(from)) {
		t.Fatalf("%s does not hold %q", f.Name, from)
	}
	f.Data = bytes.Replace(f.Data, []byte(from), []byte(to), 1)
	return f
}

func (w *town) add(f rules.File) {
	w.t.Helper()
	answer, err := console.AddProgramme(w.t.Context(), w.folder, f)
	if err != nil || len(answer.Findings) > 0 || !answer.Changed {
		w.t.Fatalf("add %s: %+v, %v", f.Name, answer, err)
	}
}

var bureau = booking.Actor{Account: "bureau", Scope: booking.Scope{All: true}}

// offer opens a rolling period for a programme and places at site A for some vaccines on some days.
func (w *town) offer(programme string, vaccines []string, days ...clinic.Date) {
	w.t.Helper()
	period := clinic.Period{
		ID: programme + "-2026", Year: 2026, Kind: clinic.RollingPeriod, Label: clinic.Text{"zh-TW": "115年", "en": "2026"},
		Programmes: []string{programme}, First: days[0], Last: days[len(days)-1], LeadDays: 1, CancelDays: 2,
	}
	if err := w.SavePeriod(w.t.Context(), bureau, period); err != nil {
		w.t.Fatal(err)
	}
	var rows []booking.CapacityRow
	for _, day := range days {
		for _, v := range vaccines {
			rows = append(rows, booking.CapacityRow{
				Line: len(rows) + 1, Site: bookingtest.SiteA, Period: period.ID, Vaccine: v, Date: day, Start: 9 * 60, End: 12 * 60, Capacity: 3,
			})
		}
	}
	if report, err := w.ImportCapacity(w.t.Context(), bureau, rows); err != nil || report.Added != len(rows) {
		w.t.Fatalf("%+v, %v", report, err)
	}
}

// book asks for a place for a person and gives the rule that says no; empty when it is theirs.
func (w *town) book(p clinic.Person, vaccine, dose string, day clinic.Date) (clinic.Booking, string) {
	w.t.Helper()
	b, err := w.Book(w.t.Context(), booking.Request{
		ID: bookingtest.NewID(), Slot: w.SlotOn(bookingtest.SiteA, vaccine, day).ID, Dose: dose, Person: p, Consents: 3, GuardianConsent: true,
	})
	var no *clinic.Refusal
	if err != nil && !errors.As(err, &no) {
		w.t.Fatal(err)
	}
	if no == nil {
		return b, ""
	}
	said := no.Code
	for _, arg := range []string{"limit", "days", "earliest"} {
		if v, ok := no.Args[arg]; ok {
			said += " " + v
		}
	}
	return b, said
}

// give has the clinic vaccinate on the day of the booking.
func (w *town) give(p clinic.Person, vaccine, dose string, day clinic.Date) {
	w.t.Helper()
	b, no := w.book(p, vaccine, dose, day)
	if no != "" {
		w.t.Fatalf("%s %s on %s: %s", vaccine, dose, day, no)
	}
	w.Set(day.At(10 * 60))
	batch := booking.Batch{Site: bookingtest.SiteA, Device: bookingtest.NewID(), Epoch: 1, Previous: make([]byte, 32)}
	for i, kind := range []clinic.EventKind{clinic.CheckedIn, clinic.VaccineGiven} {
		sum := sha256.Sum256([]byte{byte(i)})
		batch.Hashes = append(batch.Hashes, sum[:])
		batch.Ops = append(batch.Ops, syncproto.Op{Seq: uint64(i) + 1, Kind: kind, Booking: b.ID, At: w.Now().UnixMilli() + int64(i), Ticket: "A001", Lot: "L1"})
	}
	if _, err := w.Receive(w.t.Context(), batch); err != nil {
		w.t.Fatal(err)
	}
	if got, err := w.Booking(w.t.Context(), b.ID); err != nil || got.Visit().Attendance != clinic.Vaccinated {
		w.t.Fatalf("%v, %v", got.Visit().Attendance, err)
	}
}

func date(t *testing.T, s string) clinic.Date {
	t.Helper()
	d, err := clinic.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func born(p clinic.Person, d clinic.Date) clinic.Person {
	p.Birth, p.Guardian = clinic.NewBirth(d), p.Mobile
	return p
}

func (w *town) expect(p clinic.Person, vaccine, dose string, day clinic.Date, want string) {
	w.t.Helper()
	if _, got := w.book(p, vaccine, dose, day); got != want {
		w.t.Errorf("%s %s on %s: %q, want %q", vaccine, dose, day, got, want)
	}
}

func TestChildhoodVaccinesComeAsAFileAndFollowIt(t *testing.T) {
	w := start(t)
	before := len(w.Catalogue().Programmes)
	w.add(example(t, "childhood.json"))
	menu := w.Catalogue().Programmes
	if len(menu) != before+1 || menu[before].Code != "childhood" || menu[0].Code != bookingtest.Covid {
		t.Fatalf("the menu is %v", menu)
	}
	first := bookingtest.Day
	w.offer("childhood", []string{"dtap-hib-ipv", "pcv-child", "mmr"}, first, first.AddDays(1), first.AddDays(62), first.AddDays(63))
	baby := born(bookingtest.Person(1), date(t, "2026-09-23"))

	w.expect(born(bookingtest.Person(2), date(t, "2026-09-24")), "dtap-hib-ipv", "dose1", first, "too_young 2m")
	w.expect(born(bookingtest.Person(3), date(t, "2019-11-23")), "dtap-hib-ipv", "dose1", first, "too_old 7y")
	w.expect(baby, "mmr", "dose1", first, "too_young 1y")
	w.give(baby, "dtap-hib-ipv", "dose1", first)
	w.expect(baby, "dtap-hib-ipv", "dose2", first.AddDays(1), "too_young 4m")
	w.give(baby, "pcv-child", "dose1", first.AddDays(1))
	w.expect(baby, "dtap-hib-ipv", "dose1", first.AddDays(62), "dose_order")
	// The one vaccine given yesterday does not delay the other one today.
	w.give(baby, "dtap-hib-ipv", "dose2", first.AddDays(62))
	w.give(baby, "pcv-child", "dose2", first.AddDays(63))

	w.Again() // and it is all there after a start
	if p, ok := w.Catalogue().Programme("childhood"); !ok || len(p.Vaccines) != 5 {
		t.Errorf("after a start: %v", p.Vaccines)
	}
}

func TestElderVaccinesWaitForEachOtherAsTheFileSays(t *testing.T) {
	w := start(t)
	w.add(example(t, "pneumococcal-elders.json"))
	first := bookingtest.Day
	w.offer("pneumococcal-elders", []string{"pcv13-elders", "ppv23-elders"}, first, first.AddDays(364), first.AddDays(365))
	elder := born(bookingtest.Person(1), date(t, "1961-11-23"))

	w.expect(born(bookingtest.Person(2), date(t, "1961-11-24")), "pcv13-elders", "single", first, "too_young 65y")
	w.give(elder, "pcv13-elders", "single", first)
	w.expect(elder, "ppv23-elders", "single", first.AddDays(364), "interval 365 2027-11-23")
	w.give(elder, "ppv23-elders", "single", first.AddDays(365))
}

// A device learns of a programme through its site's feed, with the file's own words.
func TestTheClinicsHearOfANewProgramme(t *testing.T) {
	w := start(t)
	seen := w.SiteSeq(bookingtest.SiteA)
	w.add(example(t, "childhood.json"))
	page, err := w.Feed(t.Context(), booking.FeedRequest{Site: bookingtest.SiteA, Cursor: seen, First: bookingtest.Day, Limit: 100})
	rows := page.Rows
	if err != nil || len(rows) != 1 || rows[0].Programme == nil || rows[0].Programme.Code != "childhood" || !strings.Contains(string(rows[0].Programme.Doc), "水痘") {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

func TestASiteThatOpensLaterKnowsAddedProgrammes(t *testing.T) {
	w := start(t)
	w.add(example(t, "childhood.json"))
	p := bookingtest.Profile(5)
	late := p.Sites[0]
	late.Code = "3536010099"
	p.Sites = append(p.Sites, late)
	if err := w.Install(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	page, err := w.Feed(t.Context(), booking.FeedRequest{Site: late.Code, First: bookingtest.Day, Limit: 100})
	var codes []string
	for _, r := range page.Rows {
		if r.Programme != nil {
			codes = append(codes, r.Programme.Code)
		}
	}
	slices.Sort(codes)
	if err != nil || !slices.Equal(codes, []string{"childhood", bookingtest.Covid, bookingtest.Flu}) {
		t.Errorf("%v, %v", codes, err)
	}
}

func TestABadProgrammeChangesNothing(t *testing.T) {
	w := start(t)
	file := example(t, "childhood.json")
	answer, err := console.AddProgramme(t.Context(), w.folder, changed(t, file, `"from": "2m"`, `"from": "9y"`))
	if err != nil || len(answer.Findings) == 0 || answer.Findings[0].Line != 57 {
		t.Errorf("%+v, %v", answer, err)
	}
	for want, f := range map[string]rules.File{
		console.RefusedProgrammeShipped: changed(t, file, `"childhood"`, `"covid19"`),
		booking.RefusedVaccineElsewhere: changed(t, file, `"mmr"`, `"xbb"`),
	} {
		if _, err := console.AddProgramme(t.Context(), w.folder, f); !errors.Is(err, clinic.Refuse(want)) {
			t.Errorf("%s was not said, but: %v", want, err)
		}
	}
	if got := len(w.Catalogue().Programmes); got != 2 {
		t.Errorf("%d programmes", got)
	}
}

func TestAProgrammeInUseKeepsWhatIsBooked(t *testing.T) {
	w := start(t)
	file := example(t, "childhood.json")
	w.add(file)
	if answer, err := console.AddProgramme(t.Context(), w.folder, file); err != nil || answer.Changed {
		t.Errorf("the same again: %+v, %v", answer, err)
	}
	w.offer("childhood", []string{"varicella"}, bookingtest.Day)
	w.expect(born(bookingtest.Person(1), date(t, "2024-01-01")), "varicella", "single", bookingtest.Day, "")
	for _, f := range []rules.File{
		changed(t, file, `"varicella"`, `"chickenpox"`),
		changed(t, file, `"code": "single"`, `"code": "dose1"`),
	} {
		if _, err := console.AddProgramme(t.Context(), w.folder, f); !errors.Is(err, clinic.Refuse(booking.RefusedProgrammeInUse)) {
			t.Error(err)
		}
	}
	w.add(changed(t, file, "水痘\"", "水痘疫苗\"")) // words may change
	if _, v, _ := w.Catalogue().Vaccine("varicella"); v.Name["zh-TW"] != "水痘疫苗" {
		t.Errorf("%v", v.Name)
	}
	w.Set(bookingtest.Monday)
	if _, err := w.VerifyAudit(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestWithoutAServerTheConsoleSaysSo(t *testing.T) {
	if _, err := console.AddProgramme(t.Context(), t.TempDir(), example(t, "childhood.json")); !errors.Is(err, console.ErrNotRunning) {
		t.Error(err)
	}
}
