"""Asks a PC/SC client library many questions and prints the answers as JSON, one line each.

One reader with a My Number Card, simulated. The same program runs on the library of pcsc-lite and on
the simulator's: whatever differs is seen. What takes the card out and puts it in is in the test.
"""
import ctypes
import json
import sys
import threading

lib = ctypes.CDLL("libpcsclite.so.1")
ULONG, LONG, BYTE = ctypes.c_ulong, ctypes.c_long, ctypes.c_ubyte
AUTO = ULONG(-1).value
SHARED, EXCLUSIVE, DIRECT = 2, 1, 3
T0, T1, RAW = 1, 2, 4
LEAVE, RESET, UNPOWER = 0, 1, 2
SELECT = bytes.fromhex("00A4040C0AD392F000260100000001")


class Pci(ctypes.Structure):
    _fields_ = [("protocol", ULONG), ("length", ULONG)]


class State(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("user", ctypes.c_void_p), ("current", ULONG),
                ("event", ULONG), ("length", ULONG), ("atr", BYTE * 33)]


for name in ("SCardTransmit", "SCardControl", "SCardStatus", "SCardConnect"):
    getattr(lib, name).restype = LONG
lib.SCardGetStatusChange.argtypes = [LONG, ULONG, ctypes.c_void_p, ULONG]
lib.SCardConnect.argtypes = [LONG, ctypes.c_char_p, ULONG, ULONG, ctypes.c_void_p, ctypes.c_void_p]
lib.SCardReconnect.argtypes = [LONG, ULONG, ULONG, ULONG, ctypes.c_void_p]
lib.SCardListReaders.argtypes = [LONG, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_void_p]
lib.SCardListReaderGroups.argtypes = [LONG, ctypes.c_void_p, ctypes.c_void_p]
lib.SCardTransmit.argtypes = [LONG, ctypes.c_void_p, ctypes.c_char_p, ULONG, ctypes.c_void_p,
                              ctypes.c_void_p, ctypes.c_void_p]
lib.SCardStatus.argtypes = [LONG] + [ctypes.c_void_p] * 6
lib.SCardControl.argtypes = [LONG, ULONG, ctypes.c_char_p, ULONG, ctypes.c_void_p, ULONG,
                             ctypes.c_void_p]
lib.SCardGetAttrib.argtypes = [LONG, ULONG, ctypes.c_void_p, ctypes.c_void_p]
lib.SCardSetAttrib.argtypes = [LONG, ULONG, ctypes.c_char_p, ULONG]
lib.SCardEstablishContext.argtypes = [ULONG, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
lib.SCardFreeMemory.argtypes = [LONG, ctypes.c_void_p]
lib.pcsc_stringify_error.argtypes = [LONG]
lib.pcsc_stringify_error.restype = ctypes.c_char_p
for name in ("SCardReleaseContext", "SCardIsValidContext", "SCardCancel", "SCardBeginTransaction"):
    getattr(lib, name).argtypes = [LONG]
for name in ("SCardEndTransaction", "SCardDisconnect"):
    getattr(lib, name).argtypes = [LONG, ULONG]
PCI = {name: Pci.in_dll(lib, f"g_rgSCard{name}Pci") for name in ("T0", "T1", "Raw")}


def say(question, *answer):
    print(json.dumps({"question": question, "answer": answer}), flush=True)


def hexed(result):
    return "%08X" % (result & 0xFFFFFFFF)


def establish(scope=2):
    context = LONG()
    return hexed(lib.SCardEstablishContext(scope, None, None, ctypes.byref(context))), context.value


def connect(context, share=SHARED, protocols=T0 | T1, name=None):
    handle, protocol = LONG(), ULONG()
    result = lib.SCardConnect(context, READER if name is None else name, share, protocols,
                              ctypes.byref(handle), ctypes.byref(protocol))
    return hexed(result), handle.value, protocol.value


def reconnect(handle, how, share=SHARED):
    protocol = ULONG()
    return hexed(lib.SCardReconnect(handle, share, T0 | T1, how, ctypes.byref(protocol)))


def transmit(handle, command=SELECT, room=258, pci=None, receive=None):
    answer, length = (BYTE * 0x10100)(), ULONG(room)
    pci = PCI["T1"] if pci is None else pci
    result = lib.SCardTransmit(handle, ctypes.byref(pci), command, len(command), receive, answer,
                               ctypes.byref(length))
    good = result == 0
    return hexed(result), bytes(answer[:length.value]).hex()[-4:] if good else ""


def change(context, readers, timeout=0):
    """Result, low half of each state, count of events in the upper half as the last number."""
    states = (State * len(readers))()
    for state, (name, current) in zip(states, readers):
        state.name, state.current, state.event = name, current, 0
    result = lib.SCardGetStatusChange(context, timeout, states, len(readers))
    return hexed(result), [state.event & 0xFFFF for state in states], states


def text(function, *arguments, room=None):
    """A call that writes a text: result, bytes, need."""
    length = ULONG(0 if room is None else room)
    place = ctypes.create_string_buffer(room) if room else None
    result = function(*arguments, place, ctypes.byref(length))
    return hexed(result), place.raw[:length.value] if place and result == 0 else b"", length.value


# Contexts.
for scope in (0, 1, 2, 3, 7):
    result, one = establish(scope)
    say(f"establish {scope}", result)
    if one:
        lib.SCardReleaseContext(one)
say("establish null", hexed(lib.SCardEstablishContext(2, None, None, None)))
_, A = establish()
_, B = establish()
say("two contexts", A != B and A != 0 and B != 0)
say("valid", hexed(lib.SCardIsValidContext(A)), hexed(lib.SCardIsValidContext(0x1234567)))
_, gone = establish()
say("release", hexed(lib.SCardReleaseContext(gone)), hexed(lib.SCardReleaseContext(gone)),
    hexed(lib.SCardIsValidContext(gone)))

# Readers.
result, names, need = text(lib.SCardListReaders, A, None, room=1024)
READER = names.split(b"\0")[0]
say("readers", result, names.endswith(b"\0\0"), need == len(names))
result, _, told = text(lib.SCardListReaders, A, None, room=3)
say("readers small", result, told == need)
result, _, told = text(lib.SCardListReaders, A, None)
say("readers null", result, told == need)
say("readers null length", hexed(lib.SCardListReaders(A, None, None, None)))
say("readers bad context", text(lib.SCardListReaders, 77, None)[0])
place, length = ctypes.c_char_p(), ULONG(AUTO)
result = lib.SCardListReaders(A, None, ctypes.byref(place), ctypes.byref(length))
say("readers auto", hexed(result), place.value == READER, length.value == need)
say("free", hexed(lib.SCardFreeMemory(A, place)))
result, groups, length = text(lib.SCardListReaderGroups, A, room=100)
say("groups", result, groups.hex(), length)
say("groups small", text(lib.SCardListReaderGroups, A, room=3)[0])

# Connections.
for share, protocols, name in [(0, 3, None), (9, 3, None), (SHARED, 0, None), (SHARED, T0, None),
                               (SHARED, 3, b"nothing"), (SHARED, 3, b"x" * 200)]:
    say(f"connect {share} {protocols} {(name or b'')[:4].decode()}",
        connect(A, share, protocols, name)[0])
say("connect bad context", connect(77)[0])
null = lib.SCardConnect(A, None, SHARED, 3, ctypes.byref(LONG()), ctypes.byref(ULONG()))
say("connect null name", hexed(null))
say("connect null handle", hexed(lib.SCardConnect(A, READER, SHARED, 3, None, None)))
result, H, protocol = connect(A)
say("connect", result, protocol, H != 0)
result, direct, protocol = connect(A, DIRECT, 0)
say("direct beside", result, protocol, hexed(lib.SCardDisconnect(direct, LEAVE)))
say("reconnect wrong", reconnect(H, 9), reconnect(H, LEAVE, 9))

# Status.
def status(handle, room=200, atr_room=33):
    name, length = ctypes.create_string_buffer(200), ULONG(room)
    state, protocol = ULONG(), ULONG()
    atr, atr_length = (BYTE * 33)(), ULONG(atr_room)
    result = lib.SCardStatus(handle, name, ctypes.byref(length), ctypes.byref(state),
                             ctypes.byref(protocol), atr, ctypes.byref(atr_length))
    return (hexed(result), name.value, length.value - len(READER), state.value & 0xFFFF,
            protocol.value, bytes(atr[:atr_length.value]).hex())


result, name, more, state, protocol, ATR = status(H)
say("status", result, name == READER, more, state, protocol, ATR)
say("status small name", status(H, room=3)[0])
say("status small atr", status(H, atr_room=3)[0])
say("status nulls", hexed(lib.SCardStatus(H, None, None, None, None, None, None)))
say("status bad handle", status(77)[0])

# Commands.
say("transmit", *transmit(H))
say("transmit wrong pci", transmit(H, pci=PCI["T0"])[0])
say("transmit raw pci", *transmit(H, pci=PCI["Raw"]))
say("transmit own pci", *transmit(H, pci=Pci(2, 16)))
answer, length = (BYTE * 258)(), ULONG(258)
null = lib.SCardTransmit(H, None, SELECT, len(SELECT), None, answer, ctypes.byref(length))
say("transmit null pci", hexed(null))
null = lib.SCardTransmit(H, ctypes.byref(PCI["T1"]), None, 0, None, answer, ctypes.byref(length))
say("transmit null command", hexed(null))
received = Pci(9, 9)
say("transmit receive pci", *transmit(H, receive=ctypes.byref(received)), received.protocol)
say("transmit small", transmit(H, room=1)[0], *transmit(H))
say("transmit exact", *transmit(H, room=2))
say("transmit bad handle", transmit(77)[0])
say("transmit huge", transmit(H, SELECT + bytes(0x10100))[0])
READ_CERTIFICATE = bytes.fromhex("00A4020C02000A"), bytes.fromhex("00B00000000800")
transmit(H, READ_CERTIFICATE[0])
say("transmit extended", *transmit(H, READ_CERTIFICATE[1], room=3000))

# Control and attributes.
returned = ULONG()
control = lib.SCardControl(77, 0x42000D48, b"", 0, answer, 258, ctypes.byref(returned))
say("control bad handle", hexed(control))
control = lib.SCardControl(H, 0x1234, b"", 0, answer, 258, ctypes.byref(returned))
say("control nonsense", hexed(control))
say("attribute nonsense", text(lib.SCardGetAttrib, H, 0x4711, room=99)[0])
say("attribute small", text(lib.SCardGetAttrib, H, 0x7FFF0003, room=3)[0])
result, friendly, _ = text(lib.SCardGetAttrib, H, 0x7FFF0003, room=200)
say("attribute friendly name", result, friendly.rstrip(b"\0") == READER)
say("set attribute", hexed(lib.SCardSetAttrib(H, 0x4711, b"x", 1)))

# Changes.
PNP = rb"\\?PnP?\Notification"
say("change nothing", *change(A, [])[:2])
result, events, states = change(A, [(READER, 0)])
say("change unaware", result, events, bytes(states[0].atr[:states[0].length]).hex())
known = states[0].event & ~2
say("change same", *change(A, [(READER, known)])[:2])
say("change without count", *change(A, [(READER, known & 0xFFFF)])[:2])
say("change unknown", *change(A, [(b"nothing", 0)])[:2])
say("change unknown beside", *change(A, [(READER, 0), (b"nothing", 0)])[:2])
say("change ignore", *change(A, [(READER, 1)])[:2])
say("change pnp", *change(A, [(PNP, 0)])[:2])
say("change pnp beside", *change(A, [(PNP, 0), (READER, 0)])[:2])
say("change null name", *change(A, [(None, 0)])[:1])
say("change null", hexed(lib.SCardGetStatusChange(A, 0, None, 1)))
say("change bad context", *change(77, [(READER, 0)])[:1])
say("change empty known", *change(A, [(READER, 0x10)])[:2])
say("change exclusive known", *change(A, [(READER, 0xA0)])[:2])
say("change 200 ms", *change(A, [(READER, known)], 200)[:2])


def waiting(readers):
    """A wait without end that another thread ends by SCardCancel, again and again until it does."""
    ended = []
    thread = threading.Thread(target=lambda: ended.append(change(A, readers, 0xFFFFFFFF)[0]))
    thread.start()
    results = set()
    while thread.is_alive():
        results.add(hexed(lib.SCardCancel(A)))
        thread.join(0.05)
    return ended[0], sorted(results)


say("cancel", *waiting([(READER, known)]))
say("cancel pnp", *waiting([(PNP, 0)]))
say("cancel idle", hexed(lib.SCardCancel(A)), *change(A, [(READER, known)])[:1])

# Two programs.
_, G, _ = connect(B)
say("end without begin", hexed(lib.SCardEndTransaction(H, LEAVE)))
say("exclusive while shared", connect(B, EXCLUSIVE)[0])
say("begin", hexed(lib.SCardBeginTransaction(H)), hexed(lib.SCardBeginTransaction(H)))
say("end of another's", hexed(lib.SCardEndTransaction(G, LEAVE)))


def later(call):
    """Starts a call; whether it is still going on after a while, and how to get its result."""
    ended = []
    thread = threading.Thread(target=lambda: ended.append(call()))
    thread.start()
    thread.join(0.3)

    def result():
        thread.join()
        return ended[0]
    return thread.is_alive(), result


for what, call in [("status", lambda: status(G)[0]),
                   ("reconnect", lambda: reconnect(G, LEAVE)),
                   ("begin", lambda: hexed(lib.SCardBeginTransaction(G))),
                   ("transmit", lambda: transmit(G)[0])]:
    waits, result = later(call)
    say(f"{what} in another's waits", waits)
    lib.SCardEndTransaction(H, LEAVE)
    lib.SCardEndTransaction(H, LEAVE)
    say(f"{what} then", result())
    lib.SCardEndTransaction(G, LEAVE)
    lib.SCardBeginTransaction(H)
waits, result = later(lambda: connect(B))
lib.SCardEndTransaction(H, LEAVE)
ended, another, _ = result()
say("connect in another's waits", waits, ended, hexed(lib.SCardDisconnect(another, LEAVE)))
lib.SCardBeginTransaction(H)
lib.SCardEndTransaction(H, LEAVE)
say("reset by reconnect", reconnect(H, RESET), *transmit(H))
say("reset, others", transmit(G)[0], transmit(G)[0], status(G)[0],
    hexed(lib.SCardBeginTransaction(G)), hexed(lib.SCardEndTransaction(G, LEAVE)))
say("reset, change", *change(B, [(READER, 0)])[:2])
say("reset, reconnect", reconnect(G, LEAVE), *transmit(G))
lib.SCardBeginTransaction(H)
say("reset by end", hexed(lib.SCardEndTransaction(H, RESET)), transmit(G)[0], transmit(H)[0])
reconnect(H, LEAVE), reconnect(G, LEAVE)
lib.SCardBeginTransaction(H)
say("reset inside", reconnect(H, RESET), *transmit(H), hexed(lib.SCardEndTransaction(H, LEAVE)))
reconnect(G, LEAVE)
_, gone, _ = connect(B)
say("unpower by disconnect", hexed(lib.SCardDisconnect(gone, UNPOWER)), transmit(H)[0])
result, gone, _ = connect(B)
say("unpower, new connection", result, *transmit(gone), hexed(lib.SCardDisconnect(gone, LEAVE)))
reconnect(H, LEAVE), reconnect(G, LEAVE)
lib.SCardDisconnect(G, LEAVE)
say("reconnect exclusive", reconnect(H, LEAVE, EXCLUSIVE), connect(B)[0], connect(B, DIRECT, 0)[0])
say("change exclusive", *change(B, [(READER, 0)])[:2])
say("reconnect shared", reconnect(H, LEAVE))
say("disconnect", hexed(lib.SCardDisconnect(H, 9)), hexed(lib.SCardDisconnect(H, LEAVE)),
    hexed(lib.SCardDisconnect(H, LEAVE)))
_, C = establish()
_, open_handle, _ = connect(C)
say("release with a handle", hexed(lib.SCardReleaseContext(C)), transmit(open_handle)[0])

# The card is taken out and put in again, as the lines on standard input say.
_, H, _ = connect(A)
known = change(A, [(READER, 0)])[2][0].event & ~2
waits, ended = later(lambda: change(A, [(READER, known)], 0xFFFFFFFF))
print("remove", flush=True)
result, events, states = ended()
say("removal ends a wait", result, events, states[0].length)
say("count grows", (states[0].event >> 16) - (known >> 16) & 0xFFFF)
sys.stdin.readline()
say("removed", transmit(H)[0], hexed(lib.SCardBeginTransaction(H)),
    hexed(lib.SCardEndTransaction(H, LEAVE)), status(H)[0], reconnect(H, LEAVE), connect(A)[0])
result, direct, protocol = connect(A, DIRECT, 0)
say("removed, direct", result, protocol, status(direct)[3:], transmit(direct)[0],
    hexed(lib.SCardDisconnect(direct, LEAVE)))
known = change(A, [(READER, 0)])[2][0].event & ~2
waits, ended = later(lambda: change(A, [(READER, known)], 0xFFFFFFFF))
print("insert", flush=True)
result, events, states = ended()
say("insertion ends a wait", result, [event & ~0x100 for event in events])
sys.stdin.readline()
say("inserted", transmit(H)[0], reconnect(H, LEAVE), *transmit(H))
say("end", hexed(lib.SCardDisconnect(H, LEAVE)), hexed(lib.SCardReleaseContext(A)))

for code in [0, *range(0x80100001, 0x80100033), *range(0x80100065, 0x80100070), 0x12345678]:
    say(f"text {code:08X}", lib.pcsc_stringify_error(code).decode())
