package town

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The files by which fcitx writes Chinese by its sounds (注音) from the first key on.
var inputMethod = map[string]string{
	"profile": "[Groups/0]\nName=Default\nDefault Layout=us\nDefaultIM=chewing\n\n[Groups/0/Items/0]\nName=keyboard-us\n\n" +
		"[Groups/0/Items/1]\nName=chewing\n\n[GroupOrder]\n0=Default\n",
	"config": "[Behavior]\nActiveByDefault=True\n",
}

// StartInputMethod has what is typed on a device's display go through an input method;
// the device starts after it.
func (t *Town) StartInputMethod(ctx context.Context, device string) error {
	screen, err := t.Screen(ctx, device)
	if err != nil {
		return err
	}
	home := t.path(device + "-input")
	folder := filepath.Join(home, "fcitx5")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("start an input method: %w", err)
	}
	for name, text := range inputMethod {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			return fmt.Errorf("start an input method: %w", err)
		}
	}
	screen.input = []string{"XMODIFIERS=@im=fcitx", "LC_ALL=C.UTF-8"}
	env := append(screen.env(), "HOME="+home, "XDG_CONFIG_HOME="+home, "DBUS_SESSION_BUS_ADDRESS=disabled:")
	if _, err := t.startTool(device+"-input", env, nil, "fcitx5", "--disable=wayland,waylandim,dbus,dbusfrontend,ibusfrontend,notifications,notificationitem,kimpanel"); err != nil {
		return err
	}
	return until(ctx, 20*time.Second, "the input method", func() error {
		out, err := screen.command(ctx, "xprop", "-root", "XIM_SERVERS").CombinedOutput()
		if err != nil || !strings.Contains(string(out), "fcitx") {
			return fmt.Errorf("not there yet: %s", strings.TrimSpace(string(out)))
		}
		return nil
	})
}
