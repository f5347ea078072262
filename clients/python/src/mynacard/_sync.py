"""A session for programs with threads, or with none."""

from __future__ import annotations

import queue
import subprocess
import threading
import time
from typing import Any, Dict, Generator, List, Optional

from . import _core
from ._core import SecretHandler, ServerGone, Step
from ._generated import Methods


class Session(_core.Base, Methods):
    """A running `mynacard serve`. A context manager: at its end the card has forgotten every PIN.

    Each request may run in a thread of its own; `on_secret` is called in the thread that asked.
    `on_event` is called in a thread of the session, which must not wait for a request.
    """

    def _start(self) -> None:
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        try:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=self._env,
            )
        except OSError as error:
            raise ServerGone(f"mynacard cannot be started: {error.strerror}") from None
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.server = self.call("initialize", self._first)
        except BaseException:
            self.close()
            raise

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
            seen = self._news
            cards = self.cards()
            if cards:
                return cards[0]
            left = None if end is None else end - time.monotonic()
            with self._changed:
                come = self._changed.wait_for(lambda: self._gone or self._news != seen, left)
            if not come:
                raise TimeoutError("no card came")

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
            self._open[ident] = answers.put
        handler = on_secret or self.on_secret
        try:
            return self._drive(_core.conversation(ident, method, params), answers, handler)
        except (KeyboardInterrupt, Exception) as problem:
            if not isinstance(problem, _core.MynacardError):
                try:
                    self._drive(_core.abandonment(ident), answers, None)
                except ServerGone:
                    pass
            raise
        finally:
            self._open.pop(ident, None)

    def _drive(
        self,
        steps: Generator[Step, Any, Any],
        answers: Any,
        handler: Optional[SecretHandler],
    ) -> Any:
        # Popped, so that no local of this frame is a PIN where a traceback shows it.
        came = [None]
        while True:
            try:
                step = list(steps.send(came.pop()))
            except StopIteration as end:
                return end.value
            if step[0] == "send":
                self._send(step.pop())
                came = [None]
            elif step[0] == "receive":
                came = [answers.get()]
            else:
                came = [handler(step.pop()) if handler else None]

    def _send(self, message: Dict[str, Any]) -> None:
        data = _core.frame(message)
        with self._lock:
            try:
                self._process.stdin.write(data)  # type: ignore[union-attr]
                self._process.stdin.flush()  # type: ignore[union-attr]
            except (OSError, ValueError):
                del message, data
                raise ServerGone() from None

    def _read(self) -> None:
        frames = _core.Frames()
        try:
            while True:
                data = self._process.stdout.read1(65536)  # type: ignore[union-attr]
                if not data:
                    break
                for message in frames.feed(data):
                    self._sort(message)
        except (OSError, ValueError, ServerGone):
            pass
        with self._lock:
            self._gone = True
        self._end()

    def _notice(self) -> None:
        with self._changed:
            self._changed.notify_all()
