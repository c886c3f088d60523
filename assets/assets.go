// Package assets holds the pictures and styles that the programs carry inside themselves.
//
// Fonts are a package of their own (assets/fonts), so that a program that draws no text does not carry them.
package assets

import "embed"

// Icons holds the icons as icons/NAME.svg: 24×24 units, filled with the ink colour #14202E. Four are pictures of their
// own size and colours: mark (the project's sign) and card-in, card-go, card-bad (how the card goes into the reader).
//
//go:embed icons/*.svg
var Icons embed.FS

// Web holds what the web pages load: web/look.css, the colours, parts and surfaces of the look.
//
//go:embed web
var Web embed.FS
