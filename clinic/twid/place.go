package twid

import (
	"fmt"
	"slices"
)

// ParseInstitution reads an institution code (醫事機構代碼): ten digits.
func ParseInstitution(s string) (string, error) {
	code := narrow(s)
	if len(code) != 10 || !allDigits(code) {
		return "", fmt.Errorf("an institution code has ten digits, not %q", s)
	}
	return code, nil
}

// Districts gives the 29 districts (行政區) of Taichung in their official order (Ministry of the Interior, codes
// 66000010 to 66000290).
func Districts() []string {
	return []string{
		"中區", "東區", "南區", "西區", "北區", "西屯區", "南屯區", "北屯區", "豐原區", "東勢區",
		"大甲區", "清水區", "沙鹿區", "梧棲區", "后里區", "神岡區", "潭子區", "大雅區", "新社區", "石岡區",
		"外埔區", "大安區", "烏日區", "大肚區", "龍井區", "霧峰區", "太平區", "大里區", "和平區",
	}
}

// IsDistrict reports whether a name is one of the districts.
func IsDistrict(name string) bool { return slices.Contains(Districts(), name) }
