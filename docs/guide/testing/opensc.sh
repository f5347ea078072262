# OpenSC: reads the authentication certificate, presents the PIN, signs. MODULE: opensc-pkcs11.so.
set -e
opensc-tool --reader 0 --name
pkcs11-tool --module "$MODULE" --slot-index 0 --read-object --type cert --id 01 -o certificate.der
pkcs11-tool --module "$MODULE" --slot-index 0 --login --pin 1234 --sign --id 01 \
    --mechanism SHA256-RSA-PKCS --input-file document --output-file signature
# OpenSC leaves the PIN verified: the card forgets when another application is selected.
opensc-tool --reader 0 --send-apdu 00:A4:04:0C:07:A0:00:00:01:51:00:00
