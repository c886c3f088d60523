// Package console is the door for the person at the server: commands of the
// central program, taken by the running server over a Unix socket in its data
// folder, which only the folder's owner can open.
package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ezhitong.tw/central/account"
	"ezhitong.tw/central/fleet"
	"ezhitong.tw/central/rules"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// Devices is what the door asks of fleet.Fleet.
type Devices interface {
	NewCode(ctx context.Context, actor, site string, role syncproto.Role, label string) (code string, expires time.Time, err error)
	Asking(ctx context.Context) ([]fleet.Asking, error)
	Approve(ctx context.Context, actor string, id clinic.ID) error
	TurnAway(ctx context.Context, actor string, id clinic.ID) error
	SetLAN(ctx context.Context, actor, site string, on bool) error
}

// Accounts is what the door asks of account.Service.
type Accounts interface {
	Add(ctx context.Context, actor string, n account.NewAccount) (password string, err error)
}

// actor is who acts in the audit trail.
const actor = "console"

// Config is what the door needs.
type Config struct {
	Devices    Devices
	Accounts   Accounts
	Programmes Programmes
	Bundles    Bundles
	Keys       Keys
	DataKeys   DataKeys
	Shipped    []string // codes of the programmes that each start brings up to date
	Log        *slog.Logger
}

// CodeRequest asks for a device's enrolment code.
type CodeRequest struct{ Site, Role, Label string }

// CodeAnswer is the code and until when it works.
type CodeAnswer struct {
	Code    string
	Expires time.Time
}

// AccountAnswer is the password of a new account, shown this once.
type AccountAnswer struct{ Password string }

// refusal is how a rule's no crosses the socket.
type refusal struct {
	Code string
	Args map[string]string
}

const (
	pathCode    = "/device/code"
	pathAsking  = "/device/asking"
	pathApprove = "/device/approve"
	pathLAN     = "/device/lan"
	pathKeys    = "/keys"
	pathAccount = "/account"
	socket      = "console.sock"

	// maxBody is the longest command: a bundle or a programme file in base 64.
	maxBody = max(rules.MaxBytes, syncproto.MaxBundle)*4/3 + 1<<16
)

// Listen opens the socket. One that a server left behind that was killed is
// replaced.
func Listen(ctx context.Context, folder string) (net.Listener, error) {
	path := filepath.Join(folder, socket)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("open the console: %w", err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("open the console: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("open the console: %w", err), listener.Close())
	}
	return listener, nil
}

// Serve takes commands until the context ends.
func Serve(ctx context.Context, listener net.Listener, cfg Config) error {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+pathCode, handle(cfg.Log, func(ctx context.Context, r CodeRequest) (CodeAnswer, error) {
		code, expires, err := cfg.Devices.NewCode(ctx, actor, r.Site, syncproto.Role(r.Role), r.Label)
		return CodeAnswer{code, expires}, err
	}))
	mux.HandleFunc("POST "+pathAsking, handle(cfg.Log, func(ctx context.Context, _ struct{}) ([]fleet.Asking, error) { return cfg.Devices.Asking(ctx) }))
	mux.HandleFunc("POST "+pathApprove, handle(cfg.Log, cfg.approve))
	mux.HandleFunc("POST "+pathLAN, handle(cfg.Log, cfg.setLAN))
	mux.HandleFunc("POST "+pathKeys, handle(cfg.Log, cfg.keys))
	mux.HandleFunc("POST "+pathAccount, handle(cfg.Log, func(ctx context.Context, n account.NewAccount) (AccountAnswer, error) {
		password, err := cfg.Accounts.Add(ctx, actor, n)
		return AccountAnswer{password}, err
	}))
	mux.HandleFunc("POST "+pathBundle, handle(cfg.Log, cfg.importBundle))
	mux.HandleFunc("POST "+pathProgramme, handle(cfg.Log, cfg.addProgramme))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the console: %w", err)
	}
	return nil
}

// handle adapts a command to HTTP: 200 and the answer, 422 and the refusal, or
// 500 for a failure, which is logged.
func handle[Q, A any](log *slog.Logger, do func(context.Context, Q) (A, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var (
			q    Q
			body any
			no   *clinic.Refusal
		)
		status := http.StatusOK
		err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&q)
		if err == nil {
			body, err = do(r.Context(), q)
		}
		switch {
		case errors.As(err, &no):
			status, body = http.StatusUnprocessableEntity, refusal{no.Code, no.Args}
		case err != nil:
			log.Error("console", "path", r.URL.Path, "err", err)
			status, body = http.StatusInternalServerError, refusal{Code: "internal"}
		}
		w.WriteHeader(status)
		if err := json.NewEncoder(w).Encode(body); err != nil {
			log.Warn("console: answer", "path", r.URL.Path, "err", err)
		}
	}
}

// ErrNotRunning says that no server runs on the data folder.
var ErrNotRunning = errors.New("no server is running on this data folder; start it with: central serve")

// NewCode asks the server that runs on a data folder for an enrolment code.
func NewCode(ctx context.Context, folder string, r CodeRequest) (CodeAnswer, error) {
	return call[CodeAnswer](ctx, folder, pathCode, r)
}

// AddAccount asks the server that runs on a data folder for a staff account.
func AddAccount(ctx context.Context, folder string, n account.NewAccount) (AccountAnswer, error) {
	return call[AccountAnswer](ctx, folder, pathAccount, n)
}

// call sends a command. A rule's no comes back as the *clinic.Refusal it was.
func call[A any](ctx context.Context, folder, path string, question any) (A, error) {
	var answer A
	body, err := json.Marshal(question)
	if err != nil {
		return answer, fmt.Errorf("ask the server: %w", err)
	}
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(folder, socket))
		},
	}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://console"+path, strings.NewReader(string(body)))
	if err != nil {
		return answer, fmt.Errorf("ask the server: %w", err)
	}
	response, err := client.Do(request)
	if err != nil {
		var refused *net.OpError
		if errors.As(err, &refused) && refused.Op == "dial" {
			return answer, ErrNotRunning
		}
		return answer, fmt.Errorf("ask the server: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		var no refusal
		if err := json.NewDecoder(response.Body).Decode(&no); err != nil {
			return answer, fmt.Errorf("ask the server: it answered %s: %w", response.Status, err)
		}
		return answer, &clinic.Refusal{Code: no.Code, Args: no.Args}
	}
	return answer, json.NewDecoder(response.Body).Decode(&answer)
}
