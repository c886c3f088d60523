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

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/web"
)

func TestTheGateTurnsACrowdAwayAndLetsClinicsPass(t *testing.T) {
	const work, line = 3, 2
	entered, leave := make(chan struct{}), make(chan struct{})
	h := build(t, func(c *web.Config) { c.AtWork, c.InLine = work, line })
	nothing := func(c *gin.Context) { c.Status(http.StatusNoContent) }
	h.GET("/slow", func(c *gin.Context) { entered <- struct{}{}; <-leave; nothing(c) })
	h.GET("/in-line", nothing)
	h.GET("/sync/v1/keys", nothing)
	h.Reads("/api/v1").GET("/sites", nothing)
	server := httptest.NewServer(h)
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
	for h.Gate.Inside() < work+line { // they are on their way
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
	for _, path := range []string{"/api/v1/sites", h.static.URL("look.css")} {
		if res, _ := get(path); res.StatusCode/100 != 2 {
			t.Errorf("who reads %s, which is written beforehand, gets %s", path, res.Status)
		}
	}
	close(leave)
	slow.Wait()
	if res, _ := get("/in-line"); res.StatusCode != http.StatusNoContent {
		t.Errorf("after the crowd: %s", res.Status)
	}
}
