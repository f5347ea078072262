"""pytest fixtures of simulated cards.

    def test_login(mynacard_card):
        card = mynacard_card("hanako")
        token = card.session.login_sign(card=card.id, ..., on_secret=card.types("1234"))
        assert card.attempts()["authentication"] == 3

Each card begins anew in each test. Residents stand for what can be wrong: `nokori` has one attempt
left, `rokku` is blocked; `mynacard sim list` names all of them.
"""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any, Callable, Dict, Iterator, Optional

from . import _core
from ._core import Question, SecretHandler
from ._sync import Session

try:
    import pytest
except ImportError:  # Useful without pytest too.
    pytest = None  # type: ignore[assignment]


class SimulatedCard:
    """One simulated card in a session of its own, with its state in a folder of its own."""

    def __init__(self, resident: str, folder: "os.PathLike[str] | str", program: Optional[str] = None):
        self.resident = resident
        self._program = program
        self._env = {
            **os.environ,
            "HOME": os.fspath(folder),
            "XDG_STATE_HOME": os.path.join(folder, "state"),
            "XDG_DATA_HOME": os.path.join(folder, "data"),
        }
        self.session = Session(sim=resident, program=program, locale="en", env=self._env)
        self.id = self.session.wait_for_card()
        #: Every question that was answered, without the answers.
        self.questions: list = []

    def __repr__(self) -> str:
        return f"<SimulatedCard {self.resident}>"

    def __enter__(self) -> "SimulatedCard":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        self.session.close()

    def published(self) -> Dict[str, str]:
        """The PINs and numbers that are published for this resident."""
        words = [_core.command(self._program, ())[0], "--json", "sim", "show", self.resident]
        shown = subprocess.run(words, env=self._env, capture_output=True, check=True).stdout
        return json.loads(shown)["published"]

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


if pytest is not None:

    @pytest.fixture
    def mynacard_card(tmp_path: Any) -> Iterator[Callable[[str], SimulatedCard]]:
        """Makes simulated cards, which are closed after the test."""
        cards = []

        def make(resident: str = "hanako") -> SimulatedCard:
            folder = tmp_path / f"mynacard-{len(cards)}"
            folder.mkdir()
            cards.append(SimulatedCard(resident, folder))
            return cards[-1]

        yield make
        for card in cards:
            card.close()
