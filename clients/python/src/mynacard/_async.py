"""A session for asyncio."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any, Dict, Generator, List, Optional

from . import _core
from ._core import SecretHandler, ServerGone, Step
from ._generated import AsyncMethods


class AsyncSession(_core.Base, AsyncMethods):
    """A running `mynacard serve`: `async with AsyncSession() as session`.

    `on_secret` may be a function or a coroutine function. Cancelling a task cancels its request.
    """

    def _start(self) -> None:
        self._gone = True

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
            self.server = await self.call("initialize", self._first)
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
        self._open[ident] = answers.put_nowait
        handler = on_secret or self.on_secret
        try:
            return await self._drive(_core.conversation(ident, method, params), answers, handler)
        except BaseException as problem:
            if not isinstance(problem, _core.MynacardError):
                # Awaited also where the task is cancelled: then the card has forgotten.
                await asyncio.shield(self._abandon(ident, answers))
            raise
        finally:
            self._open.pop(ident, None)

    async def _drive(
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
                await self._send(step.pop())
                came = [None]
            elif step[0] == "receive":
                came = [await answers.get()]
            else:
                came = [handler(step.pop()) if handler else None]
                if inspect.isawaitable(came[0]):
                    came = [await came.pop()]

    async def _abandon(self, ident: int, answers: Any) -> None:
        try:
            await self._drive(_core.abandonment(ident), answers, None)
        except ServerGone:
            pass

    async def _send(self, message: Dict[str, Any]) -> None:
        try:
            self._process.stdin.write(_core.frame(message))  # type: ignore[union-attr]
            await self._process.stdin.drain()  # type: ignore[union-attr]
        except (OSError, RuntimeError):
            del message
            raise ServerGone() from None

    async def _read(self) -> None:
        frames = _core.Frames()
        try:
            while True:
                data = await self._process.stdout.read(65536)  # type: ignore[union-attr]
                if not data:
                    break
                for message in frames.feed(data):
                    self._sort(message)
        except (OSError, ValueError, ServerGone):
            pass
        self._end()

    def _notice(self) -> None:
        self._changed.set()
