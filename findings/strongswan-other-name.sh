#!/bin/sh
# strongSwan: a certificate whose subject alternative name has an otherName of a type that it does not
# know cannot be parsed at all, although the extension is not critical. Needs the Debian package
# strongswan-pki.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
says() { # WORDS ALTERNATIVE-NAME ANSWER: of a self-signed certificate with that name
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=Example -keyout key.pem \
        -out cert.pem -addext "subjectAltName=$2" 2>/dev/null
    # OpenSSL reads each of them.
    openssl x509 -in cert.pem -noout
    if pki --print --in cert.pem >said 2>&1; then answer=parsed; else answer=refused; fi
    echo "$1: $answer"
    [ $answer = "$3" ]
}
pki --help 2>&1 | grep -o 'strongSwan [0-9.]* PKI tool'
says 'DNS name' 'DNS:example.org' parsed
says 'otherName, user principal name' 'otherName:1.3.6.1.4.1.311.20.2.3;UTF8:a@example.org' parsed
says 'otherName, another type' 'otherName:1.3.6.1.4.1.32473.1;UTF8:example' refused
says 'DNS name and otherName of another type' \
    'DNS:example.org,otherName:1.3.6.1.4.1.32473.1;UTF8:example' refused
