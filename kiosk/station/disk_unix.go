//go:build unix

package station

import "syscall"

// freeDisk gives the bytes that are free where a folder is, 0 where that can't
// be told.
func freeDisk(folder string) int64 {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(folder, &fs); err != nil {
		return 0
	}
	return int64(fs.Bavail) * fs.Bsize
}
