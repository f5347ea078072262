#!/bin/sh
# The main job on a simulated card, each step with the exchanges and PINs it cost. Called by `make demo`.
set -eu
cd "$(dirname "$0")/../.."
mynacard=$(realpath "${MYNACARD:-${CARGO_TARGET_DIR:-target}/release/mynacard}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# The simulated card's counters live here and vanish with the demo.
export XDG_STATE_HOME="$work/state" XDG_DATA_HOME="$work/data"

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
run() { # run LABEL COMMAND…: shows the command, its output, and what passed between program and card
    label=$1; shift
    say "$label"
    printf '$ mynacard %s\n' "$*"
    rm -f trace
    "$mynacard" --trace trace "$@" 2>stderr || { cat stderr >&2; exit 1; }
    grep -v '^SIMULATED' stderr || true
    printf -- '-- what that cost the card:\n'
    "$mynacard" --lang en trace show trace
}
judge() { say "$1"; shift; printf '$ %s\n' "$*"; "$@"; }

card='--lang en --reader sim:hanako'

run '1. What is in the reader? Asks for no PIN.' $card status
run '2. The authentication certificate. Free to read, holds no name.' \
    $card cert auth -o auth.pem
openssl x509 -in auth.pem -noout -subject -issuer -enddate

head -c 32 /dev/urandom >challenge
run '3. A challenge, signed with the authentication key and checked against its certificate.' \
    $card --pin sim sign --format raw --key auth --check -o challenge.sig challenge
openssl x509 -in auth.pem -noout -pubkey >auth.pub
judge 'OpenSSL judges it:' \
    openssl dgst -sha256 -verify auth.pub -signature challenge.sig challenge

printf 'A document.\n' >document.txt
run '4. The signature certificate. Needs the password; names its holder (made up here).' \
    $card --pin sim cert sign -o sign.pem
run '5. A raw signature with the signature key.' \
    $card --pin sim sign --format raw -o document.sig document.txt
openssl x509 -in sign.pem -noout -pubkey >sign.pub
judge 'OpenSSL judges it:' \
    openssl dgst -sha256 -verify sign.pub -signature document.sig document.txt

"$mynacard" $card cert sign-ca -o ca.pem 2>/dev/null
run '6. A document signed for others: a CMS file beside it. It carries the signer'"'"'s certificate.' \
    $card --pin sim sign --format cms --consent-disclosure document.txt
judge 'OpenSSL judges it:' \
    openssl cms -verify -cades -binary -inform DER -in document.txt.p7s -content document.txt \
    -CAfile ca.pem -purpose any
say '7. We judge it, rule by rule.'
"$mynacard" --lang en verify --trust sim document.txt

say '8. The card has forgotten every PIN, and no attempt was lost.'
"$mynacard" $card pin status 2>/dev/null
