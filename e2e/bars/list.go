package main

// all lists the bars in the order in which they run and are shown.
func all() []bar {
	return []bar{
		{ID: "R1", What: "durable bookings over HTTP ÷ straight with the engine", Mark: atLeast(0.45, ""), run: throughHTTP},
		{ID: "R2", What: "bookings over HTTP ÷ the same endpoint without storage", Mark: atLeast(0.38, ""), run: withStorage},
		{ID: "R3", What: "availability of a site ÷ Gin's hello", Mark: atLeast(0.75, ""), run: availability},
		{ID: "R4", What: "many decisions in a transaction ÷ one transaction each", Mark: atLeast(8, ""), run: inBatches},
		{ID: "R5a", What: "PostgreSQL: batches ÷ SELECT FOR UPDATE, ten slots", Mark: atLeast(8, ""), run: onPostgres(batchesOnPostgres(hot()))},
		{ID: "R5b", What: "PostgreSQL: batches ÷ SELECT FOR UPDATE, 10,000 slots", Mark: atLeast(4, ""), run: onPostgres(batchesOnPostgres(spread()))},
		{ID: "R6a", What: "ours ÷ Gin and GORM, on SQLite", Mark: atLeast(5, ""), run: againstGorm},
		{ID: "R6b", What: "ours ÷ Gin and GORM, on PostgreSQL", Mark: atLeast(5, ""), run: onPostgres(gormOnPostgres)},
		{ID: "R7", What: "everybody wants ten slots ÷ spread over 10,000", Mark: atLeast(0.8, ""), run: hotSlots},
		{ID: "R8", What: "goodput at twice the peak ÷ at the peak, by the clock", Mark: atLeast(0.9, ""), run: overloaded},
		{ID: "A1", What: "overbooked, lost, twice or miscounted, after a rush and 20 kills", Mark: atMost(0, ""), run: nothingLost},
		{ID: "A2", What: "p99 of 5,000 bookings each second, from when each was due", Mark: atMost(10, "ms"), run: inTime},
		{ID: "A3", What: "54,000 at once until the last has a place ÷ the same at a steady pace", Mark: atMost(1.1, ""), run: burst},
		{ID: "D1", What: "first synchronisation of a device, rows each second", Mark: atLeast(15_000, "rows/s"), run: onDevices(firstSync)},
		{ID: "D2", What: "card inserted to durable check-in, p99", Mark: atMost(1000, "ms"), run: onDevices(cardToDisk)},
		{ID: "D3", What: "recognise and check in, our own code, p99", Mark: atMost(20, "ms"), run: onDevices(ownCode)},
	}
}
