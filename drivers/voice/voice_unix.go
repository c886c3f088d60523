//go:build unix

package voice

import (
	"os/exec"
	"strconv"
)

// languages are the names that both programs know, by tag.
var languages = map[string]string{"zh-TW": "cmn", "en": "en", "vi": "vi", "id": "id"}

// find prefers espeak-ng, which ends when it is told to; speech-dispatcher goes on and
// has to be told.
func find() (program, error) {
	if path, err := exec.LookPath("espeak-ng"); err == nil {
		return program{path: path, args: func(locale string, volume int) []string {
			return []string{"-v", language(locale), "-s", "150", "-a", strconv.Itoa(2 * volume), "--stdin"}
		}}, nil
	}
	if path, err := exec.LookPath("spd-say"); err == nil {
		return program{path: path, hush: []string{"-C"}, args: func(locale string, volume int) []string {
			return []string{"-w", "-l", language(locale), "-i", strconv.Itoa(2*volume - 100), "-e"}
		}}, nil
	}
	return program{}, ErrNone
}

func language(locale string) string {
	if l, ok := languages[locale]; ok {
		return l
	}
	return locale
}

// quiet has nothing to do here: no window opens.
func quiet(*exec.Cmd) {}
