"""The clients of judged.c in another language: polite | spender | unlocked | twice | deaf."""
import ctypes
import sys

lib = ctypes.CDLL("libpcsclite.so.1")
LONG, ULONG = ctypes.c_long, ctypes.c_ulong
WHAT = sys.argv[1]


class Pci(ctypes.Structure):
    _fields_ = [("protocol", ULONG), ("length", ULONG)]


context, card, protocol = LONG(), LONG(), ULONG()
names, length = ctypes.create_string_buffer(1024), ULONG(1024)
if (lib.SCardEstablishContext(ULONG(2), None, None, ctypes.byref(context))
        or lib.SCardListReaders(context, None, names, ctypes.byref(length))
        or lib.SCardConnect(context, names, ULONG(2), ULONG(2), ctypes.byref(card),
                            ctypes.byref(protocol))):
    sys.exit(1)


def transmit(command):
    answer, room = ctypes.create_string_buffer(2100), ULONG(2100)
    pci = Pci.in_dll(lib, "g_rgSCardT1Pci")
    failed = lib.SCardTransmit(card, ctypes.byref(pci), command, ULONG(len(command)), None, answer,
                               ctypes.byref(room))
    return "" if failed else answer.raw[:room.value].hex()[-4:]


def work():
    transmit(bytes.fromhex("00A4040C0AD392F000260100000001"))
    left = transmit(bytes.fromhex("00200098"))
    if WHAT == "polite" and left in ("", "63c0", "63c1", "6983", "6984"):
        return False
    verify = bytes.fromhex("0020009804") + b"1234"
    verdict = transmit(verify)
    if verdict not in ("9000", "") and WHAT == "twice":
        verdict = transmit(verify)
    return verdict == "9000"


done = work()
lib.SCardDisconnect(card, ULONG(0 if WHAT == "unlocked" else 2))
sys.exit(0 if done or WHAT == "deaf" else 1)
