// Command gorm is a booking service on Gin and GORM as a tutorial has it, for
// comparison: the same questions, the same answers, SQLite with its write-ahead
// log or PostgreSQL. It is a module of its own so that its libraries are not ours.
//
// Two ways of booking are there. "plain" looks whether there is a place, stores
// the booking and counts, one statement after the other. "transaction" does the
// same in a transaction that locks the slot, on SQLite everything, before it looks. Neither
// writes a change log, an audit trail or reminders, nor seals what it stores.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/gin-gonic/gin"
	"gorm.io/driver/postgres"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"
)

// Slot is a stretch of time with places.
type Slot struct {
	ID       uint `gorm:"primaryKey"`
	Site     string
	Starts   time.Time
	Capacity int
	Booked   int
}

// Booking is a place that somebody has.
type Booking struct {
	ID        uint   `gorm:"primaryKey"`
	SlotID    uint   `gorm:"index"`
	IDNumber  string `gorm:"index"`
	Name      string
	Birth     string
	Mobile    string
	CreatedAt time.Time
}

// request is the body of POST /bookings.
type request struct {
	Slot     uint   `json:"slot" binding:"required"`
	IDNumber string `json:"id_number" binding:"required,len=10"`
	Name     string `json:"name" binding:"required"`
	Birth    string `json:"birth" binding:"required,datetime=2006-01-02"`
	Mobile   string `json:"mobile" binding:"required,len=10,numeric"`
}

var (
	errFull   = errors.New("the slot is full")
	errBooked = errors.New("this person has a booking")
)

// book looks, stores and counts.
func book(db *gorm.DB, r request, lock bool) (Booking, error) {
	var has int64
	if err := db.Model(&Booking{}).Where("id_number = ?", r.IDNumber).Count(&has).Error; err != nil {
		return Booking{}, err
	}
	if has > 0 {
		return Booking{}, errBooked
	}
	var slot Slot
	look := db
	if lock { // SQLite has no locks of rows: the driver leaves it out
		look = db.Clauses(clause.Locking{Strength: "UPDATE"})
	}
	if err := look.First(&slot, r.Slot).Error; err != nil {
		return Booking{}, err
	}
	if slot.Booked >= slot.Capacity {
		return Booking{}, errFull
	}
	b := Booking{SlotID: slot.ID, IDNumber: r.IDNumber, Name: r.Name, Birth: r.Birth, Mobile: r.Mobile}
	if err := db.Create(&b).Error; err != nil {
		return Booking{}, err
	}
	return b, db.Model(&slot).Update("booked", slot.Booked+1).Error
}

func dialect(folder, database, way string) gorm.Dialector {
	if database != "" {
		return postgres.Open(database)
	}
	q := url.Values{"_journal_mode": {"WAL"}, "_synchronous": {"FULL"}, "_busy_timeout": {"10000"}}
	if way == "transaction" {
		q.Set("_txlock", "immediate")
	}
	file := url.URL{Path: filepath.Join(folder, "peer.db")}
	return sqlite.Open("file:" + file.EscapedPath() + "?" + q.Encode())
}

// pool is how many connections to the database there are, and how many of them stay.
type pool struct{ open, idle int }

func open(from gorm.Dialector, slots, places int, pooled pool) (*gorm.DB, error) {
	db, err := gorm.Open(from, &gorm.Config{Logger: logger.Discard})
	if err != nil {
		return nil, err
	}
	connections, err := db.DB()
	if err != nil {
		return nil, err
	}
	connections.SetMaxOpenConns(pooled.open)
	connections.SetMaxIdleConns(pooled.idle)
	if err := db.AutoMigrate(&Slot{}, &Booking{}); err != nil {
		return nil, err
	}
	all := make([]Slot, slots)
	for i := range all {
		all[i] = Slot{Site: fmt.Sprint(i % 100), Starts: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC).AddDate(0, 0, i/200), Capacity: places}
	}
	return db, db.CreateInBatches(all, 500).Error
}

func routes(db *gorm.DB, way string) *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.Use(gin.Recovery())
	e.POST("/bookings", func(c *gin.Context) {
		var r request
		if err := c.ShouldBindJSON(&r); err != nil {
			c.JSON(http.StatusUnprocessableEntity, gin.H{"error": err.Error()})
			return
		}
		var b Booking
		var err error
		if way == "transaction" {
			err = db.WithContext(c.Request.Context()).Transaction(func(tx *gorm.DB) error {
				b, err = book(tx, r, true)
				return err
			})
		} else {
			b, err = book(db.WithContext(c.Request.Context()), r, false)
		}
		switch {
		case errors.Is(err, errFull), errors.Is(err, errBooked):
			c.JSON(http.StatusConflict, gin.H{"error": err.Error()})
		case err != nil:
			c.JSON(http.StatusInternalServerError, gin.H{"error": err.Error()})
		default:
			c.JSON(http.StatusCreated, b)
		}
	})
	e.GET("/booked", func(c *gin.Context) {
		var n int64
		if err := db.Model(&Booking{}).Count(&n).Error; err != nil {
			c.JSON(http.StatusInternalServerError, gin.H{"error": err.Error()})
			return
		}
		c.JSON(http.StatusOK, n)
	})
	return e
}

func run() error {
	folder := flag.String("data", "", "folder of the database")
	database := flag.String("database", "", "connection string of PostgreSQL, in place of SQLite")
	way := flag.String("way", "plain", "plain or transaction")
	slots := flag.Int("slots", 10, "slots, numbered from 1")
	places := flag.Int("places", 20, "places in each")
	var pooled pool
	flag.IntVar(&pooled.open, "open", 8, "connections to the database")
	flag.IntVar(&pooled.idle, "idle", 8, "connections that stay open")
	flag.Parse()
	db, err := open(dialect(*folder, *database, *way), *slots, *places, pooled)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: routes(db, *way), ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	if err := json.NewEncoder(os.Stdout).Encode(map[string]string{"doors": listener.Addr().String()}); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, os.Stdin) // whoever started us closes it
		ended <- err
	}()
	select {
	case err = <-failed:
	case err = <-ended:
		err = errors.Join(err, server.Close())
	}
	return err
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gorm:", err)
		os.Exit(1)
	}
}
