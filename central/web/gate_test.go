package web_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"ezhitong.tw/central/web"
)

func TestTheGateTurnsACrowdAwayAndLetsClinicsPass(t *testing.T) {
	const work, line = 3, 2
	entered, leave := make(chan struct{}), make(chan struct{})
	inside := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			entered <- struct{}{}
			<-leave
		}
		w.WriteHeader(http.StatusNoContent)
	})
	gate, err := web.NewGate(inside, work, line)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gate)
	defer server.Close()
	get := func(path string) (*http.Response, string) {
		res, err := http.Get(server.URL + path)
		if err != nil {
			t.Error(err)
			return nil, ""
		}
		defer func() { _ = res.Body.Close() }()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Error(err)
		}
		return res, string(body)
	}
	var slow sync.WaitGroup
	for range work {
		slow.Go(func() { get("/slow") })
		<-entered
	}
	for range line {
		slow.Go(func() {
			if res, _ := get("/in-line"); res.StatusCode != http.StatusNoContent {
				t.Errorf("one who waited in line gets %s", res.Status)
			}
		})
	}
	for gate.Inside() < work+line { // they are on their way
		runtime.Gosched()
	}
	res, body := get("/")
	if after, err := strconv.Atoi(res.Header.Get("Retry-After")); res.StatusCode != http.StatusServiceUnavailable || err != nil || after < 1 || after > 5 {
		t.Errorf("a citizen gets %s, Retry-After %q", res.Status, res.Header.Get("Retry-After"))
	}
	if !strings.Contains(body, "請過一會") || !strings.Contains(body, "in a moment") {
		t.Errorf("the page does not say what to do: %s", body)
	}
	res, body = get("/api/v1/bookings")
	var problem struct{ Code string }
	if err := json.Unmarshal([]byte(body), &problem); err != nil || problem.Code != "busy" || res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a program gets %s %s", res.Status, body)
	}
	if res, _ := get("/sync/v1/keys"); res.StatusCode != http.StatusNoContent {
		t.Errorf("a clinic gets %s", res.Status)
	}
	close(leave)
	slow.Wait()
	if res, _ := get("/"); res.StatusCode != http.StatusNoContent {
		t.Errorf("after the crowd: %s", res.Status)
	}
}
