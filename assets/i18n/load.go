package i18n

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// load merges the catalogues of a folder. It reads as much as it can and tells all the faults together.
func load(fsys fs.FS) (catalogues, error) {
	names, err := fs.Glob(fsys, "*.json")
	if err != nil {
		return nil, fmt.Errorf("list catalogues: %w", err)
	}
	c := make(catalogues)
	var faults []error
	for _, name := range names {
		locale, _, _ := strings.Cut(name, ".")
		if c[locale] == nil {
			c[locale] = make(map[string]string)
		}
		if err := c.loadFile(fsys, name, locale); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", name, err))
		}
	}
	return c, errors.Join(faults...)
}

// loadFile reads token by token, because a map would hide a key that stands twice in one file.
func (c catalogues) loadFile(fsys fs.FS, name, locale string) error {
	f, err := fsys.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	d := json.NewDecoder(f)
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.New("a catalogue is one JSON object")
	}
	var faults []error
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		value, err := d.Token()
		if err != nil {
			return err
		}
		k, _ := key.(string)
		text, ok := value.(string)
		if !ok {
			return fmt.Errorf("the text of %q is not a string", k)
		}
		if _, twice := c[locale][k]; twice {
			faults = append(faults, fmt.Errorf("the key %q is there already", k))
			continue
		}
		c[locale][k] = text
	}
	if _, err := d.Token(); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the catalogue's object")
	}
	return errors.Join(faults...)
}
