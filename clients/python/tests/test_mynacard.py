"""Both sessions against simulated cards. Needs the variable MYNACARD."""

import asyncio
import base64
import os
import re
import subprocess
import sys
import tempfile
import threading
import traceback
import unittest
from pathlib import Path
from unittest import mock

import mynacard
from mynacard import errors
from mynacard.testing import SimulatedCard, SimulatedReader

AGREED = {"disclosesAttributes": True}
LOGIN = {"origin": "https://example.org", "challenge": "A" * 44}


def families(card, file):
    """Every method at a card with its parameters, and what its user types."""
    known = card.published()
    return {
        "age_check": ({"over": 20, "trust": "sim"}, [known["birth"]]),
        "card_number": ({}, []),
        "card_status": ({}, []),
        "certificate_read": ({"which": "sign", "consent": AGREED}, [known["signature"]]),
        "document_sign": (
            {"files": [{"file": file}], "format": "jws", "consent": AGREED},
            [known["signature"]],
        ),
        "face_read": ({"consent": AGREED}, [known["number_b"]]),
        "genuine_check": ({"record": "profile", "trust": "sim"}, [known["profile"]]),
        "login_sign": (LOGIN, [known["authentication"]]),
        "number_read": ({"handling": {"purpose": "tax"}}, [known["profile"]]),
        "pin_change": ({"which": "auth"}, ["1234", "5555"]),
        "pin_check": ({"which": "auth"}, ["5555"]),
        "pin_status": ({}, []),
        "profile_read": ({"consent": AGREED}, [known["profile"]]),
    }


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
        file = Path(self.folder.name) / "a.txt"
        file.write_text("made up")
        calls = families(card, file)
        for name, (params, values) in calls.items():
            at = {"card": card.id, **params}
            if values:
                with self.assertRaises(errors.OperationCancelled, msg=name) as caught:
                    getattr(session, name)(**at, on_secret=card.types(None))
                self.assertEqual(caught.exception.attempts_spent, 0, name)
            handler = {"on_secret": card.types(*values)} if values else {}
            self.assertIsInstance(getattr(session, name)(**at, **handler), dict, name)
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
        known = card.published()
        signature = file.with_suffix(".p7s")
        files = [{"file": file, "output": signature}]
        signed = session.document_sign(
            card=card.id, files=files, format="cms", consent=AGREED,
            on_secret=card.types(known["signature"]),
        )
        self.assertEqual(signed["contents"], [None])
        self.assertEqual(card.questions[-1].documents[0]["file"], str(file))
        steps = [params["step"] for name, params in session.events if name == "request/progress"]
        self.assertLessEqual({"read", "sign", "keep"}, set(steps))
        judged = session.document_verify(file=file, signature=signature, trust="sim")
        self.assertTrue(judged["accepted"])
        other = file.with_name("b.txt")
        other.write_text("made up too")
        container = file.with_name("both.asice")
        both = {"files": [{"file": file}, {"file": other}], "format": "asic", "consent": AGREED}
        for output in container, None:
            handler = card.types(known["signature"])
            signed = session.document_sign(card=card.id, **both, output=output, on_secret=handler)
            self.assertEqual(len(signed["files"]), 2)
            if output is None:
                container.write_bytes(base64.b64decode(*signed["contents"]))
            else:
                self.assertEqual(signed["contents"], [None])
            judged = session.document_verify(file=container, trust="sim")
            self.assertTrue(judged["accepted"])
            self.assertEqual(judged["files"], ["a.txt", "b.txt"])
        with self.assertRaises(errors.OutputExists):
            session.document_sign(card=card.id, **both, output=container)
        missing = {name for name in dir(mynacard._generated.Methods) if not name.startswith("_")}
        missing -= {*calls, "call", "readers_list", "certificate_verify", "login_challenge"}
        missing -= {"login_verify", "document_verify", "card_licence"}
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

    def test_no_frame_of_a_traceback_has_a_pin(self):
        def shown(problem):
            whole = traceback.TracebackException(
                type(problem), problem, problem.__traceback__, capture_locals=True
            )
            return "".join(whole.format())

        card, session = self.card, self.card.session
        with self.assertRaises(errors.PinWrong) as caught:
            session.pin_check(card=card.id, which="auth", on_secret=card.types("0817"))
        self.assertNotIn("0817", shown(caught.exception))
        with self.assertRaises(TypeError) as caught:
            session.pin_check(card=card.id, which="auth", on_secret=card.types(8170817))
        self.assertNotIn("0817", shown(caught.exception))

        # Nothing may stand between: then writing the value fails.
        with mock.patch.dict(os.environ):
            os.environ.pop("TRAFFIC", None)
            card = self.insert("taro")
        session = card.session

        def gone(_):
            session._process.kill()
            session._process.wait()
            return "".join(["08", "17"])

        with self.assertRaises(mynacard.ServerGone) as caught:
            session.pin_check(card=card.id, which="auth", on_secret=gone)
        self.assertNotIn("'0817'", shown(caught.exception))

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


class Reader(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.card = SimulatedReader("hanako", self.folder.name)
        self.addCleanup(self.card.close)

    def test_every_method_with_the_card_pulled(self):
        card, session = self.card, self.card.session
        file = Path(self.folder.name) / "a.txt"
        file.write_text("made up")
        before = card.attempts()
        for name, (params, values) in families(card, file).items():
            at = {"card": card.id, **params}
            if values:
                at["on_secret"] = card.is_pulled(values[0])
            else:
                card.remove()
            with self.assertRaises(errors.CardRemoved, msg=name) as caught:
                getattr(session, name)(**at)
            self.assertEqual(caught.exception.attempts_spent, 0, name)
            card.insert()
        self.assertEqual(card.attempts(), before)
        self.assertEqual(card.cost()["presented"], 0)

    def fails(self, error, spent, name, params, *values, fault=None, **when):
        """A call fails, and cost what it says."""
        card = self.card
        before, presented = card.attempts(), card.cost()["presented"]
        if fault:
            card.fault(fault, **when)
        with self.assertRaises(error, msg=name) as caught:
            call = getattr(card.session, name)
            call(card=card.id, **params, on_secret=card.types(*values))
        self.assertEqual(caught.exception.attempts_spent, spent, name)
        self.assertTrue(caught.exception.next, name)
        if error in (errors.CardRemoved, errors.CardSilent, errors.OperationCancelled):
            # Of an attempt only where a PIN had left for the card.
            self.assertEqual("it may have cost one" in caught.exception.next, spent is None, name)
        if error is errors.CardRemoved:
            card.insert()
        lost = sum(left or 0 for left in before.values())
        lost -= sum(left or 0 for left in card.attempts().values())
        # Null: the answer was lost. Here the value was right, or never reached the card.
        self.assertEqual(lost, spent or 0, name)
        presented = card.cost()["presented"] - presented
        self.assertEqual(presented, 1 if spent is None else spent, name)

    def test_every_method_with_its_errors(self):
        card, session, fails = self.card, self.card.session, self.fails
        file = Path(self.folder.name) / "a.txt"
        file.write_text("made up")
        calls = families(card, file)
        # Whose counter the card tells.
        calls["age_check"] = ({"over": 20, "proof": False}, [card.published()["profile"]])
        counters = {
            "certificate_read": "signature",
            "document_sign": "signature",
            "face_read": "visual-number-b",
            "login_sign": "authentication",
            "pin_change": "authentication",
            "pin_check": "authentication",
        }
        full = card.attempts()
        for name, (params, values) in calls.items():
            fails(errors.UsageWrong, 0, name, {**params, "timeout_ms": "1"})
            fails(errors.CardSilent, 0, name, params, *values, fault="lose-answer", at=1)
            fails(errors.CardRemoved, 0, name, params, *values, fault="remove", at=1)
            with card.is_held():
                held = {"card": card.id, **params, "timeout_ms": 50}
                with self.assertRaises(errors.ReaderBusy, msg=name):
                    getattr(session, name)(**held, on_secret=card.types(*values))
            if "consent" in params:
                bare = {word: value for word, value in params.items() if word != "consent"}
                fails(errors.ConsentMissing, 0, name, bare)
            if not values:
                continue
            right, *more = values
            wrong = right[:-1] + ("0" if right[-1] != "0" else "1")
            fails(errors.PinWrong, 1, name, params, wrong, *more)
            counter = counters.get(name, "profile")
            card.counter(counter, full[counter.replace("-", "_")])
            # Where any of several opens a record, the length says which was typed.
            which = "number-b" if name == "face_read" else "pin"
            named = {"with_": which} if card.questions[-1].alternatives else {}
            fails(errors.PinShape, 0, name, {**params, **named}, "12", *more)
            for fault in ("remove", "remove-after", "lose-answer"):
                error = errors.CardSilent if fault == "lose-answer" else errors.CardRemoved
                fails(error, None, name, params, *values, fault=fault, presenting=True)
            card.counter(counter, 1)
            fails(errors.PinLastAttempt, 0, name, params, *values)
            card.counter(counter, 0)
            fails(errors.PinBlocked, 0, name, params, *values)
            card.counter(counter, full[counter.replace("-", "_")])
            good = getattr(session, name)(card=card.id, **params, on_secret=card.types(*values))
            self.assertIsInstance(good, dict, name)

        def others(_):
            for name, (params, _) in calls.items():
                with self.assertRaises(errors.CardBusy, msg=name):
                    getattr(session, name)(card=card.id, **params)

        with self.assertRaises(errors.OperationCancelled):
            session.login_sign(card=card.id, **LOGIN, on_secret=others)

    def test_a_dialog_is_closed_when_the_card_goes_and_another_program_is_waited_for(self):
        card, session = self.card, self.card.session
        with self.assertRaises(errors.CardRemoved):
            session.login_sign(card=card.id, **LOGIN, on_secret=card.is_pulled())
        # The event and the answer come in either order.
        closed = ("$/cancelRequest", {"id": card.questions[-1].id})
        card._until(lambda: closed in list(session.events))
        card.insert()
        with card.is_held(), self.assertRaises(errors.ReaderBusy):
            session.card_status(card=card.id, timeout_ms=100)
        self.assertIn("card/waiting", [name for name, _ in session.events])
        self.assertIn("authentication", card.attempts())

    def test_a_reader_is_unplugged_while_a_pin_is_on_its_way(self):
        card, session = self.card, self.card.session
        card.fault("reader-gone", presenting=True)
        with self.assertRaises(errors.ReaderGone) as caught:
            session.login_sign(card=card.id, **LOGIN, on_secret=card.types("1234"))
        self.assertIsNone(caught.exception.attempts_spent)
        self.assertIn("it may have cost one", caught.exception.next)

    def test_faults_and_counters(self):
        card, session = self.card, self.card.session
        check = {"card": card.id, "which": "auth"}
        card.fault("lose-answer", presenting=True)
        with self.assertRaises(mynacard.MynacardError) as caught:
            session.pin_check(**check, on_secret=card.types("1234"))
        # Whether it cost an attempt is not known, so nothing was sent again.
        self.assertIsNone(caught.exception.attempts_spent)
        self.assertEqual(card.cost()["presented"], 1)
        card.counter("authentication", 1)
        asked = len(card.questions)
        with self.assertRaises(errors.PinLastAttempt):
            session.pin_check(**check, on_secret=card.types("1234"))
        self.assertEqual(len(card.questions), asked)
        card.counter("authentication", 0)
        with self.assertRaises(errors.PinBlocked):
            session.pin_check(**check, on_secret=card.types("1234"))
        self.assertEqual(card.attempts()["authentication"], 0)
        self.assertEqual(card.cost()["presented"], 1)


class Async(unittest.TestCase):
    def test_every_method_cancelled_and_with_the_card_pulled(self):
        async def main(card, file):
            loop = asyncio.get_running_loop()
            calls = families(card, file)
            async with mynacard.AsyncSession(command=card._command(), env=card._env) as session:
                card_id = await session.wait_for_card(60)
                async def pulled(_):
                    await loop.run_in_executor(None, card._ctl, "remove", card.resident)
                    while card_id in await session.cards():
                        await asyncio.sleep(0.01)
                    return "0000"

                for name, (params, values) in calls.items():
                    if not values:
                        continue
                    method = getattr(session, name)
                    task = None
                    asked = asyncio.Event()

                    async def thinks(_):
                        asked.set()
                        await asyncio.Event().wait()

                    task = asyncio.ensure_future(
                        method(card=card_id, **params, on_secret=thinks)
                    )
                    await asked.wait()
                    task.cancel()
                    with self.assertRaises(asyncio.CancelledError, msg=name):
                        await task
                    with self.assertRaises(errors.CardRemoved, msg=name):
                        await method(card=card_id, **params, on_secret=pulled)
                    await loop.run_in_executor(None, card._ctl, "insert", card.resident)
                    card_id = await session.wait_for_card(60)
                status = await session.pin_status(card=card_id)
                self.assertEqual(status["attempts"]["authentication"], 3)
                self.assertEqual(session._open, {})

        with tempfile.TemporaryDirectory() as home:
            card = SimulatedReader("hanako", home)
            # Its own session ends, and another one begins in its folder.
            card.close()
            file = Path(home) / "a.txt"
            file.write_text("made up")
            asyncio.run(main(card, file))

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
