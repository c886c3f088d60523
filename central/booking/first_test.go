package booking_test

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ezhitong.tw/central/account"
	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/fleet"
	"ezhitong.tw/central/store"
	"ezhitong.tw/central/store/storetest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/sqldb"
	"ezhitong.tw/syncproto"
)

// noon of bookingtest.Day is when the first release's database was left.
var noon = bookingtest.Day.At(12 * 60)

// firstRows is how many rows the first release wrote into its tables.
var firstRows = map[string]int{
	"setting": 2, "district": 2, "programme": 2, "period": 4, "site": 3, "site_programme": 6, "slot": 252, "booking": 10, "event": 9,
	"stream": 3, "audit": 39, "device": 3, "device_status": 2, "enrol_code": 4, "account": 5, "reminder": 9,
}

// firstColumns are those that are held against the first release's, where it is not all of
// them: migration 33 has devices hear of the programmes anew, which renumbers their rows.
var firstColumns = map[string]string{"site": "code, district, position, doc, stamp", "site_programme": "site, programme"}

// upgraded opens the first release's database with the program of today.
func upgraded(t *testing.T) *bookingtest.City {
	t.Helper()
	city := bookingtest.Join(t, storetest.FirstRelease(t))
	city.Set(noon)
	return city
}

// of gives the booking that a person has made.
func of(t *testing.T, city *bookingtest.City, n int) clinic.Booking {
	t.Helper()
	found, err := city.LookUp(t.Context(), bookingtest.IDNumber(n), clinic.NewBirth(born(n)))
	if err != nil || len(found) != 1 {
		t.Fatalf("person %d: %d bookings, %v", n, len(found), err)
	}
	return found[0]
}

// born is when a person of the first release was born; the seventh is a child.
func born(n int) clinic.Date {
	if n == 7 {
		return clinic.Date{Year: 2015, Month: 3, Day: 9}
	}
	p := bookingtest.Person(n)
	return p.Birth.Reveal()
}

// rowsOf reads a table, each row as text.
func rowsOf(t *testing.T, db *sql.DB, table, columns string) (names string, rows []string) {
	t.Helper()
	found, err := db.QueryContext(t.Context(), "SELECT "+columns+" FROM "+table)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	list, err := found.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values, into := make([]any, len(list)), make([]any, len(list))
	for i := range values {
		into[i] = &values[i]
	}
	for found.Next() {
		if err := found.Scan(into...); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, fmt.Sprintf("%v", values))
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(rows)
	return strings.Join(list, ", "), rows
}

func TestEveryRowOfTheFirstReleaseIsStillThere(t *testing.T) {
	dsn := storetest.FirstRelease(t)
	old, err := sqldb.OpenReadOnly(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	columns, before := make(map[string]string), make(map[string][]string)
	for table, count := range firstRows {
		columns[table], before[table] = rowsOf(t, old, table, cmp.Or(firstColumns[table], "*"))
		if len(before[table]) != count {
			t.Errorf("%s holds %d rows, the first release wrote %d", table, len(before[table]), count)
		}
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	now := storetest.OpenAt(t, dsn)
	for table := range maps.Keys(firstRows) {
		if _, after := rowsOf(t, now.DB().Writer(), table, columns[table]); !slices.Equal(after, before[table]) {
			t.Errorf("%s is not as the first release left it", table)
		}
	}
}

func TestTheFirstReleasesBookingsMeanWhatTheyMeant(t *testing.T) {
	city := upgraded(t)
	for n, want := range map[int]struct {
		site, vaccine, dose string
		day                 int // from Day
		start               clinic.TimeOfDay
		visit               clinic.Visit
		cancelled           bool
	}{
		1:  {site: bookingtest.SiteA, vaccine: bookingtest.XBB, dose: "primary1", start: 9 * 60, visit: clinic.Visit{Attendance: clinic.Vaccinated, Ticket: "A001", Lot: "XBB-7"}},
		2:  {site: bookingtest.SiteA, vaccine: bookingtest.XBB, dose: "primary1", start: 9 * 60, visit: clinic.Visit{Attendance: clinic.Deferred, Ticket: "A002", Reason: "發燒"}},
		3:  {site: bookingtest.SiteA, vaccine: bookingtest.XBB, dose: "primary1", start: 9 * 60}, // checked in by mistake
		4:  {site: bookingtest.SiteA, vaccine: bookingtest.XBB, dose: "primary1", start: 14 * 60},
		5:  {site: bookingtest.SiteB, vaccine: bookingtest.XBB, dose: "primary1", start: 9 * 60, visit: clinic.Visit{Attendance: clinic.NoShow}},
		6:  {site: bookingtest.SiteA, vaccine: bookingtest.FluVac, dose: "single", start: 9 * 60, visit: clinic.Visit{Attendance: clinic.Arrived, Ticket: "B001"}},
		7:  {site: bookingtest.SiteA, vaccine: bookingtest.FluVac, dose: "single", start: 14 * 60},
		8:  {site: bookingtest.SiteA, vaccine: bookingtest.XBB, dose: "primary1", start: 14 * 60, cancelled: true},
		9:  {site: bookingtest.SiteA, vaccine: bookingtest.XBB, dose: "primary1", day: 3, start: 9 * 60},
		10: {site: bookingtest.SiteC, vaccine: bookingtest.FluVac, dose: "single", day: 14, start: 9 * 60},
	} {
		b, who := of(t, city, n), bookingtest.Person(n)
		if b.Slot.Site != want.site || b.Slot.Vaccine != want.vaccine || b.Dose != want.dose || b.Slot.Date != bookingtest.Day.AddDays(want.day) || b.Slot.Start != want.start {
			t.Errorf("person %d has %+v", n, b.Slot)
		}
		if v := b.Visit(); v.Attendance != want.visit.Attendance || v.Ticket != want.visit.Ticket || v.Lot != want.visit.Lot || v.Reason != want.visit.Reason {
			t.Errorf("person %d came as %+v", n, v)
		}
		if b.Active() == want.cancelled || !b.Created.Equal(bookingtest.Monday) || b.Code == "" {
			t.Errorf("person %d: active %v, made %s", n, b.Active(), b.Created)
		}
		if b.Person.Name.Reveal() != who.Name.Reveal() || b.Person.Mobile.Reveal() != who.Mobile.Reveal() || b.Person.Birth.Reveal() != born(n) {
			t.Errorf("person %d is somebody else", n)
		}
	}
	child := of(t, city, 7)
	if child.Person.Landline.Reveal() != "04-25260001" || child.Person.Guardian.Reveal() != "0922000111" {
		t.Error("the child's phones are not what was given")
	}
	reconcile(t, city)
}

func TestTheLedgerGoesOnFromTheFirstReleasesTrail(t *testing.T) {
	city := upgraded(t)
	entries, err := city.VerifyAudit(t.Context())
	if err != nil || entries != 39 {
		t.Fatalf("%d entries, %v", entries, err)
	}
	ledger, err := store.LedgerOf(t.Context(), city.Store.Reader())
	if err != nil {
		t.Fatal(err)
	}
	head, err := store.AuditHash(t.Context(), city.Store.Reader(), entries)
	if err != nil || ledger.Entries != entries || !bytes.Equal(ledger.Hash, head) {
		t.Errorf("the ledger has %d entries and %x, the trail ends with %x, %v", ledger.Entries, ledger.Hash, head, err)
	}
	city.MustBook(city.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day.AddDays(2)), 20)
	if entries, err = city.VerifyAudit(t.Context()); err != nil || entries != 40 {
		t.Errorf("after a booking: %d entries, %v", entries, err)
	}
}

func TestAnEngineWorksOnTheFirstReleasesBooks(t *testing.T) {
	city := upgraded(t)
	full := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(7))
	for n := range 3 {
		city.MustBook(full, 20+n)
	}
	refusedAs(t, clinic.RefusedFull, second(city.Book(t.Context(), bookingtest.Ask(full, 23))))
	elsewhere := city.SlotOn(bookingtest.SiteB, bookingtest.XBB, bookingtest.Day.AddDays(7))
	refusedAs(t, clinic.RefusedNoShow, second(city.Book(t.Context(), bookingtest.Ask(elsewhere, 5))))
	refusedAs(t, clinic.RefusedAlreadyBooked, second(city.Book(t.Context(), bookingtest.Ask(elsewhere, 9))))
	refusedAs(t, clinic.RefusedDoseOrder, second(city.Book(t.Context(), bookingtest.Ask(elsewhere, 1))))

	gone := of(t, city, 9)
	if _, err := city.Cancel(t.Context(), booking.Cancellation{ID: gone.ID, Number: gone.Person.ID, Birth: gone.Person.Birth}); err != nil {
		t.Error(err)
	}
	city.MustBook(elsewhere, 9)
	moved, to := of(t, city, 10), city.SlotOn(bookingtest.SiteB, bookingtest.FluVac, bookingtest.Day.AddDays(10))
	b, err := city.Move(t.Context(), booking.MoveRequest{ID: moved.ID, Number: moved.Person.ID, Birth: moved.Person.Birth, Slot: to.ID})
	if err != nil || b.Slot.ID != to.ID || b.Code != moved.Code {
		t.Errorf("moved to %+v, %v", b.Slot, err)
	}

	desk := deskOf(t, city)
	fourth := of(t, city, 4)
	desk.arrive(fourth, "A005")
	expect(t, desk.push(t, city)[0], syncproto.Accepted, "")
	attendance(t, city, fourth.ID, clinic.Arrived)
	city.Again()
	attendance(t, city, fourth.ID, clinic.Arrived)
	reconcile(t, city)
}

// deskOf is the desk of SiteA, whose stream goes on where the first release
// acknowledged it.
func deskOf(t *testing.T, city *bookingtest.City) *device {
	t.Helper()
	d := &device{id: of(t, city, 1).Visit().CheckIn.Device, site: bookingtest.SiteA}
	acked, head, err := city.Stream(t.Context(), d.id, 1)
	if err != nil || acked != 7 {
		t.Fatalf("the stream is at %d, %v", acked, err)
	}
	d.ops, d.hash = make([]syncproto.Op, acked), append(make([][]byte, acked), head)
	return d
}

func TestTheFirstReleasesRemindersGoOutOnce(t *testing.T) {
	city := upgraded(t)
	due := func() map[clinic.ID]int {
		list, err := city.DueReminders(t.Context(), 100)
		if err != nil {
			t.Fatal(err)
		}
		attempts := make(map[clinic.ID]int)
		for _, r := range list {
			attempts[r.Booking.ID] = r.Attempts
		}
		return attempts
	}
	fourth, ninth := of(t, city, 4).ID, of(t, city, 9).ID
	if got := due(); !maps.Equal(got, map[clinic.ID]int{fourth: 1}) { // tried once, the rest was sent or given up
		t.Errorf("due at noon: %v", got)
	}
	city.Set(bookingtest.Day.AddDays(1).At(10 * 60))
	if got := due(); !maps.Equal(got, map[clinic.ID]int{fourth: 1, ninth: 0}) {
		t.Errorf("due on the next day: %v", got)
	}
}

func TestTheFirstReleasesDevicesAndAccountsComeIn(t *testing.T) {
	city := upgraded(t)
	folder := t.TempDir()
	secret := "ezhitong-central-1\n" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 128)) + "\n"
	if err := os.WriteFile(filepath.Join(folder, fleet.SecretsFile), []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	secrets, err := fleet.LoadOrCreateSecrets(folder, strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	devices, err := fleet.New(t.Context(), fleet.Config{
		Store: city.Store, Secrets: secrets, Now: city.Now, Random: strings.NewReader(""), NewID: bookingtest.NewID, Log: city.Log(),
		Open: func(string, time.Time) bool { return true }, Record: city.Record,
	})
	if err != nil {
		t.Fatal(err)
	}
	list, err := devices.Devices(t.Context())
	if err != nil || len(list) != 3 || list[0].Label != "櫃檯" || list[1].Label != "報到機" || list[2].Revoked.IsZero() {
		t.Fatalf("the devices are %+v, %v", list, err)
	}
	peer, ok, err := devices.Peer(list[0].ID)
	if err != nil || !ok || peer.Revoked || peer.Letter != "A" || hex.EncodeToString(peer.PSK[:]) != "d4f125e96fc04143b7e93453f370651931e5f08fdd34287aef549b6db23a6362" {
		t.Errorf("the desk is not the one that came in: %+v, %v", peer, err)
	}
	if list[0].Acked != 7 || list[1].Acked != 1 || list[0].Build != "1.0.0" {
		t.Errorf("the devices said %+v", list)
	}

	staff, err := account.New(account.Config{Store: city.Store, Keys: storetest.Keys(t), Now: city.Now, Random: rand.Reader, Log: city.Log(), Record: city.Record})
	if err != nil {
		t.Fatal(err)
	}
	const password = "7070-7070-7070-7070" //nolint:gosec // of invented people
	for name, role := range map[string]account.Role{"chief": account.Admin, "bureau": account.Bureau, "xitun": account.HealthCentre, "anxin": account.Site} {
		if a, err := staff.Login(t.Context(), name, password); err != nil || a.Role != role || a.Site != map[string]string{"anxin": bookingtest.SiteA}[name] {
			t.Errorf("%s comes in as %+v, %v", name, a, err)
		}
	}
	_, err = staff.Login(t.Context(), "left", password)
	refusedAs(t, account.RefusedDisabled, err)
	reconcile(t, city)
}
