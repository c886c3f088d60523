#!/bin/sh
# sign.sh FILE — signs a program for Windows in place. SIGN_CERT and SIGN_KEY name the certificate and its key (PEM).
set -eu
osslsigncode sign -h sha256 -certs "$SIGN_CERT" -key "$SIGN_KEY" -n '疫苗E指通 E-Zhitong' -in "$1" -out "$1.signed" >/dev/null
mv "$1.signed" "$1"
