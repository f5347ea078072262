"""pytest fixtures of simulated cards.

    def test_login(mynacard_card):
        card = mynacard_card("hanako")
        token = card.session.login_sign(card=card.id, ..., on_secret=card.types("1234"))
        assert card.attempts()["authentication"] == 3

    def test_pulled(mynacard_reader):
        card = mynacard_reader("hanako")
        with pytest.raises(mynacard.errors.CardRemoved):
            card.session.login_sign(card=card.id, ..., on_secret=card.is_pulled())

Each card begins anew in each test. Residents stand for what can be wrong: `nokori` has one attempt
left, `rokku` is blocked; `mynacard sim list` names all of them. A card of `mynacard_reader` is in a
reader of its own, from which it can be taken; it can lose answers, and its counters can be set.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from typing import Any, Callable, Dict, Iterator, List, Optional, Union

from . import _core
from ._core import Question, SecretHandler
from ._sync import Session

try:
    import pytest
except ImportError:  # Useful without pytest too.
    pytest = None  # type: ignore[assignment]


class SimulatedCard:
    """One simulated card in a session of its own, with its state in a folder of its own."""

    def __init__(
        self,
        resident: str,
        folder: "Union[str, os.PathLike[str]]",
        program: Optional[str] = None,
    ):
        self.resident = resident
        self._folder = os.fspath(folder)
        self._program = _core.command_line(program, ())[0]
        self._env = {
            **os.environ,
            "HOME": self._folder,
            "XDG_STATE_HOME": os.path.join(self._folder, "state"),
            "XDG_DATA_HOME": os.path.join(self._folder, "data"),
        }
        self.session = Session(command=self._command(), locale="en", env=self._env)
        self.id = self.session.wait_for_card(60)
        #: Every question that was answered, without the answers.
        self.questions: List[Question] = []

    def _command(self) -> List[str]:
        return _core.command_line(self._program, self.resident)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.resident}>"

    def __enter__(self) -> "SimulatedCard":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        self.session.close()

    def _run(self, *words: str) -> Dict[str, Any]:
        line = [self._program, "--json", *words]
        run = subprocess.run(line, env=self._env, stdout=subprocess.PIPE, check=True)
        return json.loads(run.stdout)

    def published(self) -> Dict[str, str]:
        """The PINs and numbers that are published for this resident."""
        return self._run("sim", "show", self.resident)["published"]

    def attempts(self) -> Dict[str, Optional[int]]:
        """The counters of the card; asking costs none."""
        return self.session.pin_status(card=self.id)["attempts"]  # type: ignore[return-value]

    def types(self, *values: Optional[str]) -> SecretHandler:
        """A user who types these values, one for each question; None declines."""
        left = list(values)

        def answer(question: Question) -> Optional[str]:
            self.questions.append(question)
            return left.pop(0)

        return answer


class SimulatedReader(SimulatedCard):
    """A simulated card in a PC/SC reader of its own: it can be taken out, and it can fail."""

    def _command(self) -> List[str]:
        # The cards end with the server, and say where they are controlled.
        self._control = os.path.join(self._folder, "control")
        script = 'env -0 >"$1.new"; mv "$1.new" "$1"; exec "$2" serve'
        shell = ["sh", "-c", script, "sh", self._control, self._program]
        return [self._program, "sim", "run", self.resident, "--", *shell]

    def _inside(self) -> Dict[str, str]:
        """The environment in which programs see the card."""
        with open(self._control, encoding="utf-8") as file:
            return dict(line.split("=", 1) for line in file.read().split("\0") if line)

    def _ctl(self, *words: str) -> Dict[str, Any]:
        line = [self._program, "--json", "sim", "ctl", *words]
        run = subprocess.run(line, env=self._inside(), stdout=subprocess.PIPE, check=True)
        return json.loads(run.stdout)

    @contextlib.contextmanager
    def is_held(self) -> Iterator[None]:
        """Another program is in a transaction with the card."""
        reader = self._ctl("cards")["cards"][0]["reader"]
        pipe = subprocess.PIPE
        line = [sys.executable, "-c", HOLDER, reader]
        with subprocess.Popen(line, env=self._inside(), stdin=pipe, stdout=pipe) as other:
            if other.stdout.readline() != b"held\n":  # type: ignore[union-attr]
                raise RuntimeError("the other program has no card")
            yield
            other.communicate()

    def remove(self) -> None:
        """Takes the card out, and waits until the session knows."""
        self._ctl("remove", self.resident)
        self._until(lambda: self.id not in self.session.cards())

    def insert(self) -> None:
        """Puts the card in again; it has another `id` then."""
        self._ctl("insert", self.resident)
        # The session may not have noticed yet that the card was gone.
        self._until(lambda: self.session.cards() not in ([], [self.id]))
        (self.id,) = self.session.cards()

    def fault(self, kind: str, **options: Union[str, int, bool]) -> None:
        """Lets something go wrong once, as `mynacard sim ctl fault`: `fault("lose-answer", at=3)`."""
        words = []
        for name, value in options.items():
            words += [f"--{name}"] if value is True else [f"--{name}", str(value)]
        self._ctl("fault", self.resident, kind, *words)

    def counter(self, pin: str, left: int) -> None:
        """Sets the attempts left of a PIN, named as in `attempts()`."""
        self._ctl("counter", self.resident, pin, str(left))

    def cost(self) -> Dict[str, int]:
        """Commands that reached the card, and PINs presented to it, since the beginning."""
        card = self._ctl("cards")["cards"][0]
        return {name: card[name] for name in ("exchanges", "presented")}

    def is_pulled(self, value: Optional[str] = "0000") -> SecretHandler:
        """A user who takes the card out instead of typing; the value comes too late for it."""

        def answer(question: Question) -> Optional[str]:
            self.questions.append(question)
            self.remove()
            return value

        return answer

    @staticmethod
    def _until(done: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not done():
            if time.monotonic() > end:
                raise TimeoutError("nothing happened at the reader")
            time.sleep(0.01)


#: A program that begins a transaction and ends it with its input.
HOLDER = """
import ctypes, sys
pcsc, reader = ctypes.CDLL("libpcsclite.so.1"), sys.argv[1].encode()
context, card, protocol = ctypes.c_long(), ctypes.c_long(), ctypes.c_ulong()
long, ref = ctypes.c_ulong, ctypes.byref
assert pcsc.SCardEstablishContext(long(2), None, None, ref(context)) == 0
assert pcsc.SCardConnect(context, reader, long(2), long(3), ref(card), ref(protocol)) == 0
assert pcsc.SCardBeginTransaction(card) == 0
print("held", flush=True)
sys.stdin.read()
pcsc.SCardEndTransaction(card, long(0))
"""


if pytest is not None:

    def _makes(kind: Any) -> Any:
        @pytest.fixture
        def fixture(tmp_path: Any) -> Iterator[Callable[[str], Any]]:
            cards: List[Any] = []

            def make(resident: str = "hanako") -> Any:
                folder = tmp_path / f"mynacard-{len(cards)}"
                folder.mkdir()
                cards.append(kind(resident, folder))
                return cards[-1]

            yield make
            for card in cards:
                card.close()

        return fixture

    #: Makes simulated cards, which are closed after the test.
    mynacard_card = _makes(SimulatedCard)
    #: Makes simulated cards in readers of their own.
    mynacard_reader = _makes(SimulatedReader)
