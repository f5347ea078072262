"""Both sessions against simulated cards. Needs the variable MYNACARD."""

import asyncio
import os
import re
import subprocess
import sys
import tempfile
import threading
import traceback
import unittest
from pathlib import Path

import mynacard
from mynacard import errors
from mynacard.testing import SimulatedCard

AGREED = {"disclosesAttributes": True}
LOGIN = {"origin": "https://example.org", "challenge": "A" * 44}
PROJECT = Path(__file__).resolve().parent.parent


class Sync(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.card = self.insert("hanako")

    def insert(self, resident):
        folder = Path(self.folder.name) / resident
        folder.mkdir()
        card = SimulatedCard(resident, folder)
        self.addCleanup(card.close)
        return card

    def test_every_method(self):
        card, session = self.card, self.card.session
        known = card.published()
        at = {"card": card.id}
        calls = {
            "age_check": ({**at, "over": 20, "trust": "sim"}, [known["birth"]]),
            "card_number": (at, []),
            "card_status": (at, []),
            "certificate_read": ({**at, "which": "sign", "consent": AGREED}, [known["signature"]]),
            "face_read": ({**at, "consent": AGREED}, [known["number_b"]]),
            "genuine_check": ({**at, "record": "profile", "trust": "sim"}, [known["profile"]]),
            "login_sign": ({**at, **LOGIN}, [known["authentication"]]),
            "number_read": ({**at, "handling": {"purpose": "tax"}}, [known["profile"]]),
            "pin_change": ({**at, "which": "auth"}, ["1234", "5555"]),
            "pin_check": ({**at, "which": "auth"}, ["5555"]),
            "pin_status": (at, []),
            "profile_read": ({**at, "consent": AGREED}, [known["profile"]]),
        }
        for name, (params, values) in calls.items():
            if values:
                with self.assertRaises(errors.OperationCancelled, msg=name) as caught:
                    getattr(session, name)(**params, on_secret=card.types(None))
                self.assertEqual(caught.exception.attempts_spent, 0, name)
            handler = {"on_secret": card.types(*values)} if values else {}
            self.assertIsInstance(getattr(session, name)(**params, **handler), dict, name)
        self.assertEqual(session.readers_list()["readers"][0]["name"], "hanako")
        der = session.certificate_read(card=card.id, which="auth")["der"]
        self.assertTrue(session.certificate_verify(der=der, trust="sim")["accepted"])
        challenge = session.login_challenge(origin=LOGIN["origin"])["nonce"]
        token = session.login_sign(
            card=card.id, origin=LOGIN["origin"], challenge=challenge, on_secret=card.types("5555")
        )["token"]
        judge = {"origin": LOGIN["origin"], "challenge": challenge, "token": token, "trust": "sim"}
        self.assertTrue(session.login_verify(**judge)["accepted"])
        self.assertEqual(session.login_verify(**judge)["reason"], "nonce.unknown")
        file = Path(self.folder.name) / "a.txt"
        file.write_text("made up")
        signature = file.with_suffix(".p7s")
        session.document_sign(
            card=card.id, files=[{"file": file, "output": signature}], format="cms", consent=AGREED,
            on_secret=card.types(known["signature"]),
        )
        judged = session.document_verify(file=file, signature=signature, trust="sim")
        self.assertTrue(judged["accepted"])
        missing = {name for name in dir(mynacard._generated.Methods) if not name.startswith("_")}
        missing -= {*calls, "call", "readers_list", "certificate_verify", "login_challenge"}
        missing -= {"login_verify", "document_sign", "document_verify", "card_licence"}
        self.assertEqual(missing, set())

    def test_licence(self):
        card = self.insert("menkyo")
        # Of a resident that is made up, as every value here.
        read = card.session.card_licence(card=card.id, what="expiry", on_secret=card.types("2468"))
        self.assertIn("expiry", read)

    def test_what_goes_wrong_has_a_class_and_shows_no_pin(self):
        card, session = self.card, self.card.session
        with self.assertRaises(errors.PinWrong) as caught:
            session.pin_check(card=card.id, which="auth", on_secret=card.types("0817"))
        shown = "".join(traceback.format_exception(None, caught.exception, None))
        self.assertNotIn("0817", shown + repr(caught.exception) + repr(vars(caught.exception)))
        self.assertEqual((caught.exception.attempts_left, caught.exception.attempts_spent), (2, 1))
        self.assertTrue(caught.exception.next)
        self.assertEqual(card.attempts()["authentication"], 2)
        for thing in (session, card, card.questions[0]):
            self.assertNotIn("0817", repr(thing))
        for params in ({"which": "x"}, {"which": "auth", "witch": 1}):
            with self.assertRaises(errors.UsageWrong):
                session.call("pin/check", {"card": card.id, **params})
        with self.assertRaises(errors.CardRemoved):
            session.card_status(card="c0")
        with self.assertRaises(errors.MethodUnknown):
            session.call("card/erase")
        last = self.insert("nokori")
        with self.assertRaises(errors.PinLastAttempt):
            last.session.login_sign(card=last.id, **LOGIN, on_secret=last.types("1234"))
        self.assertEqual(last.questions, [])

    def test_an_exception_in_the_handler_cancels(self):
        class Unwilling(Exception):
            pass

        def handler(_):
            raise Unwilling

        for _ in range(3):
            with self.assertRaises(Unwilling):
                self.card.session.login_sign(card=self.card.id, **LOGIN, on_secret=handler)
        with self.assertRaises(TypeError):
            self.card.session.login_sign(card=self.card.id, **LOGIN, on_secret=lambda _: 1234)
        self.assertEqual(self.card.attempts()["authentication"], 3)

    def test_threads_share_a_session(self):
        answers = []

        def work():
            answers.append(self.card.session.card_status(card=self.card.id, timeout_ms=600_000))

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(answers), 8)

    def test_a_thousand_jobs_leave_nothing_behind(self):
        session = self.card.session
        folder = f"/proc/{session._process.pid}"
        sizes = []
        for round in range(1000):
            session.card_number(card=self.card.id)
            if round in (100, 999):
                # A thread of the last job may still be ending.
                session.readers_list()
                status = Path(folder, "status").read_text()
                resident = int(re.search(r"VmRSS:\s+(\d+)", status)[1])
                sizes.append((len(os.listdir(f"{folder}/fd")), resident))
        (files, before), (files_after, after) = sizes
        self.assertLessEqual(files_after, files)
        self.assertLess(after - before, 4096, "KiB")
        self.assertEqual(session._open, {})

    def test_the_program_goes(self):
        session = self.card.session
        session._process.kill()
        session._reader.join()
        with self.assertRaises(mynacard.ServerGone):
            session.cards()
        with self.assertRaises(mynacard.ServerGone):
            mynacard.Session(program="/no/such/program")


class Async(unittest.TestCase):
    def test_tasks(self):
        async def main():
            events = []
            tell = lambda *event: events.append(event)
            async with mynacard.AsyncSession(sim="hanako", locale="ja", on_event=tell) as session:
                card = await session.wait_for_card(60)

                async def pin(question):
                    await asyncio.sleep(0)
                    self.assertEqual(question.attempts_maximum, 3)
                    return "1234"

                token = await session.login_sign(card=card, **LOGIN, on_secret=pin)
                self.assertEqual(token["token"]["format"], "web-eid:1.0")
                with self.assertRaises(errors.PinWrong) as caught:
                    await session.pin_check(card=card, which="auth", on_secret=lambda _: "0000")
                self.assertRegex(caught.exception.next, "[ぁ-ん]")
                # A task that is cancelled while the user thinks.
                asked = asyncio.Event()

                async def think(_):
                    asked.set()
                    await asyncio.Event().wait()

                task = asyncio.ensure_future(
                    session.login_sign(card=card, **LOGIN, on_secret=think)
                )
                await asked.wait()
                task.cancel()
                with self.assertRaises(asyncio.CancelledError):
                    await task
                both = await asyncio.gather(
                    *(session.pin_status(card=card, timeout_ms=600_000) for _ in range(4))
                )
                self.assertEqual(both[0]["attempts"]["authentication"], 2)
            self.assertIn("card/inserted", [method for method, _ in events])
            with self.assertRaises(mynacard.ServerGone):
                await session.cards()

        with tempfile.TemporaryDirectory() as home:
            before = dict(os.environ)
            os.environ.update(HOME=home, XDG_STATE_HOME=f"{home}/state")
            try:
                asyncio.run(main())
            finally:
                os.environ.clear()
                os.environ.update(before)


class Package(unittest.TestCase):
    def test_the_methods_are_those_of_the_description(self):
        subprocess.run([sys.executable, PROJECT / "generate.py", "--check"], check=True)

    def test_the_first_lines_of_the_readme_run(self):
        readme = (PROJECT / "README.md").read_text()
        block = re.search(r"```python\n(.*?)```", readme, re.S)[1]
        with tempfile.TemporaryDirectory() as home:
            program = os.environ["MYNACARD"]
            env = {**os.environ, "HOME": home, "MYNACARD": program}
            run = subprocess.run(
                [sys.executable, "-c", block], env=env, capture_output=True, text=True, check=True
            )
        self.assertEqual(run.stdout, "web-eid:1.0\n")


if __name__ == "__main__":
    unittest.main()
