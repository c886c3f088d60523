package town

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Display is a screen that windows open on: the one of the person at the
// machine, or one in memory.
type Display struct {
	Name   string // as in the variable DISPLAY
	Width  int
	Height int
	own    bool     // in memory: screenshots and keys go to it
	input  []string // environment of an input method; nil for none
	server *Process
}

// display starts a screen in memory with a window manager on it.
func (t *Town) display(ctx context.Context, name string, width, height int) (*Display, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start a display: %w", err)
	}
	defer func() { _ = read.Close() }() // a pipe that was read to its end
	server, err := t.startTool(name+"-display", nil, []*os.File{write}, "Xvfb", "-displayfd", "3",
		"-screen", "0", fmt.Sprintf("%dx%dx24", width, height), "-nolisten", "tcp", "-noreset")
	_ = write.Close()
	if err != nil {
		return nil, err
	}
	if err := read.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return nil, fmt.Errorf("start a display: %w", err)
	}
	var number [16]byte
	n, err := read.Read(number[:])
	if err != nil {
		return nil, fmt.Errorf("start a display: no number came, see %s: %w", server.log.path, err)
	}
	d := &Display{Name: ":" + strings.TrimSpace(string(number[:n])), Width: width, Height: height, own: true, server: server}
	rules := t.path("windows.xml")
	if err := os.WriteFile(rules, []byte(windowRules), 0o600); err != nil {
		return nil, fmt.Errorf("start a display: %w", err)
	}
	if _, err := t.startTool(name+"-windows", d.env(), nil, "openbox", "--config-file", rules); err != nil {
		return nil, err
	}
	return d, t.awaitWindowManager(ctx, d)
}

// windowRules leaves the frames of windows away: the programs fill the screen.
const windowRules = `<?xml version="1.0" encoding="UTF-8"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <applications><application class="*"><decor>no</decor><position force="yes"><x>0</x><y>0</y></position></application></applications>
</openbox_config>
`

func (t *Town) awaitWindowManager(ctx context.Context, d *Display) error {
	return until(ctx, 10*time.Second, "the window manager", func() error {
		out, err := d.command(ctx, "xprop", "-root", "_NET_SUPPORTING_WM_CHECK").CombinedOutput()
		if err != nil || !strings.Contains(string(out), "window id") {
			return fmt.Errorf("not there yet: %s", strings.TrimSpace(string(out)))
		}
		return nil
	})
}

// env is what a program needs to open its window here.
func (d *Display) env() []string {
	if !d.own {
		return nil
	}
	return append([]string{"DISPLAY=" + d.Name, "WAYLAND_DISPLAY=", "LIBGL_ALWAYS_SOFTWARE=1", "LANG=zh_TW.UTF-8", "FYNE_SCALE=1"}, d.input...)
}

func (d *Display) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), d.env()...)
	return cmd
}

// AwaitWindow waits until a process has a window on the screen and gives it the
// keyboard.
func (d *Display) AwaitWindow(ctx context.Context, pid int) error {
	var windows []string
	err := until(ctx, 30*time.Second, "a window", func() error {
		out, err := d.command(ctx, "xdotool", "search", "--onlyvisible", "--pid", strconv.Itoa(pid)).Output()
		if windows = strings.Fields(string(out)); len(windows) == 0 {
			return fmt.Errorf("none yet: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return d.run(ctx, "xdotool", "windowactivate", "--sync", windows[0])
}

// Key presses keys one after the other, such as Return.
func (d *Display) Key(ctx context.Context, keys ...string) error {
	return d.run(ctx, "xdotool", append([]string{"key"}, keys...)...)
}

// Scan types a code as a scanner does, and Enter.
func (d *Display) Scan(ctx context.Context, code string) error {
	return d.run(ctx, "xdotool", "type", "--delay", "2", "--args", "1", code, "key", "Return")
}

// Click touches a point, in parts of the width and height, as a finger does: it is there
// and presses in one instant.
func (d *Display) Click(ctx context.Context, x, y float64) error {
	return d.run(ctx, "xdotool", "mousemove", strconv.Itoa(int(x*float64(d.Width))), strconv.Itoa(int(y*float64(d.Height))), "click", "1")
}

// Picture saves what is on the screen as PNG and gives its path.
func (t *Town) Picture(ctx context.Context, d *Display, name string) (string, error) {
	path := filepath.Join(t.Pictures, name+".png")
	if err := os.MkdirAll(t.Pictures, 0o755); err != nil {
		return "", fmt.Errorf("make the folder of the pictures: %w", err)
	}
	return path, d.run(ctx, "import", "-window", "root", "-define", "png:exclude-chunks=date,time", path)
}

// Shot saves what is on a device's screen, once it stands still.
func (t *Town) Shot(ctx context.Context, device, name string) error {
	d, err := t.Screen(ctx, device)
	if err != nil {
		return err
	}
	var before []byte
	alike := 0
	err = until(ctx, 10*time.Second, "a screen that stands still", func() error {
		now, err := d.command(ctx, "import", "-window", "root", "-resize", "320x200!", "-depth", "8", "gray:-").Output()
		if err != nil {
			return err
		}
		if alike++; !bytes.Equal(now, before) {
			alike = 0
		}
		if before = now; alike < stillFor {
			return errors.New("it moves")
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, err = t.Picture(ctx, d, name)
	return err
}

// stillFor is how many looks in a row, some hundredths of a second apart, find a screen
// that stands still as it was.
const stillFor = 4

// Press presses a key at a device and gives the line with which it says what followed.
func (t *Town) Press(ctx context.Context, device, key string, words ...string) (line string, err error) {
	return t.act(ctx, device, func(d *Display) error { return d.Key(ctx, key) }, words...)
}

// Finger touches a device's screen, at a point as Click has it, as Press does.
func (t *Town) Finger(ctx context.Context, device string, x, y float64, words ...string) (line string, err error) {
	return t.act(ctx, device, func(d *Display) error { return d.Click(ctx, x, y) }, words...)
}

// Type types words at a device as a person does.
func (t *Town) Type(ctx context.Context, device, words string) error {
	d, err := t.Screen(ctx, device)
	if err != nil {
		return err
	}
	return d.run(ctx, "xdotool", "type", "--delay", "60", words)
}

// FingerUntil touches a point again until the program says what follows: before that there
// is nothing to touch, or the screen has not been painted.
func (t *Town) FingerUntil(ctx context.Context, device string, x, y float64, words ...string) error {
	d, err := t.Screen(ctx, device)
	if err != nil {
		return err
	}
	p := t.programs[device]
	mark := p.Mark()
	for range 10 {
		if err := d.Click(ctx, x, y); err != nil {
			return err
		}
		if _, err = p.Expect(ctx, mark, 2*time.Second, words...); err == nil {
			return nil
		}
	}
	return err
}

func (t *Town) act(ctx context.Context, device string, act func(*Display) error, words ...string) (line string, err error) {
	d, err := t.Screen(ctx, device)
	if err != nil {
		return "", err
	}
	p := t.programs[device]
	mark := p.Mark()
	if err := act(d); err != nil || len(words) == 0 {
		return "", err
	}
	return p.Expect(ctx, mark, 15*time.Second, words...)
}

func (d *Display) run(ctx context.Context, name string, args ...string) error {
	if out, err := d.command(ctx, name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}

// until tries again, forty times a second, until there is no error.
func until(ctx context.Context, limit time.Duration, what string, try func() error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		err := try()
		if err == nil {
			return nil
		}
		if !pause(ctx, 25*time.Millisecond) {
			return fmt.Errorf("%s: not within %s: %w", what, limit, err)
		}
	}
}

// pause waits and reports whether the context still lives.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
