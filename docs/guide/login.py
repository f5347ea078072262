#!/usr/bin/env python3
"""Logs in with a My Number Card, through `mynacard serve`. Needs nothing but Python.

    login.py ORIGIN NONCE [--sim PERSONA]

The PIN is asked for at the terminal, or read from standard input where there is none. What comes
out is the Web eID token that the site at ORIGIN wants to see.
"""

import argparse
import contextlib
import getpass
import json
import subprocess
import sys


class Card:
    """A running `mynacard serve`."""

    def __init__(self, program, arguments):
        self.process = subprocess.Popen(
            [program, "serve", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.last = 0

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        try:
            self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            self.process.stdin.flush()
        except BrokenPipeError:
            # It has said why on standard error. Closed here, or Python tells of the rest at its end.
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()
            sys.exit("mynacard is gone")

    def read(self):
        length = None
        while line := self.process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if length is None:
            sys.exit("mynacard is gone")
        return json.loads(self.process.stdout.read(length))

    def call(self, method, on_event=lambda message: None, **params):
        """Sends a request; events and questions go to `on_event` until the answer comes."""
        self.last += 1
        self.send({"id": self.last, "method": method, "params": params})
        while True:
            message = self.read()
            if message.get("id") == self.last and "method" not in message:
                break
            on_event(message)
        if "error" in message:
            error = message["error"]
            sys.exit(f"{error['message']}\n{error['data'].get('next', '')}")
        return message["result"]

    def answer(self, question):
        """Asks the user for a PIN. Nobody else sees it, and nothing keeps it."""
        if question.get("method") != "secret/request":
            return
        about = question["params"]
        left, most = about["attemptsLeft"], about["attemptsMaximum"]
        prompt = f"{about['purpose']}\n{about['name']}, {left} of {most} attempts left: "
        pin = getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().strip()
        self.send({"id": question["id"], "result": {"value": pin} if pin else None})

    def close(self):
        # The end of its input ends it; by then the card has forgotten the PIN.
        self.process.stdin.close()
        return self.process.wait()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("origin")
    parser.add_argument("nonce")
    parser.add_argument("--sim", metavar="PERSONA", help="a simulated card")
    parser.add_argument("--program", default="mynacard")
    options = parser.parse_args()

    card = Card(options.program, ["--sim", options.sim] if options.sim else [])
    card.call("initialize", api=2, client={"name": "login.py", "version": "1"}, ui="client")
    readers = card.call("readers/list")["readers"]
    if not readers:
        sys.exit("No reader, or no smart card service. What to type: mynacard doctor")
    cards = [reader["card"] for reader in readers if reader["card"]]
    while not cards:
        print("Put the card on the reader.", file=sys.stderr)
        event = card.read()
        if event.get("method") == "card/inserted":
            cards = [event["params"]["card"]]
    result = card.call(
        "login/sign",
        on_event=card.answer,
        card=cards[0],
        origin=options.origin,
        challenge=options.nonce,
        purpose=f"Log in to {options.origin}",
    )
    card.close()
    print(json.dumps(result["token"]))


if __name__ == "__main__":
    main()
