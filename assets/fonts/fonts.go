// Package fonts holds the typeface of the screens, charts and printed lists: Noto Sans TC.
//
// The files come from the npm package @expo-google-fonts/noto-sans-tc 0.4.3, which repackages Google Fonts' static
// TrueType files, and are used under the SIL Open Font License 1.1 (LICENSE_FONT). They cover all of Big5, the
// punctuation used in Taiwan and Vietnamese; they do not cover rare characters such as 𠮷.
package fonts

import _ "embed"

// Family is the name that both files carry as their typeface.
const Family = "Noto Sans TC"

// Regular is the TrueType file of weight 400. Read it, never write to it.
//
//go:embed NotoSansTC-Regular.ttf
var Regular []byte

// Bold is the TrueType file of weight 700. Read it, never write to it.
//
//go:embed NotoSansTC-Bold.ttf
var Bold []byte
