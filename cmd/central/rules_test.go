package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"ezhitong.tw/central/console"
	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/clock"
)

const example = "../../docs/examples/pneumococcal-elders.json"

// ask runs a command line as main does and gives the command.
func ask(t *testing.T, args ...string) string {
	t.Helper()
	var opt options
	k, err := kong.New(&opt, kong.Name("central"))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := k.Parse(args)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Command()
}

func TestTheCommandLineKnowsTheCommands(t *testing.T) {
	for want, args := range map[string][]string{
		"rules check <file>":   {"rules", "check", "a.json", "b.json"},
		"programme add <file>": {"programme", "add", "a.json"},
		"audit verify":         {"audit", "verify", "--data", "d", "--mark", "1-0011223344556677"},
	} {
		if got := ask(t, args...); got != want {
			t.Errorf("%v is %q", args, got)
		}
	}
}

func TestCheckingSaysOneLineOrEveryFinding(t *testing.T) {
	var out strings.Builder
	if err := checkRules(&out, []string{example, "../../docs/examples/childhood.json"}); err != nil || out.String() != "可以使用 / good: pneumococcal-elders, childhood\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
	out.Reset()
	bad := "../../central/rules/testdata/after-unknown.json"
	err := checkRules(&out, []string{example, bad})
	if err == nil || err.Error() != "有 3 處要改 / 3 things to change" {
		t.Error(err)
	}
	if lines := strings.Split(strings.TrimSpace(out.String()), "\n"); len(lines) != 3 || !strings.HasPrefix(lines[0], bad+":11:106: ") {
		t.Errorf("%q", lines)
	}
	if err := checkRules(&out, []string{filepath.Join(t.TempDir(), "none.json")}); err == nil {
		t.Error("a file that is not there is good")
	}
}

func TestAProgrammeIsAddedToARunningServer(t *testing.T) {
	data, log := filepath.Join(t.TempDir(), "data"), slog.New(slog.DiscardHandler)
	h, err := open(t.Context(), &options{Data: data}, clock.System(), log)
	if err != nil {
		t.Fatal(err)
	}
	defer h.close(log)
	var out strings.Builder
	if err := addProgramme(t.Context(), &out, data, example); err == nil || !strings.Contains(err.Error(), "no server is running") {
		t.Errorf("before the server runs: %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	listener, err := console.Listen(ctx, data)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- console.Serve(ctx, listener, console.Config{Programmes: h.bookings, Log: log}) }()
	defer func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()
	for _, want := range []string{"已加入", "沒有更動"} {
		out.Reset()
		if err := addProgramme(t.Context(), &out, data, example); err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("%q, %v", out.String(), err)
		}
	}
	if p, ok := h.bookings.Catalogue().Programme("pneumococcal-elders"); !ok || p.Name[clinic.DefaultLocale] != "長者肺炎鏈球菌疫苗" {
		t.Errorf("%v", p.Name)
	}
	broken := filepath.Join(t.TempDir(), "broken.json")
	if err := os.WriteFile(broken, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	if err := addProgramme(t.Context(), &out, data, broken); err == nil || !strings.Contains(out.String(), "檔案在這裡就結束了") {
		t.Errorf("%q, %v", out.String(), err)
	}
}
