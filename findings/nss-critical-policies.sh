#!/bin/sh
# NSS: certutil -V, cmsutil and vfychain call a critical certificatePolicies an unknown extension. NSS
# has two path builders, and only the other one, of vfychain -pp, knows it and accepts the certificate.
# Needs the Debian package libnss3-tools.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
. "$here/certificates.inc"
issue() { # NAME CRITICAL-OR-NOTHING
    printf 'keyUsage=critical,digitalSignature,nonRepudiation\ncertificatePolicies=%s@policy\n' "$2" >cnf
    printf '[policy]\npolicyIdentifier=1.3.6.1.4.1.32473.1\nCPS.1=http://example.org/cps\n' >>cnf
    openssl x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 \
        -extfile cnf -out "$1.pem" 2>/dev/null
    openssl verify -CAfile ca.pem "$1.pem" >/dev/null
    certutil -A -d sql:. -n "$1" -t ,, -i "$1.pem"
    openssl x509 -in "$1.pem" -outform DER -out "$1.der"
    openssl cms -sign -binary -nodetach -in cnf -signer "$1.pem" -inkey leaf.key -outform DER -out "$1.p7m"
}
certutil -N -d sql:. --empty-password
certutil -A -d sql:. -n ca -t CT,C,C -i ca.pem
issue plain ''
issue critical critical,
by_certutil() { certutil -V -d sql:. -n "$1" -u S; }
by_cmsutil() { cmsutil -D -d sql:. -i "$1.p7m" -o /dev/null; }
by_vfychain() { vfychain -d sql:. -u 4 "$1.der"; }
by_vfychain_pp() { vfychain -pp -d sql:. -u 4 "$1.der"; }
dpkg-query -W libnss3 libnss3-tools
for tool in certutil cmsutil vfychain vfychain_pp; do
    for leaf in plain critical; do
        if "by_$tool" $leaf >said 2>&1; then word=accepted; else word=refused; fi
        echo "$tool, $leaf: $word $(grep -io 'unknown critical extension' said | head -n 1)"
        case $tool,$leaf in
        vfychain_pp,* | *,plain) [ $word = accepted ] ;;
        *) [ $word = refused ] && grep -qi 'unknown critical extension' said ;;
        esac
    done
done
