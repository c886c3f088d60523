package booking_test

import (
	"testing"

	"ezhitong.tw/central/store/storetest"
)

func TestEverythingAgainOnPostgreSQL(t *testing.T) { storetest.Again(t, "^Test(Processes|Engines)") }
