"""What both sessions share: frames, questions, errors, and the steps of a request."""

from __future__ import annotations

import collections
import json
import os
from typing import (
    Any,
    Awaitable,
    Callable,
    Deque,
    Dict,
    Generator,
    List,
    Optional,
    Sequence,
    Tuple,
    Union,
)

#: The largest answer that is read; a portrait has some hundred thousand bytes.
LARGEST = 64 << 20


class MynacardError(Exception):
    """What `mynacard serve` answered instead of a result. Never holds a PIN.

    `code` is the stable word of docs/errors.md; each code has a class of its own.
    """

    def __init__(self, message: str, data: Optional[Dict[str, Any]] = None) -> None:
        data = data or {}
        super().__init__(message)
        self.message = message
        self.code: str = data.get("code", "")
        #: What to do next, for people.
        self.next: str = data.get("next", "")
        #: Whether the same request can go well later.
        self.retriable: bool = bool(data.get("retriable"))
        #: None where the answer to a PIN was lost.
        self.attempts_spent: Optional[int] = data.get("attemptsSpent", 0)
        self.attempts_left: Optional[int] = data.get("attemptsLeft")
        self.exit: Optional[int] = data.get("exit")
        self.details: Dict[str, Any] = data.get("details") or {}

    def __str__(self) -> str:
        return f"{self.message} ({self.code})" if self.code else self.message


class ServerGone(MynacardError):
    """The program has ended, or was never there."""

    def __init__(self, message: str = "mynacard serve has ended") -> None:
        super().__init__(message, {"next": "Install mynacard, or name it with program=."})


class Question:
    """What the user should know before typing a PIN."""

    def __init__(self, params: Dict[str, Any], ident: Any = None) -> None:
        self.params = params
        #: The event `$/cancelRequest` names it when it needs no answer any more: close the dialog.
        self.id = ident
        self.secret: str = params["secret"]
        #: The full name of the PIN, in the session's language.
        self.name: str = params["name"]
        self.attempts_left: Optional[int] = params["attemptsLeft"]
        self.attempts_maximum: Optional[int] = params["attemptsMaximum"]
        #: Whether it is the value that shall replace a PIN: let it be typed twice.
        self.new: bool = params["new"]
        self.purpose: Optional[str] = params["purpose"]
        self.origin: Optional[str] = params.get("origin")
        self.discloses_attributes: bool = params.get("disclosesAttributes", False)
        #: What is signed: `file`, `size`, `sha256`, `warnings` of each.
        self.documents: List[Dict[str, Any]] = params.get("documents", [])
        self.handling: Optional[Dict[str, Any]] = params.get("handling")
        #: Where any one of several is enough, all of them.
        self.alternatives: List[Question] = [
            Question({**params, **one, "alternatives": []}, ident) for one in params["alternatives"]
        ]

    def __repr__(self) -> str:
        return f"<Question {self.secret}>"


SecretHandler = Callable[[Question], Union[Optional[str], Awaitable[Optional[str]]]]
EventHandler = Callable[[str, Dict[str, Any]], None]


def command_line(program: Optional[str], sim: Union[str, Sequence[str]]) -> List[str]:
    """The command line. `sim` names residents; without any the readers of this computer are used."""
    residents = [sim] if isinstance(sim, str) else list(sim)
    words = [program or os.environ.get("MYNACARD", "mynacard"), "serve"]
    for resident in residents:
        words += ["--sim", resident]
    return words


def request(ident: int, method: str, params: Optional[Dict[str, Any]]) -> Dict[str, Any]:
    members = {name: plain(value) for name, value in (params or {}).items() if value is not None}
    return {"jsonrpc": "2.0", "id": ident, "method": method, "params": members}


def plain(value: Any) -> Any:
    """Paths as texts."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items() if one is not None}
    return value


def frame(message: Dict[str, Any]) -> bytes:
    body = json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


class Frames:
    """Messages out of bytes, however these come in pieces."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> List[Dict[str, Any]]:
        """The messages that are whole now."""
        self._data += data
        messages = []
        while True:
            head = self._data.find(b"\r\n\r\n")
            if head < 0:
                if len(self._data) > 8192:
                    raise ServerGone("mynacard serve sent a header without an end")
                return messages
            size = length(bytes(self._data[:head]))
            end = head + 4 + size
            if len(self._data) < end:
                return messages
            messages.append(json.loads(self._data[head + 4 : end]))
            del self._data[:end]


def length(head: bytes) -> int:
    """The length that a header tells."""
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            if int(value) <= LARGEST:
                return int(value)
    raise ServerGone("mynacard serve sent a frame without a possible length")


def cancel(ident: int) -> Dict[str, Any]:
    return {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": ident}}


def reply(ident: Any, value: Optional[str]) -> Dict[str, Any]:
    result = None if value is None else {"value": value}
    return {"jsonrpc": "2.0", "id": ident, "result": result}


#: What a session does next: `send` a message, `receive` one (None at the end), or `ask` a question.
Step = Tuple[str, Any]


def conversation(
    ident: int, method: str, params: Optional[Dict[str, Any]]
) -> Generator[Step, Any, Any]:
    """One request until its result. The session does each step and sends what came of it."""
    yield "send", request(ident, method, params)
    while True:
        message = yield "receive", None
        if message is None:
            raise ServerGone()
        if "method" in message:
            # A traceback can show the locals of every frame, so no PIN is in one.
            answer = [(yield "ask", Question(message["params"], message["id"]))]
            if not isinstance(answer[0], (str, type(None))):
                answer.clear()
                raise TypeError("on_secret gives a str or None")
            yield "send", reply(message["id"], answer.pop())
        elif "error" in message:
            raise failure(message["error"])
        else:
            return message["result"]


def abandonment(ident: int) -> Generator[Step, Any, None]:
    """Cancels a request and waits for its answer: then the card has forgotten."""
    yield "send", cancel(ident)
    while True:
        message = yield "receive", None
        if message is None or "method" not in message:
            return


class Base:
    """Options of a session, its events, and the requests that wait for something."""

    def __init__(
        self,
        *,
        sim: Union[str, Sequence[str]] = (),
        program: Optional[str] = None,
        command: Optional[Sequence[str]] = None,
        locale: Optional[str] = None,
        on_secret: Optional[SecretHandler] = None,
        on_event: Optional[EventHandler] = None,
        env: Optional[Dict[str, str]] = None,
    ) -> None:
        self.on_secret = on_secret
        self.on_event = on_event
        #: The newest events, the oldest first.
        self.events: Deque[Tuple[str, Dict[str, Any]]] = collections.deque(maxlen=1000)
        self._command = list(command) if command else command_line(program, sim)
        self._first = first({"locale": locale, "ui": "client"})
        self._env = env
        #: Where messages go that belong to a request.
        self._open: Dict[int, Callable[[Optional[Dict[str, Any]]], None]] = {}
        self._next = 0
        self._news = 0
        self._gone = False
        self._start()

    def _start(self) -> None:
        """Starts the program, or gets ready for that."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<mynacard.{type(self).__name__} {'closed' if self._gone else 'open'}>"

    def _sort(self, message: Dict[str, Any]) -> None:
        ident, method = message.get("id"), message.get("method")
        if method is None or ident is not None:
            # A question names the request that needs it.
            put = self._open.get(ident if method is None else message["params"]["for"])
            if put is not None:
                put(message)
            return
        self.events.append((method, message["params"]))
        self._news += 1
        self._notice()
        if self.on_event:
            self.on_event(method, message["params"])

    def _end(self) -> None:
        self._gone = True
        for put in list(self._open.values()):
            put(None)
        self._notice()

    def _notice(self) -> None:
        """Wakes those who wait for an event."""
        raise NotImplementedError


def failure(error: Dict[str, Any]) -> MynacardError:
    from ._generated import ERRORS

    data = error.get("data") or {}
    kind = ERRORS.get(data.get("code"), MynacardError)
    return kind(error.get("message", ""), data)


def first(params: Dict[str, Any]) -> Dict[str, Any]:
    """The parameters of `initialize`."""
    from ._generated import API

    return {"api": API, "client": {"name": "mynacard-python", "version": "0.1.0"}, **params}
