"""The My Number Card for Python programs, through `mynacard serve`."""

from ._async import AsyncSession
from ._core import MynacardError, Question, SecretHandler, ServerGone
from ._sync import Session
from . import _generated as errors

__all__ = [
    "AsyncSession",
    "MynacardError",
    "Question",
    "SecretHandler",
    "ServerGone",
    "Session",
    "errors",
]
