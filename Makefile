# 疫苗E指通 E-Zhitong. `make` alone explains itself.
# One way to compile everything: build and tests share these settings, so that SQLite and Fyne are compiled once.
# Change a flag here only when it is meant for all; each change compiles everything anew (minutes).

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory --no-builtin-rules
.SUFFIXES:
.NOTPARALLEL:

GO ?= go
SETUP ?= ./setup
BIN := .build/bin
LOG := .build/log

# SQLite needs C. No commit stamp: it would link every program anew after each commit, and git may not be there.
export CGO_ENABLED := 1
FLAGS := -buildvcs=false
LDFLAGS := -s -w
# Tests run with Fyne's tag ci: its test driver in place of OpenGL, so no screen needs a display. Every package but
# Fyne's own is the same with and without it, and is shared with the build.
TEST := $(GO) test $(FLAGS) -tags ci -timeout 10m
PACKAGES ?= ./...
# The packages that do without SQLite, where looking for data races costs seconds.
RACE_PACKAGES ?= ./clinic/... ./drivers/... ./syncproto/...

SETUPS := setup-build setup-run setup-test setup-bench setup-windows setup-deb setup-lint
.PHONY: help setup $(SETUPS) build run demo screenshots screens e2e test race lint fmt fuzz oracle soak bench bench-sync bench-apps bench-all crash faults sim sim-mutants windows deb clean

help: ## 說明 / this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## 安裝建置、執行、測試、檢查所需 / install what building, running, testing and linting need
	@$(SETUP) test lint

$(SETUPS): setup-%:
	@$(SETUP) $*

build: setup-build ## 編譯所有程式到 .build/bin / compile every program into .build/bin
	@mkdir -p $(BIN)
	$(GO) build $(FLAGS) -ldflags '$(LDFLAGS)' -o $(BIN)/ ./cmd/...

run: setup-run build ## 在這台電腦上跑一座小城：中央、櫃檯、報到機 / run a small town here: central, front desk, kiosk
	$(BIN)/town run $(ARGS)

demo: setup-test build ## 看一遍：預約、斷線、報到、重新連線 / watch it once: booking, the cable cut, check-in, back online
	$(BIN)/town demo $(ARGS)

screenshots: setup-test build ## 重拍說明文件的畫面 / take the pictures of the manual again
	$(BIN)/town shots $(ARGS)
	$(BIN)/town pages $(ARGS)

# Every page of both apps in every language, theme and size, drawn without a display. What differs is told, and the new
# picture put beside.
screens: setup-build ## 每個畫面 × 語言 × 配色 × 尺寸都和存好的圖相同（UPDATE=1 重存）/ every screen looks as in its kept picture; UPDATE=1 keeps new ones
	$(TEST) -count 1 -timeout 30m -run EveryPageLooksAsItDid ./kiosk/desk ./kiosk/selfservice -every $(if $(UPDATE),-update)
	$(TEST) -count 1 -run EveryStateOf ./kiosk/desk/chair ./kiosk/desk/queue ./kiosk/desk/walkin ./kiosk/desk/change ./kiosk/signin ./kiosk/setup \
		./kiosk/stock ./kiosk/closing ./kiosk/enrol $(if $(UPDATE),-update)

e2e: setup-test build ## 真的視窗：插卡、報到、斷線、斷電、接回；現場登記、更正、復原 / real windows: card in, check-in, cut, power loss, mend; walk-in, correction, undo
	$(TEST) -count 1 -v ./e2e/town
	$(TEST) -count 1 -v -run 'Walk|Mend|Matrix|Scan' ./e2e

test: setup-test build ## 編譯並執行全部測試 / build, then run every test
	@mkdir -p $(LOG); failed=0; \
	echo '== 資料競爭 / data races: $(RACE_PACKAGES)'; \
	$(TEST) -race $(RACE_PACKAGES) 2>&1 | tee $(LOG)/race.txt || failed=1; \
	echo '== 全部測試 / every test: $(PACKAGES)'; \
	$(TEST) $$($(GO) list -tags ci $(PACKAGES) | grep -v '/e2e/town$$') 2>&1 | tee $(LOG)/test.txt || failed=1; \
	echo '== 整座小城，獨自執行，因為要計時 / the whole town, by itself, because it is timed'; \
	$(TEST) ./e2e/town 2>&1 | tee $(LOG)/town.txt || failed=1; \
	echo '== 每個解析器隨機測試 $(FUZZTIME) / every parser fuzzed for $(FUZZTIME)'; \
	$(MAKE) fuzz >$(LOG)/fuzz.txt 2>&1 && printf '   %d 個，沒有發現 / %d of them, nothing found\n' $$(grep -c '^ok' $(LOG)/fuzz.txt) $$(grep -c '^ok' $(LOG)/fuzz.txt) || { failed=1; cat $(LOG)/fuzz.txt; }; \
	awk -v failed=$$failed ' \
		$$1 == "ok" { good[$$2] } \
		$$1 == "FAIL" && NF > 1 { bad[$$2] } \
		END { \
			for (p in bad) { print "   FAIL " p; delete good[p]; n++ } \
			for (p in good) ok++; \
			printf "== 通過 %d 個套件，未通過 %d 個\npackages: %d passed, %d failed\n", ok, n, ok, n; \
			print failed ? "FAIL" : "PASS" \
		}' $(LOG)/race.txt $(LOG)/test.txt $(LOG)/town.txt; \
	exit $$failed

# Two at a time, one worker each, without shrinking what is found, which can take longer than the ten seconds. A fuzzer that
# ends badly runs once more: what it found it kept, and finds again at once; that its time was over while it was at work it does not.
# kiosk/ui breaks lines but parses nothing, and Fyne compiles anew for a fuzzer.
FUZZTIME ?= 10s
FUZZ := $(TEST) -run "^$$" -fuzz "^$$1$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 0x -parallel 1 "$$0"
fuzz: setup-build ## 每個解析器隨機測試十秒 / fuzz every parser for ten seconds
	@grep -rE '^func Fuzz' --include='*_test.go' --exclude-dir=ui . | sed -E 's|/[^/]*_test.go:func (Fuzz[A-Za-z0-9_]*).*| \1|' | sort \
		| xargs -P 2 -n 2 sh -c '$(FUZZ) || $(FUZZ)'

# The tests in which software that is not ours reads our emulator, or is read by our drivers. `make test` runs them too.
oracle: setup-test ## Debian 的 pcscd、opensc、pcsc-tools 讀我們的模擬讀卡機 / Debian's own card tools read our emulated reader
	$(TEST) -count 1 -v -run Oracle ./drivers/... 2>&1 | grep -vE '^=== (RUN|PAUSE|CONT|NAME)|no test files|no tests to run'

CYCLES ?= 100000
soak: setup-build ## 十萬張卡插入、讀取、抽出，不留下任何東西（約兩分鐘）/ 100,000 cards in, read and out, and nothing is left behind (two minutes)
	$(TEST) -timeout 60m -count 1 -v -run ManyCards ./drivers/serialccid -cycles $(CYCLES)

race: setup-test build ## 全部測試並找資料競爭（較久）/ every test, looking for data races (slower)
	$(TEST) -race $(PACKAGES)

bench: setup-test ## 量測效能標準，結果寫入 docs/performance.md（六分鐘內）/ measure the bars of performance, within six minutes
	@mkdir -p $(BIN)
	$(GO) build $(FLAGS) -ldflags '$(LDFLAGS)' -o $(BIN)/ ./cmd/central ./e2e/bars
	$(TEST) -c -o $(BIN)/e2e.test ./e2e
	$(BIN)/bars run $(ARGS)

bench-sync: setup-bench ## 量測同步的標準，和 PouchDB 並列，結果寫入 docs/performance.md / measure synchronisation beside PouchDB, within six minutes
	@mkdir -p $(BIN)
	$(GO) build $(FLAGS) -ldflags '$(LDFLAGS)' -o $(BIN)/ ./e2e/bars
	$(BIN)/bars sync $(ARGS)

VISITS ?= 2000
bench-apps: setup-test ## 量測櫃檯和報到機的標準，在真的視窗上，結果寫入 docs/performance.md / measure the bars of front desk and kiosk in real windows
	@mkdir -p $(BIN)
	$(GO) build $(FLAGS) -ldflags '$(LDFLAGS)' -o $(BIN)/ ./cmd/... ./e2e/bars
	$(TEST) -c -o $(BIN)/e2e.test ./e2e
	$(BIN)/bars apps --within 60m --visits $(VISITS) $(ARGS)

bench-all: setup-build ## 全部 Go benchmark / every Go benchmark
	$(TEST) -run '^$$' -bench . -benchmem $(PACKAGES)

crash: setup-test build ## 預約中 kill -9 中央二十次（SQLite、PostgreSQL），對帳一筆不少 / kill central twenty times under load on each database, then check the books
	$(BIN)/loadgen crash --times 20 $(ARGS)
	$(BIN)/loadgen --postgres crash --times 20 $(ARGS)

SEEDS ?= 2000
sim: setup-build ## 模擬兩千座城，一切都會出錯；SEED=N 重播一座 / play 2,000 worlds in which everything goes wrong; SEED=N replays one
	@mkdir -p $(BIN)
	$(GO) build $(FLAGS) -o $(BIN)/sim ./e2e/sim
	$(BIN)/sim $(if $(SEED),replay $(SEED),run --seeds $(SEEDS)) $(ARGS)

sim-mutants: setup-build ## 把錯誤放進程式，看模擬抓不抓得到 / plant bugs and see that the simulation catches each
	@mkdir -p $(BIN)
	$(GO) build $(FLAGS) -o $(BIN)/sim ./e2e/sim
	$(BIN)/sim mutants $(ARGS)

faults: setup-test build ## 網路、程序、磁碟、時鐘反覆出錯，之後兩端一筆不差（約十分鐘）/ line, processes, disk and clock fail again and again, then both ends agree (ten minutes)
	$(GO) test $(FLAGS) -tags ci -timeout 60m -count 1 -v -run 'Fault|Disk' ./e2e -faults 150 $(ARGS)

# What clinics install. The version stands in internal/version.
VERSION = $(shell sed -n 's/^const Number = "\(.*\)"/\1/p' internal/version/version.go)
WINDOWS := .build/windows
windows: setup-windows ## 給 Windows 10 以上：簽章、安裝程式、可攜版（第一次約十分鐘）/ for Windows 10 and later: signed, an installer and a portable zip (ten minutes the first time)
	@for program in 'frontdesk:疫苗E指通 櫃檯報到: -H=windowsgui' 'kiosk:疫苗E指通 自助報到機: -H=windowsgui' 'cardprobe:疫苗E指通 讀卡機測試:'; do \
		IFS=: read -r name title kind <<<"$$program"; \
		assets/package/windows.sh --resource $(WINDOWS) $(VERSION) $$name "$$title"; \
		GOOS=windows GOARCH=amd64 CC=x86_64-w64-mingw32-gcc $(GO) build $(FLAGS) \
			-ldflags "$(LDFLAGS)$$kind -linkmode external -extldflags $(CURDIR)/$(WINDOWS)/$$name.o" -o $(WINDOWS)/$$name.exe ./cmd/$$name; \
	done
	@assets/package/windows.sh $(WINDOWS) $(VERSION)

DEB := .build/deb
deb: setup-deb ## 給 Debian：櫃檯、報到機、讀卡機測試，裝在暫時的地方試過 / for Debian: front desk, kiosk and cardprobe, installed somewhere and tried
	@mkdir -p $(DEB)
	$(GO) build $(FLAGS) -ldflags '$(LDFLAGS)' -o $(DEB)/ ./cmd/frontdesk ./cmd/kiosk ./cmd/cardprobe
	@assets/package/deb.sh $(DEB) $(VERSION)

lint: setup-lint ## 靜態檢查 / static checks
	$(BIN)/golangci-lint run $(PACKAGES)

fmt: setup-lint ## 排版程式碼 / format the code
	$(BIN)/golangci-lint fmt

clean: ## 刪除 .build / remove .build
	rm -rf .build
