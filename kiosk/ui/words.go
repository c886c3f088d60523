package ui

import (
	"encoding/json"
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"ezhitong.tw/assets/i18n"
)

// baseWords are the words that Fyne's own widgets show, by Fyne's key; ours are
// under "fyne." and the same number.
var baseWords = map[string]string{
	"Advanced": "fyne.advanced", "Cancel": "fyne.cancel", "Confirm": "fyne.confirm", "Copy": "fyne.copy",
	"Create Folder": "fyne.create_folder", "Cut": "fyne.cut", "Enter filename": "fyne.enter_filename",
	"Error": "fyne.error", "Favourites": "fyne.favourites", "File": "fyne.file", "Folder": "fyne.folder",
	"New Folder": "fyne.new_folder", "No": "fyne.no", "OK": "fyne.ok", "Open": "fyne.open", "Paste": "fyne.paste",
	"Quit": "fyne.quit", "Redo": "fyne.redo", "Save": "fyne.save", "Select all": "fyne.select_all",
	"Show Hidden Files": "fyne.show_hidden", "Undo": "fyne.undo", "Yes": "fyne.yes",
}

// feedFyne puts our words in place of Fyne's own, in the given language,
// whatever language the machine is set to. Call it once, after the app is made.
func feedFyne(locale string) error {
	words := make(map[string]string, len(baseWords))
	for key, ours := range baseWords {
		words[key] = i18n.T(locale, ours, nil)
	}
	data, err := json.Marshal(words)
	if err != nil {
		return fmt.Errorf("write Fyne's words: %w", err)
	}
	// Fyne follows the machine's language and falls back to English.
	for _, l := range []fyne.Locale{fyne.Locale(i18n.Default), "zh-Hans", "en", lang.SystemLocale()} {
		if err := lang.AddTranslationsForLocale(data, l); err != nil {
			return fmt.Errorf("give Fyne its words for %s: %w", l, err)
		}
	}
	return nil
}
