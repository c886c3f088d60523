package pgtest

import (
	"context"
	"errors"
	"os"
)

// Alone starts a server for a program that is no test, such as a measurement:
// it waits for the disk. Remove ends it.
func Alone() (*Server, error) {
	owner, err := ordinaryUser()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "pg") // short: a socket's path has at most 107 bytes
	if err != nil {
		return nil, err
	}
	s := &Server{folder: folder, owner: owner}
	if err := errors.Join(ownFolder(folder, owner), s.create(true)); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	if err := s.Restart(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return s, nil
}

// Database makes an empty database and gives its connection string.
func (s *Server) Database(ctx context.Context, name string) (string, error) {
	return s.DSN(name), s.run(ctx, `CREATE DATABASE "`+name+`"`)
}

// Stop ends the server and leaves its files; Folder is where they are.
func (s *Server) Stop() error { return s.control("stop", "-m", "immediate") }

// Remove ends the server and removes its files.
func (s *Server) Remove() error { return errors.Join(s.Stop(), os.RemoveAll(s.folder)) }

// Folder holds the server's files.
func (s *Server) Folder() string { return s.folder }
