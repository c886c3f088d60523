package sqldb

/*
typedef struct sqlite3 sqlite3;
int sqlite3_auto_extension(void (*)(void));
int sqlite3_db_config(sqlite3 *, int, ...);
int sqlite3_config(int, ...);

static int steady(sqlite3 *db, char **fault, const void *api) {
	return sqlite3_db_config(db, 1007, 1, (int *)0); // SQLITE_DBCONFIG_ENABLE_QPSG
}

static int steady_from_now_on(void) {
	sqlite3_config(9, 0); // SQLITE_CONFIG_MEMSTATUS; refused once SQLite runs, which then counts on
	return sqlite3_auto_extension((void (*)(void))steady);
}
*/
import "C"

import (
	"errors"
	"sync"
)

// steady has every connection to SQLite from now on plan a statement once, by its
// text alone (SQLite's query planner stability guarantee). It would else look at
// each new parameter and plan anew, which takes longer than most statements do. And
// SQLite counts no bytes: nobody asks how many it holds, and for the count every
// allocation of every connection waits at one lock. The driver has no options for them.
var steady = sync.OnceValue(func() error {
	if code := C.steady_from_now_on(); code != 0 {
		return errors.New("SQLite takes no automatic extension")
	}
	return nil
})
