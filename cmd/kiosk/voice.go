package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"

	"ezhitong.tw/drivers/voice"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/selfservice"
)

// usualVolume is how loud prompts are spoken until staff say otherwise, in percent.
const usualVolume = 70

// volumes keeps how loud prompts are spoken on the device.
type volumes struct{ *replica.Replica }

const volumeSetting = "voice_volume"

// Volume gives what was kept.
func (v volumes) Volume(ctx context.Context) (int, error) {
	kept, err := v.Setting(ctx, volumeSetting)
	if err != nil || kept == nil {
		return usualVolume, err
	}
	percent, err := strconv.Atoi(string(kept))
	if err != nil {
		return 0, fmt.Errorf("read the volume: %w", err)
	}
	return percent, nil
}

// KeepVolume keeps it.
func (v volumes) KeepVolume(ctx context.Context, percent int) error {
	return v.Keep(ctx, volumeSetting, []byte(strconv.Itoa(percent)))
}

// speak gives the screen the machine's voice, if it has one; end it with done.
func speak(feed *selfservice.Feed, r *replica.Replica, log *slog.Logger) (done func()) {
	speaker, err := voice.Find(func(err error) { log.Warn("not spoken", "why", err) })
	if errors.Is(err, voice.ErrNone) {
		log.Info("nothing is spoken", "why", err)
		return func() {}
	}
	feed.Voice, feed.Volumes = speaker, volumes{r}
	return speaker.Close
}
