package station

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"ezhitong.tw/internal/version"
)

// Settings are what front desk and kiosk give kong besides their flags: the version, and the settings in NAME.json in the
// working folder, if there is one. Its keys are the names of flags with _ for -: {"reader": ["COM3"], "scanner_baud": 19200}.
// The command line comes first. walkIns is how many places the program holds where nobody says.
func Settings(name string, walkIns int) []kong.Option {
	vars := kong.Vars{"version": name + " " + version.Number, "walk_ins": strconv.Itoa(walkIns)}
	return []kong.Option{kong.Name(name), vars, kong.Configuration(readSettings, name+".json")}
}

// settings is a file that also knows its keys, so that one written wrong is said and not passed over.
type settings struct {
	kong.Resolver
	keys []string
}

func readSettings(r io.Reader) (kong.Resolver, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read the settings: %w", err)
	}
	var values map[string]any
	if err := json.Unmarshal(raw, &values); err != nil {
		return nil, fmt.Errorf("設定檔不是 JSON。The settings are no JSON object: %w", err)
	}
	resolver, err := kong.JSON(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("read the settings: %w", err)
	}
	s := settings{Resolver: resolver}
	for key := range values {
		s.keys = append(s.keys, key)
	}
	slices.Sort(s.keys)
	return s, nil
}

// Validate refuses keys that are no flags.
func (s settings) Validate(app *kong.Application) error {
	for _, key := range s.keys {
		if !slices.ContainsFunc(app.Flags, func(f *kong.Flag) bool { return strings.ReplaceAll(f.Name, "-", "_") == key }) {
			return fmt.Errorf("設定檔沒有「%s」這一項，請對照 --help。There is no setting %q; --help lists them, with - for _", key, key)
		}
	}
	return nil
}
