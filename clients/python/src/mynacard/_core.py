"""What both sessions share: frames, questions, errors."""

from __future__ import annotations

import json
import os
from typing import Any, Awaitable, Callable, Dict, List, Optional, Sequence, Union

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

    def __init__(self, params: Dict[str, Any]) -> None:
        self.params = params
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
            Question({**params, **one, "alternatives": []}) for one in params["alternatives"]
        ]

    def __repr__(self) -> str:
        return f"<Question {self.secret}>"


SecretHandler = Callable[[Question], Union[Optional[str], Awaitable[Optional[str]]]]
EventHandler = Callable[[str, Dict[str, Any]], None]


def command(program: Optional[str], sim: Union[str, Sequence[str]]) -> List[str]:
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


def length(line: bytes) -> Optional[int]:
    """The length that a header tells, if it is that header."""
    name, _, value = line.partition(b":")
    if name.strip().lower() != b"content-length":
        return None
    size = int(value)
    if not 0 <= size <= LARGEST:
        raise ServerGone("mynacard serve sent a frame of impossible length")
    return size


def cancel(ident: int) -> Dict[str, Any]:
    return {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": ident}}


def reply(ident: Any, value: Optional[str]) -> Dict[str, Any]:
    result = None if value is None else {"value": value}
    return {"jsonrpc": "2.0", "id": ident, "result": result}


def failure(error: Dict[str, Any]) -> MynacardError:
    from ._generated import ERRORS

    data = error.get("data") or {}
    kind = ERRORS.get(data.get("code"), MynacardError)
    return kind(error.get("message", ""), data)


def first(params: Dict[str, Any]) -> Dict[str, Any]:
    """The parameters of `initialize`."""
    from ._generated import API

    return {"api": API, "client": {"name": "mynacard-python", "version": "0.1.0"}, **params}
