// Package version says which E-Zhitong this is: to people on the command line, to central's monitor, to packages.
package version

// Number is the version by semver.org. The Makefile reads it from here.
const Number = "0.1.0"
