"""A session for programs with threads, or with none."""

from __future__ import annotations

import collections
import json
import queue
import subprocess
import threading
import time
from typing import Any, Deque, Dict, List, Optional, Sequence, Tuple, Union

from . import _core
from ._core import EventHandler, Question, SecretHandler, ServerGone
from ._generated import Methods


class Session(Methods):
    """A running `mynacard serve`. A context manager: at its end the card has forgotten every PIN.

    Each request may run in a thread of its own; `on_secret` is called in the thread that asked.
    """

    def __init__(
        self,
        *,
        sim: Union[str, Sequence[str]] = (),
        program: Optional[str] = None,
        locale: Optional[str] = None,
        on_secret: Optional[SecretHandler] = None,
        on_event: Optional[EventHandler] = None,
        env: Optional[Dict[str, str]] = None,
    ) -> None:
        self.on_secret = on_secret
        self.on_event = on_event
        #: The newest events that nobody waited for, the oldest first.
        self.events: Deque[Tuple[str, Dict[str, Any]]] = collections.deque(maxlen=1000)
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._open: Dict[int, "queue.SimpleQueue[Optional[Dict[str, Any]]]"] = {}
        self._next = 0
        self._gone = False
        try:
            self._process = subprocess.Popen(
                _core.command(program, sim),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=env,
            )
        except OSError as error:
            raise ServerGone(f"mynacard cannot be started: {error.strerror}") from None
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.server = self.call("initialize", _core.first({"locale": locale, "ui": "client"}))
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        return f"<mynacard.Session {'closed' if self._gone else 'open'}>"

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> Optional[int]:
        """Ends the program: whatever waits for a PIN is cancelled. Gives its exit status."""
        try:
            self._process.stdin.close()  # type: ignore[union-attr]
        except OSError:
            pass
        status = self._process.wait()
        self._reader.join()
        self._process.stdout.close()  # type: ignore[union-attr]
        return status

    def cards(self) -> List[str]:
        """The cards that are there."""
        readers = self.readers_list()["readers"]
        return [reader["card"] for reader in readers if reader["card"]]

    def wait_for_card(self, timeout: Optional[float] = None) -> str:
        """The first card that is there, or comes in time; else TimeoutError."""
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            with self._lock:
                seen = len(self.events)
            cards = self.cards()
            if cards:
                return cards[0]
            with self._changed:
                left = None if end is None else end - time.monotonic()
                if left is not None and left <= 0:
                    raise TimeoutError("no card came")
                if not self._gone and len(self.events) == seen:
                    # An event may be pushed out of the full list: look again now and then.
                    self._changed.wait(1 if left is None else min(left, 1))

    def call(
        self,
        method: str,
        params: Optional[Dict[str, Any]] = None,
        on_secret: Optional[SecretHandler] = None,
    ) -> Any:
        """Sends a request and waits for its result. Questions for a PIN go to `on_secret`.

        An exception while it waits (KeyboardInterrupt too), or from `on_secret`, cancels it.
        """
        answers: "queue.SimpleQueue[Optional[Dict[str, Any]]]" = queue.SimpleQueue()
        with self._lock:
            if self._gone:
                raise ServerGone()
            self._next += 1
            ident = self._next
            self._open[ident] = answers
        try:
            self._send(_core.request(ident, method, params))
            return self._finish(ident, answers, on_secret or self.on_secret)
        except (KeyboardInterrupt, Exception) as problem:
            if not isinstance(problem, _core.MynacardError):
                self._abandon(ident, answers)
            raise
        finally:
            with self._lock:
                self._open.pop(ident, None)

    def _finish(self, ident: int, answers: Any, on_secret: Optional[SecretHandler]) -> Any:
        while True:
            message = answers.get()
            if message is None:
                raise ServerGone()
            if "method" in message:
                question = Question(message["params"])
                value = on_secret(question) if on_secret else None
                if not (value is None or isinstance(value, str)):
                    raise TypeError("on_secret gives a str or None")
                self._send(_core.reply(message["id"], value))
            elif "error" in message:
                raise _core.failure(message["error"])
            else:
                return message["result"]

    def _abandon(self, ident: int, answers: Any) -> None:
        """Cancels a request and waits until the card has forgotten."""
        try:
            self._send(_core.cancel(ident))
        except ServerGone:
            return
        while True:
            message = answers.get()
            if message is None or "method" not in message:
                return

    def _send(self, message: Dict[str, Any]) -> None:
        data = _core.frame(message)
        with self._lock:
            try:
                self._process.stdin.write(data)  # type: ignore[union-attr]
                self._process.stdin.flush()  # type: ignore[union-attr]
            except (OSError, ValueError):
                raise ServerGone() from None

    def _read(self) -> None:
        try:
            while True:
                message = self._message()
                if message is None:
                    break
                self._sort(message)
        except (OSError, ValueError, ServerGone):
            pass
        with self._changed:
            self._gone = True
            for answers in self._open.values():
                answers.put(None)
            self._changed.notify_all()

    def _message(self) -> Optional[Dict[str, Any]]:
        stream, size = self._process.stdout, None
        while True:
            line = stream.readline(8192)  # type: ignore[union-attr]
            if not line:
                return None
            if not line.strip():
                break
            size = _core.length(line) if size is None else size
        if size is None:
            return None
        body = stream.read(size)  # type: ignore[union-attr]
        return json.loads(body) if len(body) == size else None

    def _sort(self, message: Dict[str, Any]) -> None:
        ident, method = message.get("id"), message.get("method")
        if method is None or ident is not None:
            # A question names the request that needs it.
            owner = ident if method is None else message["params"]["for"]
            with self._lock:
                answers = self._open.get(owner)
            if answers is not None:
                answers.put(message)
            return
        with self._changed:
            self.events.append((method, message["params"]))
            self._changed.notify_all()
        if self.on_event:
            self.on_event(method, message["params"])
