package emulator

import (
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ezhitong.tw/drivers/emulator/pcscdtest"
)

const (
	pcscReader  = "NHI Twin serial"
	apduSelect  = "00A4040010D1580000010000000000000000001100"
	apduGetData = "00CA1100020000"
	lastOfBasic = "313132303730349000" // the sample's date of issue and 90 00
)

// oracle starts pcscd with the emulated reader behind libccid's serial driver.
func oracle(t *testing.T, c Config) (*Reader, *pcscdtest.Daemon) {
	t.Helper()
	c.Link = filepath.Join(t.TempDir(), "twin")
	r := start(t, c)
	return r, pcscdtest.Start(t, pcscdtest.Twin(pcscReader, c.Link))
}

// script sends APDUs with scriptor and returns what it printed.
func script(t *testing.T, d *pcscdtest.Daemon, apdus ...string) string {
	t.Helper()
	out, err := d.Script(pcscReader, apdus...)
	if err != nil {
		t.Fatalf("scriptor: %v\n%s\npcscd:\n%s", err, out, d.Log())
	}
	return out
}

// spaced writes bytes as the tools print them.
func spaced(b []byte, between string) string {
	return strings.ReplaceAll(strings.ToUpper(fmt.Sprintf("% x", b)), " ", between)
}

func TestOraclePcscdReadsTheEmulator(t *testing.T) {
	record, err := Sample().record(PadNUL, nil)
	if err != nil {
		t.Fatal(err)
	}
	basic := strings.ToUpper(hex.EncodeToString(record))
	tests := []struct {
		name   string
		kind   string
		faults Faults
		apdus  []string
		want   []string
	}{
		{name: "a sound card", kind: "nhi", want: []string{"<9000", basic + "9000"}},
		{name: "a card of the new kind", kind: "new", want: []string{"<6D00", basic + "9000"}},
		{name: "a T=0 card", kind: "t0", apdus: []string{apduSelect, apduGetData, "00C0000039"}, want: []string{"<9000", "<6139", basic + "9000"}},
		{name: "an HPC", kind: "hpc", want: []string{"<6A82", "<6A86"}},
		{name: "a card of another kind", kind: "foreign", want: []string{"<6A82", "<6D00"}},
		{
			name: "a slow and wordy card", kind: "nhi",
			faults: Faults{NAKFirst: true, WaitByte: 2, TimeExt: 2, WTX: 2, Chunk: 20, CardBadEDC: 7, ByteGap: 100 * time.Microsecond},
			want:   []string{"<9000", basic + "9000"},
		},
		{name: "a reader that tells events at once", kind: "nhi", faults: Faults{Events: EventsUnsolicited}, want: []string{basic + "9000"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, d := oracle(t, Config{Card: sample(t, tt.kind), Faults: tt.faults})
			apdus := tt.apdus
			if apdus == nil {
				apdus = []string{apduSelect, apduGetData}
			}
			out := script(t, d, apdus...)
			for _, want := range tt.want {
				if !strings.Contains(out, want) {
					t.Errorf("scriptor printed no %s:\n%s\npcscd:\n%s", want, out, d.Log())
				}
			}
		})
	}
}

func TestOracleOpenscReadsTheEmulator(t *testing.T) {
	card := sample(t, "nhi")
	_, d := oracle(t, Config{Card: card})
	for _, tool := range []struct {
		args []string
		want []string
	}{
		{[]string{"opensc-tool", "--list-readers"}, []string{pcscReader}},
		{[]string{"opensc-tool", "--atr"}, []string{strings.ToLower(spaced(card.ATR(), ":"))}},
		{
			[]string{"opensc-tool", "--card-driver", "default", "--send-apdu", apduSelect, "--send-apdu", apduGetData},
			[]string{"SW1=0x90, SW2=0x00", "A123456789"},
		},
	} {
		out, err := d.Run(tool.args...)
		for _, want := range tool.want {
			// opensc-tool prints the bytes in rows with their letters beside them.
			if err != nil || !strings.Contains(out, want) && !strings.Contains(letters(out), want) {
				t.Errorf("%v: %v, no %s in\n%s\npcscd:\n%s", tool.args, err, want, out, d.Log())
			}
		}
	}
}

// letters joins the column of letters in opensc-tool's rows of 16 bytes.
func letters(dump string) string {
	var all strings.Builder
	for line := range strings.Lines(dump) {
		line = strings.TrimSuffix(line, "\n")
		if len(line) > 48 && strings.Count(line[:48], " ") >= 16 {
			all.WriteString(line[48:])
		}
	}
	return all.String()
}

func TestOraclePcscScanNamesTheEmulatedCards(t *testing.T) {
	r, d := oracle(t, Config{})
	if out, err := d.Run("pcsc_scan", "-r"); err != nil || !strings.Contains(out, pcscReader) {
		t.Fatalf("%v\n%s", err, out)
	}
	for chip, known := range map[Chip]string{ // those that Debian 12's list names
		ChipTHCC10N2: "Health Insurance", ChipTHCC10N1: "Health Insurance", ChipC821: "Health Insurance",
	} {
		card, err := NHI(Sample(), WithChip(chip))
		if err != nil {
			t.Fatal(err)
		}
		d.Forget()
		r.Insert(card)
		d.Await("Card ATR: " + spaced(card.ATR(), " "))
		out, err := d.Run("pcsc_scan", "-c")
		if !strings.Contains(out, "ATR: "+spaced(card.ATR(), " ")) {
			t.Errorf("%s: pcsc_scan (%v) printed\n%s", chip, err, out)
		}
		named, err := d.Run("ATR_analysis", spaced(card.ATR(), " "))
		if err != nil || !strings.Contains(named, known) {
			t.Errorf("%s: ATR_analysis (%v) printed\n%s", chip, err, named)
		}
		d.Forget()
		r.Remove()
		d.Await("Card Removed From " + pcscReader)
	}
}

func TestOraclePcscdReadsEveryChip(t *testing.T) {
	r, d := oracle(t, Config{})
	for _, chip := range Chips() {
		card, err := NHI(Sample(), WithChip(chip))
		if err != nil {
			t.Fatal(err)
		}
		d.Forget()
		r.Insert(card)
		d.Await("Card ATR: " + spaced(card.ATR(), " "))
		if out := script(t, d, apduSelect, apduGetData); !strings.Contains(out, lastOfBasic) {
			t.Errorf("%s: scriptor printed\n%s", chip, out)
		}
		d.Forget()
		r.Remove()
		d.Await("Card Removed From " + pcscReader)
	}
}

func TestOraclePcscdSeesTheCardPulledOutMidRead(t *testing.T) {
	_, d := oracle(t, Config{Card: sample(t, "nhi"), Faults: Faults{RemoveAt: 85}})
	out, err := d.Script(pcscReader, apduSelect, apduGetData)
	if err == nil || !strings.Contains(out, "<9000") || strings.Contains(out, lastOfBasic) {
		t.Errorf("scriptor printed\n%s", out)
	}
	d.Await("Card Removed From " + pcscReader)
}

func TestOraclePcscdGivesUpOnADeadCard(t *testing.T) {
	_, d := oracle(t, Config{Card: Mute()})
	d.Await("Error powering up card")
}
