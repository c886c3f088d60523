package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"ezhitong.tw/assets/fonts"
)

// Theme gives the look to Fyne's own widgets.
func (l Look) Theme() fyne.Theme {
	return &lookTheme{
		look:    l,
		base:    theme.DefaultTheme(),
		regular: fyne.NewStaticResource("NotoSansTC-Regular.ttf", fonts.Regular),
		bold:    fyne.NewStaticResource("NotoSansTC-Bold.ttf", fonts.Bold),
	}
}

type lookTheme struct {
	look          Look
	base          fyne.Theme
	regular, bold fyne.Resource
}

// Color maps Fyne's names to the tokens; the system's light or dark does not
// count, the look was chosen.
func (t *lookTheme) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	p := t.look.Palette
	switch name {
	case theme.ColorNameBackground:
		return p.Ground
	case theme.ColorNameForeground:
		return p.Ink
	case theme.ColorNamePlaceHolder, theme.ColorNameDisabled:
		return p.Ink2
	case theme.ColorNamePrimary, theme.ColorNameHyperlink:
		return p.Accent
	case theme.ColorNameForegroundOnPrimary, theme.ColorNameForegroundOnError,
		theme.ColorNameForegroundOnSuccess, theme.ColorNameForegroundOnWarning:
		return p.On
	case theme.ColorNameButton, theme.ColorNameInputBackground, theme.ColorNameOverlayBackground,
		theme.ColorNameMenuBackground, theme.ColorNameHeaderBackground:
		return p.Surface
	case theme.ColorNameDisabledButton:
		return p.Sunken
	case theme.ColorNameInputBorder, theme.ColorNameScrollBar:
		return p.Edge
	case theme.ColorNameScrollBarBackground, theme.ColorNameShadow:
		return color.Transparent
	case theme.ColorNameSeparator:
		return p.Line
	case theme.ColorNameSelection, theme.ColorNameHover:
		return p.Soft
	case theme.ColorNameFocus:
		return p.Focus
	case theme.ColorNamePressed:
		return p.Accent2
	case theme.ColorNameSuccess:
		return p.OK
	case theme.ColorNameWarning:
		return p.Warn
	case theme.ColorNameError:
		return p.Bad
	}
	variant := theme.VariantLight
	if p.dark {
		variant = theme.VariantDark
	}
	return t.base.Color(name, variant)
}

// Font is Noto Sans TC, Regular or Bold; there is no third face.
func (t *lookTheme) Font(style fyne.TextStyle) fyne.Resource {
	if style.Symbol {
		return t.base.Font(style)
	}
	if style.Bold {
		return t.bold
	}
	return t.regular
}

// Icon is Fyne's own: our icons are drawn by Look.Icon.
func (t *lookTheme) Icon(name fyne.ThemeIconName) fyne.Resource { return t.base.Icon(name) }

// Size maps Fyne's names to the measures.
func (t *lookTheme) Size(name fyne.ThemeSizeName) float32 {
	s := t.look.Sizes
	switch name {
	case theme.SizeNameText:
		return s.Text
	case theme.SizeNameCaptionText:
		return s.Smallest
	case theme.SizeNameSubHeadingText:
		return s.Second
	case theme.SizeNameHeadingText:
		return s.Title
	case theme.SizeNamePadding:
		return 8
	case theme.SizeNameInnerPadding:
		return 10
	case theme.SizeNameInlineIcon:
		return s.Icon
	case theme.SizeNameInputBorder:
		return 2
	case theme.SizeNameInputRadius, theme.SizeNameSelectionRadius:
		return 4
	case theme.SizeNameLineSpacing:
		return 6
	case theme.SizeNameScrollBar:
		return 14
	case theme.SizeNameScrollBarSmall:
		return 6
	case theme.SizeNameSeparatorThickness:
		return 1
	}
	return t.base.Size(name)
}

// Flat is a theme without padding, for a list whose rows bring their own.
func Flat(t fyne.Theme) fyne.Theme { return flatTheme{t} }

type flatTheme struct{ fyne.Theme }

// Size leaves out the padding between rows.
func (t flatTheme) Size(name fyne.ThemeSizeName) float32 {
	if name == theme.SizeNamePadding {
		return 0
	}
	return t.Theme.Size(name)
}
