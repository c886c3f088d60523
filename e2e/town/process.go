package town

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Process is one of the programs, running for real. What it writes goes into a
// log file, which Expect reads along.
type Process struct {
	Name   string
	Opened time.Duration // from the start to the window on the screen, where that was watched
	cmd    *exec.Cmd
	log    *logbook
	done   chan struct{}
}

// start runs a program of the bin folder with its log in the town's folder. A
// program that is started again goes on in the same log.
func (t *Town) start(name, program string, env []string, args ...string) (*Process, error) {
	cmd := exec.Command(filepath.Join(t.Bin, program), args...)
	cmd.Env = append(os.Environ(), env...)
	return t.run(name, cmd)
}

// startTool runs a program of the system, with files from descriptor 3 on.
func (t *Town) startTool(name string, env []string, files []*os.File, program string, args ...string) (*Process, error) {
	cmd := exec.Command(program, args...)
	cmd.Env, cmd.ExtraFiles = append(os.Environ(), env...), files
	return t.run(name, cmd)
}

func (t *Town) run(name string, cmd *exec.Cmd) (*Process, error) {
	log, err := t.logbook(name)
	if err != nil {
		return nil, err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p := &Process{Name: name, cmd: cmd, log: log, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		log.copy(out)
		_ = cmd.Wait() // how it ended is for the log; Alive says that it did
	}()
	t.running = append(t.running, p)
	return p, nil
}

// Alive reports whether the process still runs.
func (p *Process) Alive() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// Kill ends the process as a power cut does.
func (p *Process) Kill() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.done
}

// Pause stops the process in the middle of whatever it does, until Continue.
func (p *Process) Pause() error { return syscall.Kill(-p.cmd.Process.Pid, syscall.SIGSTOP) }

// Continue lets it go on.
func (p *Process) Continue() error { return syscall.Kill(-p.cmd.Process.Pid, syscall.SIGCONT) }

// Stop asks the process to end and kills it when it has not after five seconds.
func (p *Process) Stop() {
	if !p.Alive() {
		return
	}
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGTERM)
	patience := time.NewTimer(5 * time.Second)
	defer patience.Stop()
	select {
	case <-p.done:
	case <-patience.C:
		p.Kill()
	}
}

// Mark is a place in the log: what is written from now on comes after it.
func (p *Process) Mark() int { return p.log.len() }

// Expect waits until a line after mark contains all of the words, and gives it.
// It fails when the process ends, when the context ends, and after limit.
func (p *Process) Expect(ctx context.Context, mark int, limit time.Duration, words ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		lines, more := p.log.after(mark)
		for _, line := range lines {
			if containsAll(line, words) {
				return line, nil
			}
		}
		mark += len(lines)
		select {
		case <-more:
		case <-p.done:
			if lines, _ := p.log.after(mark); len(lines) == 0 {
				return "", fmt.Errorf("%s ended before it said %q; see %s", p.Name, words, p.log.path)
			}
		case <-ctx.Done():
			return "", fmt.Errorf("%s did not say %q within %s; see %s", p.Name, words, limit, p.log.path)
		}
	}
}

func containsAll(line string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(line, w) {
			return false
		}
	}
	return true
}

// logbook is a log file and its lines in memory.
type logbook struct {
	path string
	mu   sync.Mutex
	file *os.File
	all  []string
	more chan struct{} // closed at the next line
}

func (t *Town) logbook(name string) (*logbook, error) {
	if l, ok := t.logs[name]; ok {
		return l, nil
	}
	path := filepath.Join(t.Dir, "log", name+".log")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the logs: %w", err)
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("make a log: %w", err)
	}
	l := &logbook{path: path, file: file, more: make(chan struct{})}
	t.logs[name] = l
	return l, nil
}

func (l *logbook) copy(r io.Reader) {
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadString('\n')
		if line = strings.TrimRight(line, "\n"); line != "" {
			l.add(line)
		}
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, os.ErrClosed) {
				l.add("reading the output: " + err.Error())
			}
			return
		}
	}
}

func (l *logbook) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = fmt.Fprintln(l.file, line)
	l.all = append(l.all, line)
	close(l.more)
	l.more = make(chan struct{})
}

func (l *logbook) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.all)
}

func (l *logbook) after(mark int) ([]string, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all[min(mark, len(l.all)):], l.more
}
