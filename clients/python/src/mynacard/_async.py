"""A session for asyncio."""

from __future__ import annotations

import asyncio
import collections
import inspect
import json
from typing import Any, Deque, Dict, List, Optional, Sequence, Tuple, Union

from . import _core
from ._core import EventHandler, Question, SecretHandler, ServerGone
from ._generated import AsyncMethods


class AsyncSession(AsyncMethods):
    """A running `mynacard serve`: `async with AsyncSession() as session`.

    `on_secret` may be a function or a coroutine function. Cancelling a task cancels its request.
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
        self._command = _core.command(program, sim)
        self._locale = locale
        self._env = env
        self._open: Dict[int, "asyncio.Queue[Optional[Dict[str, Any]]]"] = {}
        self._next = 0
        self._gone = True

    def __repr__(self) -> str:
        return f"<mynacard.AsyncSession {'closed' if self._gone else 'open'}>"

    async def __aenter__(self) -> "AsyncSession":
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=self._env,
            )
        except OSError as error:
            raise ServerGone(f"mynacard cannot be started: {error.strerror}") from None
        self._gone = False
        self._changed = asyncio.Event()
        self._reader = asyncio.ensure_future(self._read())
        try:
            params = _core.first({"locale": self._locale, "ui": "client"})
            self.server = await self.call("initialize", params)
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.close()

    async def close(self) -> Optional[int]:
        """Ends the program: whatever waits for a PIN is cancelled. Gives its exit status."""
        self._process.stdin.close()  # type: ignore[union-attr]
        await self._reader
        return await self._process.wait()

    async def cards(self) -> List[str]:
        """The cards that are there."""
        readers = (await self.readers_list())["readers"]
        return [reader["card"] for reader in readers if reader["card"]]

    async def wait_for_card(self, timeout: Optional[float] = None) -> str:
        """The first card that is there, or comes in time; else TimeoutError."""

        async def first() -> str:
            while True:
                self._changed.clear()
                cards = await self.cards()
                if cards:
                    return cards[0]
                await self._changed.wait()

        try:
            return await asyncio.wait_for(first(), timeout)
        except asyncio.TimeoutError:
            raise TimeoutError("no card came") from None

    async def call(
        self,
        method: str,
        params: Optional[Dict[str, Any]] = None,
        on_secret: Optional[SecretHandler] = None,
    ) -> Any:
        """Sends a request and waits for its result. Questions for a PIN go to `on_secret`."""
        if self._gone:
            raise ServerGone()
        self._next += 1
        ident = self._next
        answers: "asyncio.Queue[Optional[Dict[str, Any]]]" = asyncio.Queue()
        self._open[ident] = answers
        try:
            await self._send(_core.request(ident, method, params))
            return await self._finish(answers, on_secret or self.on_secret)
        except BaseException as problem:
            if not isinstance(problem, _core.MynacardError):
                # Awaited also where the task is cancelled: then the card has forgotten.
                await asyncio.shield(self._abandon(ident, answers))
            raise
        finally:
            self._open.pop(ident, None)

    async def _finish(self, answers: Any, on_secret: Optional[SecretHandler]) -> Any:
        while True:
            message = await answers.get()
            if message is None:
                raise ServerGone()
            if "method" in message:
                question = Question(message["params"])
                value = on_secret(question) if on_secret else None
                if inspect.isawaitable(value):
                    value = await value
                if not (value is None or isinstance(value, str)):
                    raise TypeError("on_secret gives a str or None")
                await self._send(_core.reply(message["id"], value))
            elif "error" in message:
                raise _core.failure(message["error"])
            else:
                return message["result"]

    async def _abandon(self, ident: int, answers: Any) -> None:
        try:
            await self._send(_core.cancel(ident))
        except ServerGone:
            return
        while True:
            message = await answers.get()
            if message is None or "method" not in message:
                return

    async def _send(self, message: Dict[str, Any]) -> None:
        try:
            self._process.stdin.write(_core.frame(message))  # type: ignore[union-attr]
            await self._process.stdin.drain()  # type: ignore[union-attr]
        except (OSError, RuntimeError):
            raise ServerGone() from None

    async def _read(self) -> None:
        try:
            while True:
                message = await self._message()
                if message is None:
                    break
                self._sort(message)
        except (OSError, ValueError, ServerGone, asyncio.IncompleteReadError):
            pass
        self._gone = True
        for answers in self._open.values():
            answers.put_nowait(None)
        self._changed.set()

    async def _message(self) -> Optional[Dict[str, Any]]:
        stream, size = self._process.stdout, None
        while True:
            line = await stream.readline()  # type: ignore[union-attr]
            if not line:
                return None
            if not line.strip():
                break
            size = _core.length(line) if size is None else size
        if size is None:
            return None
        return json.loads(await stream.readexactly(size))  # type: ignore[union-attr]

    def _sort(self, message: Dict[str, Any]) -> None:
        ident, method = message.get("id"), message.get("method")
        if method is None or ident is not None:
            owner = ident if method is None else message["params"]["for"]
            answers = self._open.get(owner)
            if answers is not None:
                answers.put_nowait(message)
            return
        self.events.append((method, message["params"]))
        self._changed.set()
        if self.on_event:
            self.on_event(method, message["params"])
