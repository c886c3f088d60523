package load

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"time"
)

// Central is a central of our own: the real program, without limits for each
// address, on the loopback.
type Central struct {
	Bin   string // folder of the programs
	Data  string // its data folder
	DB    string // connection string of its PostgreSQL; empty: SQLite in Data
	Sites int    // of the city that is made when there is no data folder
	Seed  uint64 // of that city
	Clock string // file with what its clock is off by; empty: the machine's clock

	target *Target // the same after every start
	cmd    *exec.Cmd
	log    *os.File
	done   chan struct{}
}

// listening is the line with which central says that it is there.
var listening = regexp.MustCompile(`msg=listening .*address=(http://\S+)`)

// patience is how long central may take to start and to stop.
const patience = 60 * time.Second

// Make makes a city in the data folder unless there is one. A database on
// PostgreSQL has to be new.
func (c *Central) Make(ctx context.Context) error {
	if _, err := os.Stat(c.file()); err == nil && c.DB == "" {
		return nil
	}
	// generate wants a folder that is not there.
	if err := os.Remove(c.Data); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("資料夾裡沒有城市也不是空的 / the data folder is not empty and holds no city: %w", err)
	}
	out, err := exec.CommandContext(ctx, filepath.Join(c.Bin, "central"), "generate", "--data", c.Data, "--db", c.DB,
		"--sites", strconv.Itoa(c.Sites), "--seed", strconv.FormatUint(c.Seed, 10)).CombinedOutput()
	if err != nil {
		return fmt.Errorf("make a city: %w: %s", err, out)
	}
	return nil
}

func (c *Central) file() string { return filepath.Join(c.Data, "central.db") }

// database is the connection string, or the path of the file.
func (c *Central) database() string { return cmp.Or(c.DB, c.file()) }

// Start starts central and waits until it listens. What it writes goes to
// central.log in its data folder, as into a journal.
func (c *Central) Start(ctx context.Context) error {
	listen := "127.0.0.1:0"
	if c.target != nil {
		listen = c.target.at.String()
	}
	// Without a context: Stop or Kill end it.
	args := []string{"serve", "--empty", "--limits", "off", "--data", c.Data, "--db", c.DB, "--listen", listen}
	if c.Clock != "" {
		args = append(args, "--clock", c.Clock)
	}
	c.cmd = exec.Command(filepath.Join(c.Bin, "central"), args...)
	// Killed with us. The parameter of the kernel is the thread that starts it.
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	out, err := c.cmd.StderrPipe()
	if err != nil {
		return fmt.Errorf("start central: %w", err)
	}
	if c.log, err = os.OpenFile(filepath.Join(c.Data, "central.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		return fmt.Errorf("open central's log: %w", err)
	}
	if err := c.cmd.Start(); err != nil {
		return errors.Join(fmt.Errorf("start central: %w", err), c.log.Close())
	}
	c.done = make(chan struct{})
	said := make(chan string, 1)
	go c.follow(out, said)
	return c.heard(ctx, said)
}

// follow writes central's log down until it ends, and tells where it listens.
func (c *Central) follow(out io.Reader, said chan<- string) {
	defer close(c.done)
	in := bufio.NewReaderSize(out, 64<<10)
	for {
		text, err := in.ReadString('\n')
		_, _ = c.log.WriteString(text) // a log that cannot be written does not stop a measurement
		if m := listening.FindStringSubmatch(text); m != nil {
			said <- m[1]
			break
		}
		if err != nil {
			break
		}
	}
	_, _ = io.Copy(c.log, in)
	_ = c.cmd.Wait() // however it ended: whoever waits for done judges that
	_ = c.log.Close()
}

func (c *Central) heard(ctx context.Context, said <-chan string) error {
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case address := <-said:
		target, err := NewTarget(address)
		if err != nil {
			c.Kill()
			return err
		}
		c.target = target
		return nil
	case <-c.done:
		return fmt.Errorf("中央沒有啟動，請看 / central did not start, see %s", c.log.Name())
	case <-limit.C:
		c.Kill()
		return fmt.Errorf("central did not listen within %s, see %s", patience, c.log.Name())
	case <-ctx.Done():
		c.Kill()
		return context.Cause(ctx)
	}
}

// Target is where central listens, the same after every start.
func (c *Central) Target() *Target { return c.target }

// Kill ends central as nothing else can: kill -9. It is over when Kill returns.
func (c *Central) Kill() {
	_ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL) // when it is gone already, done says so
	<-c.done
}

// Stop asks central to end, which folds its database into one file.
func (c *Central) Stop() error {
	select {
	case <-c.done:
		return fmt.Errorf("中央自己結束了，請看 / central ended by itself, see %s", c.log.Name())
	default:
	}
	_ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGTERM) // when it ends just now, done says so
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case <-c.done:
	case <-limit.C:
		c.Kill()
		return fmt.Errorf("central did not end within %s, see %s", patience, c.log.Name())
	}
	if code := c.cmd.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("central ended with %d, see %s", code, c.log.Name())
	}
	return nil
}
