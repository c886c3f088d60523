package e2e_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"golang.org/x/text/encoding/traditionalchinese"

	"ezhitong.tw/clinic"
	"ezhitong.tw/e2e/load"
)

// canary is a piece of a person's data in one of the forms in which it could
// stand somewhere.
type canary struct {
	what  string
	bytes []byte
}

// canariesOf lists a person's data in all forms. Birth dates also in those of the
// Republic's calendar, 民國.
func canariesOf(number, name, mobile string, born clinic.Date) []canary {
	roc := born.Year - 1911
	texts := map[string]string{
		"the ID number": number, "the ID number in small letters": strings.ToLower(number), "the number without its letter": number[1:],
		"the birth date":                  born.String(),
		"the birth date with slashes":     fmt.Sprintf("%d/%02d/%02d", born.Year, born.Month, born.Day),
		"the birth date as ROC":           fmt.Sprintf("%d/%02d/%02d", roc, born.Month, born.Day),
		"the birth date as ROC, 7 digits": fmt.Sprintf("%03d%02d%02d", roc, born.Month, born.Day),
		"the birth date as ROC in words":  fmt.Sprintf("民國%d年%d月%d日", roc, born.Month, born.Day),
		"the birth date in words":         fmt.Sprintf("%d年%d月%d日", born.Year, born.Month, born.Day),
		"the birth date, 8 digits":        fmt.Sprintf("%d%02d%02d", born.Year, born.Month, born.Day),
	}
	if mobile != "" {
		texts["the phone"], texts["the phone with dashes"] = mobile, mobile[:4]+"-"+mobile[4:7]+"-"+mobile[7:]
		texts["the phone from abroad"] = "+886" + mobile[1:]
	}
	var out []canary
	for what, text := range texts {
		out = append(out, canary{what, []byte(text)})
	}
	out = append(out, canariesOfText("the name", name)...)
	for what, text := range map[string]string{
		"the ID number in hexadecimal": hex.EncodeToString([]byte(number)), "the ID number in base 64": base64.StdEncoding.EncodeToString([]byte(number))[:12],
	} {
		out = append(out, canary{what, []byte(text)})
	}
	return out
}

// canariesOfText writes what somebody wrote in the forms that it could have.
func canariesOfText(what, text string) []canary {
	var wide []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		wide = binary.LittleEndian.AppendUint16(wide, unit)
	}
	out := []canary{
		{what, []byte(text)},
		{what + " in UTF-16", wide},
		{what + ", escaped", []byte(strings.Trim(fmt.Sprintf("%+q", text), `"`))},
		{what + " in hexadecimal", []byte(hex.EncodeToString([]byte(text)))},
	}
	if big5, err := traditionalchinese.Big5.NewEncoder().Bytes([]byte(text)); err == nil {
		out = append(out, canary{what + " in Big5", big5})
	}
	return out
}

// canariesIn reads the person of a booking that was asked for.
func canariesIn(t *testing.T, shot *load.Shot) []canary {
	t.Helper()
	_, body, _ := bytes.Cut(shot.Raw(), []byte("\r\n\r\n"))
	var p struct {
		Number string      `json:"id_number"`
		Name   string      `json:"name"`
		Mobile string      `json:"mobile"`
		Birth  clinic.Date `json:"birth"`
	}
	if err := json.Unmarshal(body, &p); err != nil || p.Number == "" || p.Name == "" || p.Mobile == "" {
		t.Fatalf("the request does not say who: %v", err)
	}
	return canariesOf(p.Number, p.Name, p.Mobile, p.Birth)
}

// sightings says where canaries stand in the clear: in files below a folder, and
// in what was captured. It also counts the files that it read.
func sightings(t *testing.T, birds []canary, folder string, captured []byte) (seen []string, files int) {
	t.Helper()
	look := func(where string, in []byte) {
		for _, c := range birds {
			if bytes.Contains(in, c.bytes) {
				seen = append(seen, c.what+" in "+where)
			}
		}
	}
	look("the capture", captured)
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		files++
		look(strings.TrimPrefix(path, folder), content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return seen, files
}

// capture is a cable without TLS on which everything is recorded.
type capture struct {
	address string
	mu      sync.Mutex
	bytes   bytes.Buffer
}

func (c *capture) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes.Write(p)
}

func (c *capture) all() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return bytes.Clone(c.bytes.Bytes())
}

func (w *town) capture() *capture {
	w.t.Helper()
	listener, err := new(net.ListenConfig).Listen(w.t.Context(), "tcp", "127.0.0.1:0")
	w.must(err)
	w.t.Cleanup(func() { _ = listener.Close() })
	c := &capture{address: listener.Addr().String()}
	to := strings.TrimPrefix(w.Target().URL(), "http://")
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := new(net.Dialer).DialContext(w.t.Context(), "tcp", to)
			if err != nil {
				_ = near.Close()
				continue
			}
			go func() { _, _ = io.Copy(far, io.TeeReader(near, c)); _ = far.Close() }()
			go func() { _, _ = io.Copy(near, io.TeeReader(far, c)); _ = near.Close() }()
		}
	}()
	return c
}

func TestNobodysDataStandsInTheClearAnywhere(t *testing.T) {
	// Every file of every program, temporary ones too, lies below one folder.
	whole, err := os.MkdirTemp("", "e") //nolint:usetesting // short: a socket is in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(whole) })
	t.Setenv("TMPDIR", whole)
	const people = 8
	w := startTown(t)
	shots := w.book(people)
	line := w.capture()
	u := w.device("http://" + line.address)
	u.start()
	u.enrol()
	all := u.holds(people)
	for _, b := range all[:3] {
		_, err := u.tell("act", b.ID.String())
		w.must(err)
	}
	reasons := map[clinic.EventKind]string{clinic.DoseDeferred: "發燒三十八度九", clinic.EventVoided: "登錄到別人身上", clinic.ReactionNoted: "全身起疹並嘔吐"}
	for _, d := range []draft{
		{Booking: all[0].ID, Kind: clinic.DoseDeferred},
		{Booking: all[1].ID, Kind: clinic.EventVoided},
		{Booking: all[2].ID, Kind: clinic.VaccineGiven, Lot: "FLU2601"},
		{Booking: all[2].ID, Kind: clinic.ReactionNoted},
	} {
		d.Reason = reasons[d.Kind]
		text, err := json.Marshal(d)
		w.must(err)
		_, err = u.tell("draft", string(text))
		w.must(err)
	}
	stranger := walkIn{Number: load.IDNumber(417_203_991), Name: "金絲雀測試", Birth: clinic.Date{Year: 1957, Month: 8, Day: 23}, Slot: all[0].Slot, Dose: all[0].Dose}
	text, err := json.Marshal(stranger)
	w.must(err)
	_, err = u.tell("register", string(text))
	w.must(err)
	if out, err := w.program("frontdesk", "bundle", "export", "--keys", "file", "--data", u.dir, filepath.Join(whole, "stick.ezbundle")); err != nil && !strings.Contains(out, "沒有等待") {
		t.Fatalf("%s, %v", out, err)
	}
	u.until("everything sent", time.Minute, func(h heard) bool { return h.Pending == 0 })

	birds := canariesOf(stranger.Number, stranger.Name, "", stranger.Birth)
	for kind, reason := range reasons {
		birds = append(birds, canariesOfText(fmt.Sprintf("the reason of an event of kind %d", kind), reason)...)
	}
	for _, s := range shots {
		birds = append(birds, canariesIn(t, s)...)
	}
	seen, files := sightings(t, birds, whole, line.all()) // both run: their write-ahead logs are there
	for _, s := range seen {
		t.Error(s)
	}
	if len(line.all()) < 4000 || files < 10 {
		t.Errorf("%d bytes captured and %d files read: the programs did not do what this test is about", len(line.all()), files)
	}
	u.kill()
	w.Kill() // what a crash leaves behind
	if seen, _ = sightings(t, birds, whole, nil); len(seen) > 0 {
		t.Errorf("after a crash: %v", seen)
	}
	aCanaryIsSeenWhereItStands(t, w, u, birds[0], whole)
}

// aCanaryIsSeenWhereItStands plants one in each kind of place: the test before is
// worth nothing unless it is found.
func aCanaryIsSeenWhereItStands(t *testing.T, w *town, u *unit, bird canary, whole string) {
	t.Helper()
	for place, path := range map[string]string{
		"the device's database": filepath.Join(u.dir, "replica.db"), "its write-ahead log": filepath.Join(u.dir, "replica.db-wal"),
		"central's database": filepath.Join(w.Data, "central.db"), "the device's log": u.dir + ".log",
		"central's log": filepath.Join(w.Data, "central.log"), "a temporary file": filepath.Join(whole, "sqlite-temp"),
	} {
		file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		before, err := file.Stat()
		if err == nil {
			_, err = file.Write(bird.bytes)
		}
		if err != nil {
			t.Fatal(err)
		}
		if seen, _ := sightings(t, []canary{bird}, whole, nil); len(seen) != 1 {
			t.Errorf("%s planted in %s: seen %v", bird.what, place, seen)
		}
		if err := file.Truncate(before.Size()); err != nil {
			t.Fatal(err)
		}
		_ = file.Close()
	}
	if seen, _ := sightings(t, []canary{bird}, whole, append([]byte("POST / HTTP/1.1\r\n\r\n"), bird.bytes...)); len(seen) != 1 {
		t.Errorf("in a capture: %v", seen)
	}
}
