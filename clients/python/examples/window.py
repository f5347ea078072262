#!/usr/bin/env python3
"""A window that logs in with a My Number Card, signs files and checks them. Needs Tk (python3-tk).

    window.py [--lang ja|en] [--sim RESIDENT] [--origin URL]

With --sim a simulated card is used. ORIGIN is the site that is logged in to; its challenge is made
here, and the token is judged here, where a real program asks its service for both.
"""

import argparse
import queue
import threading
import tkinter as tk
from pathlib import Path
from tkinter import filedialog, ttk

import mynacard

WORDS = {
    "en": {
        "title": "My Number Card",
        "absent": "Put your card on the reader.",
        "there": "The card is there.",
        "waiting": "Another program uses the card. Waiting …",
        "working": "Working … leave the card on the reader.",
        "signing": "Signed {done} of {total} …",
        "login": "Log in",
        "sign": "Sign files …",
        "check": "Check a file …",
        "language": "日本語",
        "pin": "PIN",
        "left": "{left} of {maximum} attempts left",
        "last": "If it is wrong, one attempt is left.",
        "discloses": "The signature shows your name, address, birth date and sex to everybody who gets it.",
        "agree": "I agree",
        "ok": "OK",
        "cancel": "Cancel",
        "shape": "Between {least} and {most} characters.",
        "logged-in": "Logged in to {origin}.",
        "signed": "Signed: {files}",
        "valid": "VALID: {name}",
        "unchecked": "Revocation was not checked.",
        "invalid": "INVALID ({reason})",
        "log-in-to": "Log in to {origin}",
        "sign-purpose": "Sign {count} file(s)",
    },
    "ja": {
        "title": "マイナンバーカード",
        "absent": "カードをリーダーに置いてください。",
        "there": "カードを確認しました。",
        "waiting": "ほかのプログラムがカードを使用中です。待っています…",
        "working": "処理中です。カードを動かさないでください。",
        "signing": "{total} 件中 {done} 件に署名しました…",
        "login": "ログイン",
        "sign": "ファイルに署名…",
        "check": "ファイルを検証…",
        "language": "English",
        "pin": "暗証番号",
        "left": "残り {left} 回 (最大 {maximum} 回)",
        "last": "間違えると、残りは 1 回になります。",
        "discloses": "署名を受け取った人は、氏名・住所・生年月日・性別を読み取れます。",
        "agree": "同意する",
        "ok": "OK",
        "cancel": "キャンセル",
        "shape": "{least}～{most} 文字で入力してください。",
        "logged-in": "{origin} にログインしました。",
        "signed": "署名しました: {files}",
        "valid": "有効: {name}",
        "unchecked": "失効は未確認です。",
        "invalid": "無効 ({reason})",
        "log-in-to": "{origin} へのログイン",
        "sign-purpose": "{count} 件のファイルへの署名",
    },
}
FORMATS = {".pdf": "pdf", ".xml": "xml"}


class Window(ttk.Frame):
    """Everything in Tk happens in its thread; requests run in threads of their own."""

    def __init__(self, root, lang="ja", sim=(), origin="https://example.org", **options):
        super().__init__(root, padding=16)
        self.root, self.sim, self.origin, self.options = root, sim, origin, options
        self.events = queue.Queue()
        self.card = self.session = self.dialog = None
        self.trust = "sim" if sim else "production"
        self.state, self.result = tk.StringVar(), tk.StringVar()
        ttk.Label(self, textvariable=self.state, font=("", 14, "bold")).grid(columnspan=3, sticky="w")
        works = {"login": self.log_in, "sign": self.sign, "check": self.check}
        self.buttons = {name: ttk.Button(self, command=work) for name, work in works.items()}
        for column, button in enumerate(self.buttons.values()):
            button.grid(row=1, column=column, pady=16, padx=(0, 8), sticky="ew")
        message = ttk.Label(self, textvariable=self.result, wraplength=520, justify="left")
        message.grid(row=2, columnspan=3, sticky="nw", ipady=4)
        self.language = ttk.Button(self, command=self.switch)
        self.language.grid(row=3, column=2, sticky="se")
        self.rowconfigure(2, weight=1)
        self.columnconfigure(2, weight=1)
        self.grid(sticky="nsew")
        root.rowconfigure(0, weight=1)
        root.columnconfigure(0, weight=1)
        root.geometry("560x260")
        root.protocol("WM_DELETE_WINDOW", self.close)
        self.lang = lang
        self.begin()
        self.poll()

    def say(self, word, **values):
        return WORDS[self.lang][word].format(**values)

    def begin(self):
        """Starts the session. Its language is that of the window: sentences come from there too."""
        tell = lambda *event: self.events.put((self.on_event, event))
        self.session = mynacard.Session(
            sim=self.sim, locale=self.lang, on_event=tell, on_secret=self.ask, **self.options
        )
        self.root.title(self.say("title"))
        for name, button in self.buttons.items():
            button["text"] = self.say(name)
        self.language["text"] = self.say("language")
        self.idle()

    def switch(self):
        self.session.close()
        self.lang = "en" if self.lang == "ja" else "ja"
        self.result.set("")
        self.begin()

    def close(self):
        if self.dialog:
            self.dialog.done(None)
        self.root.after_cancel(self.timer)
        self.session.close()
        self.root.destroy()

    def poll(self):
        """Does in Tk's thread what other threads ask for."""
        while not self.events.empty():
            work, arguments = self.events.get()
            work(*arguments)
        self.timer = self.root.after(30, self.poll)

    # The card

    def idle(self):
        cards = self.session.cards()
        self.card = cards[0] if cards else None
        self.state.set(self.say("there" if cards else "absent"))
        for name, button in self.buttons.items():
            button["state"] = "normal" if cards or name == "check" else "disabled"

    def on_event(self, name, params):
        busy = str(self.language["state"]) == "disabled"
        if name == "card/waiting":
            self.state.set(self.say("waiting"))
        elif name == "request/progress" and params["step"] == "sign":
            self.state.set(self.say("signing", **params))
        elif name == "$/cancelRequest" and self.dialog and self.dialog.question.id == params["id"]:
            # The card is gone, or the request was cancelled.
            self.dialog.done(None)
        elif name in ("card/inserted", "card/removed") and not busy:
            self.idle()

    # Work

    def start(self, work, done):
        """Runs a request in a thread of its own, then `done` with its result here."""
        for button in (*self.buttons.values(), self.language):
            button["state"] = "disabled"
        self.result.set("")
        self.state.set(self.say("working"))

        def run():
            try:
                answer = (done, (work(),))
            except mynacard.errors.OperationCancelled:
                answer = (lambda: None, ())
            except mynacard.MynacardError as error:
                # What happened, and what to do next, in the user's language.
                said = f"{error.message[:1].upper()}{error.message[1:]}\n{error.next}"
                answer = (self.result.set, (said,))
            self.events.put((self.finish, answer))

        threading.Thread(target=run, daemon=True).start()

    def finish(self, done, arguments):
        self.language["state"] = "normal"
        self.idle()
        done(*arguments)

    def log_in(self):
        session, at = self.session, {"origin": self.origin}

        def work():
            # Three requests of which a real program makes one: the others are its service's.
            at["challenge"] = session.login_challenge(**at)["nonce"]
            purpose = self.say("log-in-to", origin=self.origin)
            token = session.login_sign(card=self.card, purpose=purpose, **at)["token"]
            return session.login_verify(token=token, trust=self.trust, **at)

        def done(judged):
            reason = judged["reason"]
            said = self.say("invalid", reason=reason) if reason else self.say("logged-in", **at)
            self.result.set(said)

        self.start(work, done)

    def sign(self):
        names = filedialog.askopenfilenames(parent=self.root)
        if names:
            self.sign_files([Path(name) for name in names])

    def sign_files(self, paths):
        def work():
            outputs, purpose = [], self.say("sign-purpose", count=len(paths))
            # One question for each format.
            for kind in sorted({FORMATS.get(path.suffix.lower(), "cms") for path in paths}):
                files = [
                    {"file": path, "output": output(path, kind)}
                    for path in paths
                    if FORMATS.get(path.suffix.lower(), "cms") == kind
                ]
                # The dialog lets the user agree before the value is sent.
                agreed = {"disclosesAttributes": True}
                signed = self.session.document_sign(
                    card=self.card, files=files, format=kind, consent=agreed, purpose=purpose
                )
                outputs += [Path(one["output"]).name for one in signed["files"]]
            return outputs

        done = lambda outputs: self.result.set(self.say("signed", files=", ".join(outputs)))
        self.start(work, done)

    def check(self):
        name = filedialog.askopenfilename(parent=self.root)
        if name:
            self.check_file(Path(name))

    def check_file(self, path):
        def done(report):
            if not report["accepted"]:
                return self.result.set(self.say("invalid", reason=report["reason"]))
            signers = [one["signer"] or {} for one in report["signatures"]]
            name = ", ".join(str(one.get("name") or one.get("subject")) for one in signers)
            said = self.say("valid", name=name)
            if report["revocation"]["status"] == "not-checked":
                said += "\n" + self.say("unchecked")
            return self.result.set(said)

        self.start(lambda: self.session.document_verify(file=path, trust=self.trust), done)

    # PINs

    def ask(self, question):
        """Called in the thread of a request: the dialog is Tk's, so it is asked for and awaited."""
        answers = queue.SimpleQueue()
        self.events.put((self.show, (question, answers)))
        return answers.get()

    def show(self, question, answers):
        self.dialog = Dialog(self, question, answers)


class Dialog(tk.Toplevel):
    """Asks for a PIN. What is typed goes to the card and nowhere else."""

    def __init__(self, window, question, answers):
        super().__init__(window.root, padx=16, pady=16, relief="raised", borderwidth=2)
        self.window, self.question, self.answers = window, question, answers
        say = window.say
        self.title(say("pin"))
        self.transient(window.root)
        self.typed, self.agreed = tk.StringVar(), tk.BooleanVar()
        left, maximum = question.attempts_left, question.attempts_maximum
        lines = [question.purpose, question.origin]
        lines += [Path(one["file"]).name for one in question.documents[:5]]
        lines += ["…"] if len(question.documents) > 5 else []
        ttk.Label(self, text="\n".join(line for line in lines if line)).pack(anchor="w")
        ttk.Label(self, text=question.name, font=("", 11, "bold")).pack(anchor="w", pady=(8, 0))
        if left is not None:
            few = left <= 2
            told = say("left", left=left, maximum=maximum) + ("\n" + say("last") if few else "")
            ttk.Label(self, text=told, foreground="#b00020" if few else "").pack(anchor="w")
        entry = ttk.Entry(self, textvariable=self.typed, show="●", width=24)
        entry.pack(anchor="w", pady=8)
        entry.focus_set()
        if question.discloses_attributes:
            label = ttk.Label(self, text=say("discloses"), wraplength=360)
            label.pack(anchor="w")
            ttk.Checkbutton(self, text=say("agree"), variable=self.agreed).pack(anchor="w")
        self.problem = ttk.Label(self, foreground="#b00020")
        self.problem.pack(anchor="w")
        row = ttk.Frame(self)
        row.pack(anchor="e")
        ttk.Button(row, text=say("cancel"), command=lambda: self.done(None)).pack(side="left")
        ttk.Button(row, text=say("ok"), command=self.accept).pack(side="left", padx=(8, 0))
        self.bind("<Return>", lambda _: self.accept())
        self.bind("<Escape>", lambda _: self.done(None))
        self.protocol("WM_DELETE_WINDOW", lambda: self.done(None))
        self.geometry(f"+{window.root.winfo_rootx() + 40}+{window.root.winfo_rooty() + 20}")
        self.wait_visibility()
        self.grab_set()

    def accept(self):
        shape = self.question.params["characters"]
        if not shape["least"] <= len(self.typed.get()) <= shape["most"]:
            # Nothing was sent, so nothing was spent.
            self.problem["text"] = self.window.say("shape", **shape)
        elif self.question.discloses_attributes and not self.agreed.get():
            self.problem["text"] = self.window.say("discloses")
        else:
            self.done(self.typed.get())

    def done(self, value):
        self.window.dialog = None
        self.typed.set("")
        self.destroy()
        self.answers.put(value)


def output(path, kind):
    """A name beside the file, as `mynacard sign` gives it."""
    if kind == "cms":
        return path.with_name(path.name + ".p7s")
    return path.with_suffix(f".signed.{kind}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lang", choices=["ja", "en"], default="ja")
    parser.add_argument("--sim", default=(), metavar="RESIDENT")
    parser.add_argument("--origin", default="https://example.org")
    options = parser.parse_args()
    root = tk.Tk()
    Window(root, options.lang, options.sim, options.origin)
    root.mainloop()


if __name__ == "__main__":
    main()
