#!/bin/sh
# GnuTLS: certtool --p7-verify with two trusted roots of one name accepts or refuses by their order.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
. "$here/certificates.inc"
echo content >content
openssl cms -sign -binary -in content -signer leaf.pem -inkey leaf.key -outform DER -out s.p7s
cat ca.pem other.pem >right-first.pem
cat other.pem ca.pem >right-last.pem
certtool --version | head -n 1
says() {
    certtool --p7-verify --inder --infile s.p7s --load-data content --load-ca-certificate "$1" \
        >said 2>&1 && echo accepted || echo refused
}
for roots in right-first right-last; do
    echo "$roots: $(says $roots.pem)"
done
certtool --verify --load-ca-certificate right-last.pem --infile leaf.pem >/dev/null 2>&1 &&
    echo "certtool --verify, right-last: accepted"
[ "$(says right-first.pem)" = accepted ] && [ "$(says right-last.pem)" = refused ]
