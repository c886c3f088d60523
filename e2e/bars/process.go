package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// server is a process that is measured: ours or a peer's.
type server struct {
	at     addresses
	folder string
	cmd    *exec.Cmd
	input  io.WriteCloser
	out    *bufio.Reader
}

// patience is how long a process may take to start or to end.
const patience = 30 * time.Second

// launch starts a server and waits until it has printed its addresses. It ends
// when its input is closed, so it cannot outlive us.
func launch(ctx context.Context, folder, program string, args ...string) (*server, error) {
	return launchIn(ctx, patience, folder, program, args...)
}

// launchIn is launch for a server that may take longer to start.
func launchIn(ctx context.Context, patience time.Duration, folder, program string, args ...string) (*server, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	s := &server{folder: folder, cmd: exec.CommandContext(context.WithoutCancel(ctx), program, args...)}
	var err error
	if s.input, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.out = bufio.NewReader(out)
	s.cmd.Stderr = os.Stderr
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = s.cmd.Process.Kill() })
	defer stop()
	line, err := s.out.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &s.at)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s did not say where it listens: %w", filepath.Base(program), err), s.kill())
	}
	return s, nil
}

// serve starts our own server in a folder.
func serve(ctx context.Context, folder string, s shape, more ...string) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	args := append([]string{"serve", folder, "--sites", strconv.Itoa(s.Sites), "--places", strconv.Itoa(s.Places)}, more...)
	return launch(ctx, folder, self, args...)
}

// serveNew starts our own server on an empty database.
func serveNew(ctx context.Context, work string, s shape, more ...string) (*server, error) {
	folder, err := os.MkdirTemp(work, "http-*")
	if err != nil {
		return nil, err
	}
	return serve(ctx, folder, s, more...)
}

// stop ends the server and waits for it.
func (s *server) stop() error {
	timer := time.AfterFunc(patience, func() { _ = s.cmd.Process.Kill() })
	defer timer.Stop()
	err := s.input.Close()
	return errors.Join(err, s.cmd.Wait())
}

// kill ends the server as a power cut would.
func (s *server) kill() error {
	if err := s.cmd.Process.Signal(syscall.SIGKILL); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	err := s.cmd.Wait()
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		return nil
	}
	return err
}
