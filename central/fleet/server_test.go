package fleet

import (
	"testing"

	"ezhitong.tw/central/store/storetest"
)

func TestEverythingAgainOnPostgreSQL(t *testing.T) { storetest.Again(t, "^TestTwins") }
