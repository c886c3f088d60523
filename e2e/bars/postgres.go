package main

// awaitsPostgres is why the bars on PostgreSQL are named and do not run. Whoever
// lets store.Open take an address postgres://… gives them their run functions:
// openEngine and 'serve --database' pass the address on already.
const awaitsPostgres = "internal/sqldb does not open postgres:// yet"
