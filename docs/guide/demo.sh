#!/bin/sh
# The main job on a simulated card, each step with what it cost. Called by `make demo`.
set -eu
cd "$(dirname "$0")/../.."
mynacard=${MYNACARD:-${CARGO_TARGET_DIR:-target}/release/mynacard}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The simulated card's counters live here and vanish with the demo.
export XDG_STATE_HOME="$work/state" XDG_DATA_HOME="$work/data"

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
run() { # run LABEL COMMAND…: shows the command, its output, and the exchanges it cost
    label=$1; shift
    say "$label"
    printf '$ mynacard %s\n' "$*"
    rm -f "$work/trace"
    "$mynacard" --trace "$work/trace" "$@" 2>"$work/stderr" || { cat "$work/stderr" >&2; exit 1; }
    grep -v '^SIMULATED' "$work/stderr" >&2 || true
    printf -- '→ %s exchanges with the card, %s of them presented a PIN; no attempt lost\n' \
        "$(grep -c '^>' "$work/trace" || true)" "$(grep -c '\[secret\]' "$work/trace" || true)"
}
judge() { say "$1"; shift; printf '$ %s\n' "$*"; "$@"; }

card='--lang en --reader sim:hanako'

run '1. What is in the reader? Asks for no PIN.' $card status
run '2. The authentication certificate. Free to read, holds no name.' \
    $card cert auth -o "$work/auth.pem"
openssl x509 -in "$work/auth.pem" -noout -subject -issuer -enddate

head -c 32 /dev/urandom >"$work/challenge"
run '3. A challenge, signed with the authentication key and checked against its certificate.' \
    $card --pin sim sign --format raw --key auth --check -o "$work/challenge.sig" "$work/challenge"
openssl x509 -in "$work/auth.pem" -noout -pubkey >"$work/auth.pub"
judge 'OpenSSL judges it:' \
    openssl dgst -sha256 -verify "$work/auth.pub" -signature "$work/challenge.sig" "$work/challenge"

printf 'A document.\n' >"$work/document.txt"
run '4. The signature certificate. Needs the password; names its holder (made up here).' \
    $card --pin sim cert sign -o "$work/sign.pem"
run '5. A raw signature with the signature key.' \
    $card --pin sim sign --format raw -o "$work/document.sig" "$work/document.txt"
openssl x509 -in "$work/sign.pem" -noout -pubkey >"$work/sign.pub"
judge 'OpenSSL judges it:' \
    openssl dgst -sha256 -verify "$work/sign.pub" -signature "$work/document.sig" "$work/document.txt"

say 'All exchanges of the last step, as `--trace FILE` writes them and `trace show` explains them:'
"$mynacard" --lang en trace show "$work/trace"
