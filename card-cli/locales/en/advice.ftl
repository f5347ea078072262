# Advice about codes of the library, with the commands and options of this program.

err-card-several = several readers hold a card:{ $readers }
err-reader-ambiguous = several readers fit this name:{ $readers }
err-reader-unknown = no reader fits this choice; there are:{ $readers }
rec-application-missing = Use a My Number Card; other cards and older ones lack this, and only some carry a driving licence. `mynacard status` shows what is there.
rec-card-malformed = Try again with the card placed well. If it stays so, write it down with `--trace FILE` and report it.
rec-card-none = Put the card in and try again, or use `--wait`.
rec-card-refused = Take the card out, put it in again, and try again. Cards with keys other than RSA-2048 sign with `--check`. With `--trace FILE` it can be reported.
rec-card-several = Choose one with `--reader`: its number or a part of its name.
rec-file-missing = This kind of card lacks it. `mynacard status` shows what is there.
rec-pin-last-attempt = If you are sure of it, repeat the command with `--spend-last-attempt`. If it is wrong then, only a municipal office can help.
rec-pin-needed = Repeat the command with `--pin`.
rec-pin-split = The two places now hold different PINs. `mynacard pin status` shows whether an attempt was spent; a municipal office can set both.
rec-reader-busy = Close the other program, or wait longer with `--wait=SECONDS`, and try again. No PIN was sent.
rec-reader-none = Plug a reader in and try again, or use `--wait`. Without a card: `--reader sim:hanako`.
rec-reader-unknown = `mynacard readers` lists them all.
rec-service-none = Debian, Ubuntu: `sudo apt install pcscd && sudo systemctl start pcscd.socket`. Without a card: `--reader sim:hanako`.
why-jws-content-absent = its content is not in it: give the signed file too, as in `mynacard verify --signature TOKEN FILE`
mend-filing-type-absent = Sign it: mynacard sign --format pdf FILE.
mend-filing-type-wrong = Sign the original anew: mynacard sign --format pdf FILE.
advice-trust = Cards of tests need `--trust jlis-test`, simulated ones `--trust sim`, other authorities `--trust DIR`.
advice-renew = A municipal office issues a new one. For an older moment use `--at`.
advice-clock = Check the date and time of this computer, or the value of `--at`.
advice-list = The lists are for verifiers that the law approves, each for one municipality. With a current one: `--crl FILE`.
advice-ocsp = Check the address of `--ocsp`. JPKI's responders answer approved verifiers only.
advice-token = Give what `mynacard login` or the Web eID extension wrote, unchanged.
advice-signature = Three causes look alike: the token is for another origin, answers another nonce, or was signed by another key. Check `--origin` and `--nonce` letter by letter; else it is forged.
perhaps-spent = { $presented ->
        [0] {""}
       *[other] {" "}If a PIN was on its way, `mynacard pin status` tells whether it cost an attempt.
    }
