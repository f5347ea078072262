"""Reads the authentication certificate, asks the counter, presents the PIN, signs. Package: pyscard."""

import hashlib
import sys

from smartcard.scard import SCARD_UNPOWER_CARD
from smartcard.System import readers

JPKI = "00 A4 04 0C 0A D3 92 F0 00 26 01 00 00 00 01"
ISSUER = "00 A4 04 0C 07 A0 00 00 01 51 00 00"
SHA256 = bytes.fromhex("3031300D060960864801650304020105000420")

card = readers()[0].createConnection()
card.connect(disposition=SCARD_UNPOWER_CARD)


def send(command, data=b"", le=""):
    length = bytes([len(data)]) if data else b""
    apdu = bytes.fromhex(command) + length + data + bytes.fromhex(le)
    answer, sw1, sw2 = card.transmit(list(apdu))
    return bytes(answer), sw1 << 8 | sw2


def read(id):
    """A file by its short identifier; the length is that of the DER value."""
    data, _ = send(f"00 B0 {0x80 | id:02X} 00", le="00")
    end = 4 + int.from_bytes(data[2:4], "big")
    while len(data) < end:
        piece, _ = send(f"00 B0 {len(data) >> 8:02X} {len(data) & 255:02X}", le="00")
        data += piece
    return data[:end]


send(JPKI)
open("certificate.der", "wb").write(read(0x0A))
_, counter = send("00 20 00 98")
print(counter & 15, "attempts left")
if counter & 15 < 2:
    sys.exit("the last attempt is kept")
_, status = send("00 20 00 98", b"1234")
if status != 0x9000:
    sys.exit(f"the PIN is wrong: {status:04X}")
digest = hashlib.sha256(open("document", "rb").read()).digest()
signature, _ = send("80 2A 00 97", SHA256 + digest, "00")
open("signature", "wb").write(signature)
send(ISSUER)  # The card forgets the PIN.
card.disconnect()
