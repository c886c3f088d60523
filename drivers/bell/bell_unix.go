//go:build unix

package bell

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// players read a WAV file from their standard input.
var players = [][]string{{"pw-play", "-"}, {"paplay"}, {"aplay", "-q", "-"}}

func sound(ctx context.Context, r Ring) error {
	why := []error{ErrSilent}
	for _, p := range players {
		path, err := exec.LookPath(p[0])
		if err != nil {
			continue
		}
		cmd := exec.CommandContext(ctx, path, p[1:]...)
		cmd.Stdin = bytes.NewReader(wave(r))
		said, err := cmd.CombinedOutput()
		if err == nil {
			return nil
		}
		why = append(why, fmt.Errorf("%s: %w: %s", p[0], err, strings.TrimSpace(string(said))))
	}
	return errors.Join(why...)
}
