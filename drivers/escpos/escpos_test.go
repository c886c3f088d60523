package escpos

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/image/font"

	"ezhitong.tw/drivers/emulator"
	"ezhitong.tw/drivers/serialline"
)

// printed is where the slips of the tests go as pictures, for somebody to look at.
var printed = flag.String("printed", "", "write the printed slip to this PNG file")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func typefaces(t testing.TB) *Fonts {
	t.Helper()
	regular, err := os.ReadFile("../../assets/fonts/NotoSansTC-Regular.ttf")
	if err != nil {
		t.Fatal(err)
	}
	bold, err := os.ReadFile("../../assets/fonts/NotoSansTC-Bold.ttf")
	if err != nil {
		t.Fatal(err)
	}
	fonts, err := NewFonts(regular, bold)
	if err != nil {
		t.Fatal(err)
	}
	return fonts
}

// ticket is a queue ticket as a kiosk gives it.
func ticket(t testing.TB, width int) *image.Gray {
	t.Helper()
	slip, err := Draw(typefaces(t), width,
		Text{Text: "綠川小兒科診所", Size: 34, Bold: true, Align: Centre},
		Text{Text: "115 年 12 月 1 日　上午", Align: Centre},
		Rule{},
		Text{Text: "您的號碼", Align: Centre},
		Text{Text: "A001", Size: 120, Bold: true, Align: Centre},
		Text{Text: "流感疫苗・第 1 劑", Size: 34, Align: Centre},
		Space{12},
		Text{Text: "請在候診區等候叫號。接種後請留觀 30 分鐘，如有不適，請立即告訴醫護人員。"},
		QR{Text: "https://ezhitong.tw/t/A001"},
		Text{Text: "編號 0193-7F2A", Size: 22, Align: Right},
		Space{40},
	)
	if err != nil {
		t.Fatal(err)
	}
	return slip
}

func start(t *testing.T, c emulator.PrinterConfig) (*emulator.Printer, *Printer) {
	t.Helper()
	sim, err := emulator.StartPrinter(context.WithoutCancel(t.Context()), c)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Open(within(t, 5*time.Second), Config{Port: sim.Path()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Close()
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
		if strange := sim.Strange(); len(strange) > 0 {
			t.Errorf("the printer did not know %q", strange)
		}
	})
	return sim, p
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestWhatIsDrawnIsWhatIsPrinted(t *testing.T) {
	for _, width := range []int{Paper80, Paper58} {
		sim, p := start(t, emulator.PrinterConfig{Dots: width})
		slip := ticket(t, width)
		if err := p.Print(within(t, 10*time.Second), slip); err != nil {
			t.Fatal(err)
		}
		slips := sim.Slips()
		if len(slips) != 1 {
			t.Fatalf("%d slips", len(slips))
		}
		got := slips[0]
		if got.Rect.Dx() != width || got.Rect.Dy() != slip.Rect.Dy()+24 {
			t.Fatalf("printed %v of %v", got.Rect, slip.Rect)
		}
		for y := range slip.Rect.Dy() {
			for x := range width {
				if got.GrayAt(x, y) != slip.GrayAt(x, y) {
					t.Fatalf("width %d: dot %d, %d differs", width, x, y)
				}
			}
		}
		if *printed != "" && width == Paper80 {
			keep(t, got, *printed)
		}
	}
}

// keep writes a printed slip to a PNG file.
func keep(t *testing.T, slip *image.Gray, path string) {
	t.Helper()
	var file bytes.Buffer
	if err := errors.Join(png.Encode(&file, slip), os.WriteFile(path, file.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// TestThePrintedCodeIsReadByADecoderThatIsNotOurs reads the QR code off the paper with Debian's zbarimg.
func TestThePrintedCodeIsReadByADecoderThatIsNotOurs(t *testing.T) {
	zbar, err := exec.LookPath("zbarimg")
	if err != nil {
		t.Fatalf("this test needs what ./setup test installs: %v", err)
	}
	for _, width := range []int{Paper80, Paper58} {
		sim, p := start(t, emulator.PrinterConfig{Dots: width})
		if err := p.Print(within(t, 10*time.Second), ticket(t, width)); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "slip.png")
		keep(t, sim.Slips()[0], file)
		out, err := exec.CommandContext(within(t, 20*time.Second), zbar, "--quiet", "--raw", file).Output()
		if got := strings.TrimSpace(string(out)); err != nil || got != "https://ezhitong.tw/t/A001" {
			t.Errorf("width %d: it reads %q, %v", width, got, err)
		}
	}
}

func TestAPrinterThatCannotPrintSaysWhy(t *testing.T) {
	for want, state := range map[error]emulator.PrinterState{
		ErrPaperEnd: {PaperOut: true}, ErrCoverOpen: {CoverOpen: true}, ErrCutter: {CutterJam: true}, ErrSilent: {Mute: true},
	} {
		sim, p := start(t, emulator.PrinterConfig{State: state})
		if err := p.Print(within(t, 5*time.Second), ticket(t, Paper80)); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
		sim.SetState(emulator.PrinterState{PaperLow: true})
		if s, err := p.Status(within(t, 5*time.Second)); err != nil || !s.PaperLow || s.Err() != nil {
			t.Errorf("%v, %v", s, err)
		}
		if err := p.Print(within(t, 10*time.Second), ticket(t, Paper80)); err != nil {
			t.Error(err)
		}
		if n := len(sim.Slips()); n != 1 {
			t.Errorf("%d slips came out: the first attempt was printed late", n)
		}
	}
}

func TestPaperThatEndsOnTheWayIsSaidAndNothingComesOutLate(t *testing.T) {
	sim, p := start(t, emulator.PrinterConfig{State: emulator.PrinterState{Rows: 300}})
	if err := p.Print(within(t, 10*time.Second), ticket(t, Paper80)); !errors.Is(err, ErrPaperEnd) {
		t.Errorf("%v", err)
	}
	sim.SetState(emulator.PrinterState{})
	if err := p.Print(within(t, 10*time.Second), ticket(t, Paper80)); err != nil {
		t.Error(err)
	}
	if n := len(sim.Slips()); n != 1 {
		t.Errorf("%d slips", n)
	}
}

func TestAPrinterThatDoesNotReplyWhenDoneIsBelieved(t *testing.T) {
	sim, p := start(t, emulator.PrinterConfig{State: emulator.PrinterState{NoReply: true}})
	if err := p.Print(within(t, 10*time.Second), ticket(t, Paper80)); err != nil || len(sim.Slips()) != 1 {
		t.Errorf("%v, %d slips", err, len(sim.Slips()))
	}
}

func TestAPictureThatHoldsCommandsOfRealTimeIsPrintedAllTheSame(t *testing.T) {
	slip := image.NewGray(image.Rect(0, 0, Paper80, 300))
	for y := range slip.Rect.Dy() {
		for x := range Paper80 {
			if ([]byte{0x10, 0x04, 0x01, 0xFF}[x/8%4]<<(x%8))&0x80 == 0 {
				slip.Pix[y*slip.Stride+x] = 255
			}
		}
	}
	sim, p := start(t, emulator.PrinterConfig{})
	if err := p.Print(within(t, 10*time.Second), slip); err != nil || len(sim.Slips()) != 1 {
		t.Errorf("%v, %d slips", err, len(sim.Slips()))
	}
}

func TestThePrintersCableIsPulled(t *testing.T) {
	sim, p := start(t, emulator.PrinterConfig{})
	if err := sim.Cut(); err != nil {
		t.Fatal(err)
	}
	if err := p.Print(within(t, 5*time.Second), ticket(t, Paper80)); !errors.Is(err, serialline.ErrGone) {
		t.Errorf("%v", err)
	}
	if _, err := Open(within(t, 5*time.Second), Config{Port: "/dev/null"}); !errors.Is(err, serialline.ErrNotSerial) {
		t.Errorf("%v", err)
	}
}

func TestLinesBreakWherePeopleWouldBreakThem(t *testing.T) {
	f := &faces{fonts: typefaces(t), open: map[faceKey]font.Face{}}
	defer f.close()
	face, err := f.face(28, false)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][]string{
		"":              {""},
		"一二三四五六七八九十":    {"一二三四五", "六七八九十"},
		"一二三四五，六七":      {"一二三四", "五，六七"},
		"一\n二":          {"一", "二"},
		"疫苗 vaccine 接種": {"疫苗", "vaccine 接", "種"},
		"𠮷𠮷𠮷𠮷𠮷𠮷":        {"𠮷𠮷𠮷𠮷𠮷", "𠮷"},
		"a\tb\x00c":     {"a bc"},
	} {
		got := wrap(face, text, 28*5)
		if len(got) != len(want) {
			t.Errorf("%q: %q", text, got)
			continue
		}
		for i := range got {
			if trimmed := string(bytes.TrimSpace([]byte(got[i]))); trimmed != want[i] {
				t.Errorf("%q: line %d is %q, want %q", text, i, got[i], want[i])
			}
		}
	}
}

func TestAQRCodeThatDoesNotFitIsRefused(t *testing.T) {
	if _, err := Draw(typefaces(t), 100, QR{Text: "https://ezhitong.tw/t/A001"}); err == nil {
		t.Error("it was drawn")
	}
}

func FuzzStatus(f *testing.F) {
	f.Add([]byte{0x12, 0x12, 0x12, 0x12})
	f.Add([]byte{0x1A, 0x36, 0x7A, 0x7E})
	f.Fuzz(func(t *testing.T, answers []byte) {
		var s Status
		for i, b := range answers {
			n := byte(i % 6)
			next, err := s.with(n, b)
			if (err == nil) != (isStatus(b) && n >= 1 && n <= 4) {
				t.Fatalf("question %d, answer %02X: %v", n, b, err)
			}
			if err != nil && next != s {
				t.Fatalf("a byte that is none changed %v to %v", s, next)
			}
			if s.Err() != nil && next.Err() == nil {
				t.Fatalf("%02X took back %v", b, s)
			}
			s = next
		}
		if (s.Err() == nil) != (s == Status{PaperLow: s.PaperLow}) || s.String() == "" {
			t.Fatalf("%v: %v", s, s.Err())
		}
	})
}
