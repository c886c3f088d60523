package town

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Browser is Chromium without a window, driven like a person does.
type Browser struct {
	t   *Town
	tab context.Context
	end []context.CancelFunc
}

// step bounds what one page may take.
const step = 20 * time.Second

// Browse opens a browser of its own, with or without JavaScript.
func (t *Town) Browse(ctx context.Context, width, height int64, script bool) (*Browser, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.WindowSize(int(width), int(height)),
		chromedp.Flag("disable-quic", true), chromedp.Flag("hide-scrollbars", true), chromedp.Flag("accept-lang", "zh-TW"))
	allocator, endAllocator := chromedp.NewExecAllocator(ctx, options...)
	tab, endTab := chromedp.NewContext(allocator)
	b := &Browser{t: t, tab: tab, end: []context.CancelFunc{endTab, endAllocator}}
	err := chromedp.Do(tab, chromedp.EmulateViewport(width, height))
	if err == nil && !script {
		_, err = chromedp.Call(tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	}
	if err != nil {
		b.Close()
		return nil, fmt.Errorf("open a browser: %w", err)
	}
	return b, nil
}

// Close ends the browser.
func (b *Browser) Close() {
	for _, end := range b.end {
		end()
	}
}

func (b *Browser) do(what string, steps ...chromedp.Action[chromedp.Void]) error {
	ctx, cancel := context.WithTimeout(b.tab, step)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// Open goes to a path of central.
func (b *Browser) Open(path string) error {
	return b.do("open "+path, chromedp.Navigate(b.t.Address+path), chromedp.WaitVisible(chromedp.CSS("h1")))
}

// Follow clicks the first link or button that a selector finds and waits for the
// page after it.
func (b *Browser) Follow(selector string) error {
	before, err := b.Text("html")
	if err != nil {
		return err
	}
	if err := b.do("click "+selector, chromedp.Click(chromedp.CSS(selector))); err != nil {
		return err
	}
	return until(b.tab, step, "the page after "+selector, func() error {
		after, err := b.Text("html")
		if err != nil {
			return err
		}
		if after == before {
			return fmt.Errorf("still %s", b.path())
		}
		return nil
	})
}

// Text gives what an element shows.
func (b *Browser) Text(selector string) (string, error) {
	ctx, cancel := context.WithTimeout(b.tab, step)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Text(chromedp.CSS(selector)))
	if err != nil {
		return "", fmt.Errorf("read %s on %s: %w", selector, b.path(), err)
	}
	return strings.TrimSpace(text), nil
}

// Fill types into a field of the page.
func (b *Browser) Fill(name, value string) error {
	field := chromedp.CSS(fmt.Sprintf("[name=%q]", name))
	return b.do("fill "+name, chromedp.SetValue(field, value))
}

// Tick ticks a box of the page.
func (b *Browser) Tick(name string) error {
	return b.do("tick "+name, chromedp.Click(chromedp.CSS(fmt.Sprintf("input[type=checkbox][name=%q]", name))))
}

func (b *Browser) path() string {
	location, err := chromedp.Run(b.tab, chromedp.Location())
	if err != nil {
		return "a page that can't be told"
	}
	return strings.TrimPrefix(location, b.t.Address)
}

// Picture saves the whole page as PNG and gives its path.
func (b *Browser) Picture(name string) (string, error) {
	ctx, cancel := context.WithTimeout(b.tab, step)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		return "", fmt.Errorf("take a picture of %s: %w", b.path(), err)
	}
	path := filepath.Join(b.t.Pictures, name+".png")
	if err := os.MkdirAll(b.t.Pictures, 0o755); err != nil {
		return "", fmt.Errorf("make the folder of the pictures: %w", err)
	}
	return path, os.WriteFile(path, png, 0o644)
}
