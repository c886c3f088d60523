package station

import "golang.org/x/sys/windows"

// Drives are the sticks that are plugged in.
func Drives() (drives []string) {
	for letter := 'A'; letter <= 'Z'; letter++ {
		root := string(letter) + `:\`
		path, err := windows.UTF16PtrFromString(root)
		if err == nil && windows.GetDriveType(path) == windows.DRIVE_REMOVABLE {
			drives = append(drives, root)
		}
	}
	return drives
}

// escapeGlob has a folder's name stand for itself in a pattern; Windows' names hold
// nothing else.
func escapeGlob(folder string) string { return folder }
