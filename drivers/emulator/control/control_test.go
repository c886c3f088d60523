package control

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ezhitong.tw/drivers/emulator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func reader(t *testing.T) *emulator.Reader {
	t.Helper()
	r, err := emulator.Start(context.Background(), emulator.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func TestTheConsoleObeysOrSaysWhyNot(t *testing.T) {
	quits := 0
	r := reader(t)
	c := New(r, func() { quits++ })
	for _, line := range []string{
		"insert A123456789 王小明 1961-06-15 M",
		`insert A800000014 "KIM DEOKHAN" 1990-02-15 F`,
		"insert new A223456781 陳美玲 1988-03-09 F chip=slj52-r padding=space number=000012345678 issued=2025-12-01",
		"insert  t0  A123456789 王小明 1961-06-15 M",
		"insert nhi A123456789 王小明 1961-06-15 M",
		"insert foreign", "insert hpc", "insert mute", "remove", "remove",
		"fault delay=2s", "fault no-echo", "fault no-echo=off", "fault events=none", "fault none",
		"cut", "mend", "quit",
	} {
		if got := c.Do(line); got != OK {
			t.Errorf("%s: %s", line, got)
		}
	}
	if quits != 1 {
		t.Errorf("quit %d times", quits)
	}
	if got := c.Do("help"); !strings.HasPrefix(got, OK+" insert") || strings.Contains(got, "\n") {
		t.Errorf("help: %s", got)
	}
	for _, line := range []string{
		"", "  ", "dance", "remove now", "fault", "fault a b", "fault nonsense=1", "fault delay=long", `insert "A`,
		"insert", "insert A123456789", "insert A123456789 王小明 1961-06-15 X", "insert A123456789 王小明 15.6.1961 M",
		"insert A123456789 王小明 1961-06-15 M extra", "insert hpc A123456789", "insert A123456789 王小明 1961-06-15 M chip=gold",
		"insert A123456789 王小明 1961-06-15 M number=1", "insert A123456789 王小明 1961-06-15 M issued=never",
	} {
		if got := c.Do(line); !strings.HasPrefix(got, Refused) || strings.Contains(got, "\n") {
			t.Errorf("%s: %s", line, got)
		}
	}
}

func TestFaultsAreChangedOneByOne(t *testing.T) {
	r := reader(t)
	c := New(r, func() {})
	c.Do("fault delay=2s")
	c.Do("fault wtx=3")
	c.Do("fault wtx=-1")
	if f := r.Faults(); f.Delay != 2*time.Second || f.WTX != 3 {
		t.Errorf("%+v", f)
	}
	c.Do("fault none")
	if f := r.Faults(); f.Delay != 0 || f.WTX != 0 {
		t.Errorf("%+v", f)
	}
}

func TestCommandsComeOverASocketUntilSomebodyQuits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control")
	ctx, quit := context.WithCancel(t.Context())
	defer quit()
	l, err := Listen(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket mode %v, %v", info.Mode(), err)
	}
	served := make(chan error, 1)
	go func() { served <- New(reader(t), quit).Serve(ctx, l) }()

	silent, err := dial(ctx, path) // a guest who says nothing must not hold the door
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	if got, err := Send(ctx, path, "insert hpc"); err != nil || got != OK {
		t.Errorf("insert: %s, %v", got, err)
	}
	if _, err := Send(ctx, path, "insert gold"); err == nil {
		t.Error("a refusal came as no error")
	}
	if _, err := Send(ctx, path, "remove\nquit"); err == nil {
		t.Error("two lines passed as one")
	}
	if _, err := Listen(ctx, path); err == nil {
		t.Error("two consoles on one socket")
	}
	if got, err := Send(context.WithoutCancel(ctx), path, "quit"); err != nil || got != OK {
		t.Errorf("quit: %s, %v", got, err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
	if _, err := Send(t.Context(), path, "remove"); err == nil {
		t.Error("somebody answered after the end")
	}
}

func TestAnAbandonedSocketIsReplacedButNoFile(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "file")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(t.Context(), path); err == nil {
		t.Error("a file was replaced")
	}
	if _, err := Listen(t.Context(), filepath.Join(folder, "no", "folder")); err == nil {
		t.Error("a socket in no folder")
	}
}

func TestAnswersAreWrittenBesideTheirCommands(t *testing.T) {
	var out bytes.Buffer
	quit := false
	c := New(reader(t), func() { quit = out.Len() > 0 })
	if err := c.Run(strings.NewReader("insert hpc\nwhat\nquit\n"), &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 3 || lines[0] != OK || !strings.HasPrefix(lines[1], Refused) || lines[2] != OK {
		t.Errorf("%q", lines)
	}
	if !quit {
		t.Error("it quit before the answer was out")
	}
}

func TestAPersonIsReadFromTextAndFile(t *testing.T) {
	for _, s := range []string{"A123456789,王小明,1961-06-15,M", " A123456789 , 王小明 , 1961-06-15 , M "} {
		if c, err := ParseHolder(s); err != nil || c.Kind() != "nhi" {
			t.Errorf("%s: %s, %v", s, c.Kind(), err)
		}
	}
	for _, s := range []string{"", "A123456789", "A123456789,王小明,1961-06-15,M,more"} {
		if _, err := ParseHolder(s); err == nil {
			t.Errorf("%q passed", s)
		}
	}
	c, err := ParseFile([]byte(`{"kind":"new","id":"A123456789","name":"王小明","birth":"1961-06-15","sex":"M","chip":"jcop4"}`))
	if err != nil || c.Kind() != "new" {
		t.Errorf("%s, %v", c.Kind(), err)
	}
	for _, s := range []string{"", "[]", `{"kind":"gold","id":"A1","name":"A","birth":"1961-06-15","sex":"M"}`, `{"who":"me"}`} {
		if _, err := ParseFile([]byte(s)); err == nil {
			t.Errorf("%q passed", s)
		}
	}
}

func TestALineWrittenIsALineRead(t *testing.T) {
	for _, p := range []Person{
		{ID: "A123456789", Name: "王小明", Birth: "1961-06-15", Sex: "M"},
		{Kind: "new", ID: "A800000014", Name: `KIM "D" HAN`, Birth: "1990-02-15", Sex: "F", Number: "000012345678", Issued: "2025-12-01", Chip: "slj52", Padding: "full-width"},
		{Kind: "mute"},
	} {
		if got := New(reader(t), func() {}).Do(p.Line()); got != OK {
			t.Errorf("%s: %s", p.Line(), got)
		}
	}
}

func TestOnePersonHasOneNumber(t *testing.T) {
	one, again, other := numberOf("A123456789"), numberOf("A123456789"), numberOf("A223456781")
	if one != again || one == other || len(one) != 12 || len(other) != 12 {
		t.Errorf("%s %s %s", one, again, other)
	}
}

func TestAPersonDoesNotShowItself(t *testing.T) {
	p := Person{ID: "A123456789", Name: "王小明"}
	for _, s := range []string{fmt.Sprint(p), fmt.Sprintf("%+v", p), fmt.Sprintf("%#v", p), p.LogValue().String()} {
		if strings.Contains(s, "123") || strings.Contains(s, "小") {
			t.Errorf("it says %s", s)
		}
	}
}

func FuzzConsole(f *testing.F) {
	f.Add("insert A123456789 王小明 1961-06-15 M")
	f.Add(`insert "A" ""`)
	f.Add("fault garbage=00")
	r, err := emulator.Start(context.Background(), emulator.Config{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = r.Close() }) // the test is over
	c := New(r, func() {})
	f.Fuzz(func(t *testing.T, line string) {
		got := c.Do(line)
		if strings.ContainsAny(got, "\r\n") || (!strings.HasPrefix(got, OK) && !strings.HasPrefix(got, Refused)) {
			t.Errorf("%q was answered %q", line, got)
		}
	})
}
