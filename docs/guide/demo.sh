#!/bin/sh
# The main jobs on a simulated card: status, signing a PDF, checking it, what it cost the card.
# Called by `make demo`; speaks Japanese where the environment does.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
program=${MYNACARD:-${CARGO_TARGET_DIR:-$here/target}/release/mynacard}
program=$(realpath "$program")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The simulated card's counters live here and vanish with the demo.
export XDG_STATE_HOME="$work/state" XDG_DATA_HOME="$work/data"
cp "$here/docs/guide/contract.pdf" "$work"
cd "$work"

bold= plain=
if [ -t 1 ]; then bold=$(printf '\033[1m') plain=$(printf '\033[0m'); fi
case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in ja*) language=ja ;; *) language=en ;; esac
say() { # say JAPANESE ENGLISH
    if [ $language = ja ]; then text=$1; else text=$2; fi
    printf '\n%s%s%s\n' "$bold" "$text" "$plain"
}
# One stream, so that lines stand in the order in which they were written.
mynacard() {
    printf '$ mynacard %s\n' "$*"
    "$program" --lang $language "$@" 2>&1
}

say '1. カードの状態（暗証番号は不要です）' '1. What is on the card? No PIN is needed.'
mynacard --reader sim:hanako status

say '2. PDF に署名します' '2. Sign a PDF.'
mynacard --reader sim:hanako --pin sim --trace trace sign --consent-disclosure contract.pdf

say '3. 署名を検証します' '3. Check the signature.'
mynacard verify --trust sim contract.signed.pdf

say '4. 署名でカードに送ったもの' '4. What signing sent to the card.'
# To a file first, since a pipe would hide a failure.
mynacard trace show trace >shown
grep -v 'READ BINARY' shown

say '次は自分のカードで:' 'Next, with your own card:'
printf '$ %s status\n' "$program"
