package station

import "golang.org/x/sys/windows"

// freeDisk gives the bytes that are free where a folder is, 0 where that can't
// be told.
func freeDisk(folder string) int64 {
	path, err := windows.UTF16PtrFromString(folder)
	if err != nil {
		return 0
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(path, &free, nil, nil); err != nil {
		return 0
	}
	return int64(free)
}
