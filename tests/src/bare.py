# READER shared|exclusive: connects through bare PC/SC and is told what to do, as second-program.rs.
import sys
from smartcard import scard as pc

WAYS = {
    "leave": pc.SCARD_LEAVE_CARD,
    "reset": pc.SCARD_RESET_CARD,
    "unpower": pc.SCARD_UNPOWER_CARD,
    "eject": pc.SCARD_EJECT_CARD,
}
NAMES = {
    pc.SCARD_S_SUCCESS: "ok",
    pc.SCARD_W_RESET_CARD: "ResetCard",
    pc.SCARD_W_UNPOWERED_CARD: "UnpoweredCard",
    pc.SCARD_E_SHARING_VIOLATION: "SharingViolation",
}
ANY = pc.SCARD_PROTOCOL_T0 | pc.SCARD_PROTOCOL_T1
MODE = pc.SCARD_SHARE_EXCLUSIVE if sys.argv[2] == "exclusive" else pc.SCARD_SHARE_SHARED


def say(code):
    print(NAMES.get(code, pc.SCardGetErrorMessage(code)), flush=True)
    return code == pc.SCARD_S_SUCCESS


_, context = pc.SCardEstablishContext(pc.SCARD_SCOPE_USER)
code, card, protocol = pc.SCardConnect(context, sys.argv[1], MODE, ANY)
if not say(code):
    sys.exit()
for line in sys.stdin:
    match line.split():
        case ["send", command]:
            code, answer = pc.SCardTransmit(card, protocol, list(bytes.fromhex(command)))
            say(code) if code else print(bytes(answer).hex().upper(), flush=True)
        case ["begin"]:
            say(pc.SCardBeginTransaction(card))
        case ["end", way]:
            say(pc.SCardEndTransaction(card, WAYS[way]))
        case ["reconnect"]:
            say(pc.SCardReconnect(card, MODE, ANY, WAYS["leave"])[0])
        case ["disconnect", way]:
            say(pc.SCardDisconnect(card, WAYS[way]))
            sys.exit()
pc.SCardDisconnect(card, WAYS["leave"])
