package pgtest

import (
	"context"
	"errors"
	"os"
)

// Alone starts a server for a program that is no test, such as a measurement:
// it waits for the disk. stop ends it and removes its files.
func Alone() (s *Server, stop func() error, err error) {
	owner, err := ordinaryUser()
	if err != nil {
		return nil, nil, err
	}
	folder, err := os.MkdirTemp("", "pg") // short: a socket's path has at most 107 bytes
	if err != nil {
		return nil, nil, err
	}
	s = &Server{folder: folder, owner: owner}
	stop = func() error {
		return errors.Join(s.control("stop", "-m", "immediate"), os.RemoveAll(folder))
	}
	if err := errors.Join(ownFolder(folder, owner), s.create(true)); err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(folder))
	}
	if err := s.start(); err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(folder))
	}
	return s, stop, nil
}

// Database makes an empty database and gives its connection string.
func (s *Server) Database(ctx context.Context, name string) (string, error) {
	return s.DSN(name), s.run(ctx, `CREATE DATABASE "`+name+`"`)
}
