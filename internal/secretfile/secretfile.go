// Package secretfile keeps a file of secrets: made once, on the disk before it
// is used, readable by its owner only, and never replaced.
package secretfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// ReadOrCreate reads a file, or has it made where there is none yet. A file that
// others can read is refused. Of two processes that make it at the same time one
// wins, and both read its file.
func ReadOrCreate(path string, content func() ([]byte, error)) ([]byte, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := create(path, content); err != nil {
			return nil, fmt.Errorf("create %s: %w", path, err)
		}
		text, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read a file of secrets: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("look at a file of secrets: %w", err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read by others (mode %o): it must be 0600", path, info.Mode().Perm())
	}
	return text, nil
}

// create writes the file beside its place, fsyncs it, links it in without
// replacing one that another process made meanwhile, and fsyncs the folder.
func create(path string, content func() ([]byte, error)) (err error) {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	text, err := content()
	if err != nil {
		return err
	}
	draft, err := os.CreateTemp(folder, filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(draft.Name())) }()
	_, err = draft.Write(text)
	if err = errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return err
	}
	if err := os.Link(draft.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if runtime.GOOS == "windows" { // no folder handles to flush there
		return nil
	}
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
