# For every code: err- says what happened, rec- what to do next.

label-error = error:{" "}

err-application-missing = this card has no { $application }
rec-application-missing = Use a My Number Card; other cards and older ones lack this. `mynacard status` shows what is there.
err-card-malformed = the card's data are malformed: { $step }, byte { $at }
rec-card-malformed = Try again with the card placed well. If it stays so, write it down with `--trace FILE` and report it.
err-card-mute = what is in the reader does not answer
rec-card-mute = Turn the card over, clean its contacts, or lay it flat on the reader, and try again.
err-card-none = no card is in the reader
rec-card-none = Put the card in and try again, or use `--wait`.
err-card-power = the card lost its power
rec-card-power = Take the card out, put it in again, and try again. Contactless: leave it still.
err-card-refused = the card refused: { $step } (status { $status })
rec-card-refused = Take the card out, put it in again, and try again. Cards with keys other than RSA-2048 sign with `--check`. With `--trace FILE` it can be reported.
err-card-removed = the card was removed
rec-card-removed = Put the card in, leave it there, and try again. If a PIN was on its way, `mynacard pin status` tells whether it cost an attempt.
err-card-reset = another program reset the card
rec-card-reset = Try again. If it stays so, close the other program.
err-card-several = several readers hold a card:
    { $readers }
rec-card-several = Choose one with `--reader`: its number or a part of its name.
err-card-silent = the card's answer was lost
rec-card-silent = Take the card out, put it in again, and try again. If a PIN was on its way, `mynacard pin status` tells whether it cost an attempt.
err-certificate-absent = the card holds no { $certificate }
rec-certificate-absent = It was not issued, declined, or has gone when it expired. A municipal office issues it.
err-file-missing = the card has no such file: { $step }
rec-file-missing = This kind of card lacks it. `mynacard status` shows what is there.
err-operation-cancelled = cancelled
rec-operation-cancelled = Whatever was presented to the card, the card has forgotten. Try again when you like.
err-pin-blocked = the { $pin } is blocked
rec-pin-blocked = No attempt is left. A municipal office sets a new one; with the other PINs intact some convenience stores do too.
err-pin-last-attempt = the { $pin } has only its last attempt left (or the card does not say how many); nothing was sent
rec-pin-last-attempt = If you are sure of it, repeat the command with `--spend-last-attempt`. If it is wrong then, only a municipal office can help.
err-pin-needed = the card wants the { $pin } first
rec-pin-needed = Repeat the command with `--pin`.
err-pin-refused-before = the card has just refused this { $pin }; it was not sent again
rec-pin-refused-before = Use another value.
err-pin-shape = this cannot be the { $pin }: { $shape ->
        [exactly] it has exactly { $least } characters
        [length] it has { $least } to { $most } characters
       *[other] { $shape }
    }
rec-pin-shape = Nothing was sent and no attempt was spent. Take care not to confuse it with another PIN.
err-pin-wrong = the { $pin } is wrong; { $left ->
        [unknown] the card does not say how many attempts are left
        [1] 1 attempt is left
       *[other] { $left } attempts are left
    }
rec-pin-wrong = Take care not to confuse it with another PIN. After the last attempt only a municipal office can help.
err-reader-ambiguous = several readers fit this name:
    { $readers }
rec-reader-ambiguous = Give a longer part of the name, or the number.
err-reader-busy = another program holds the reader
rec-reader-busy = Close the other program, or wait until it has finished, and try again.
err-reader-failed = the reader failed (PC/SC { $number })
rec-reader-failed = Plug the reader out and in again, and try again.
err-reader-gone = the reader is gone
rec-reader-gone = Plug the reader in and try again. If a PIN was on its way, `mynacard pin status` tells whether it cost an attempt.
err-reader-none = no reader is connected
rec-reader-none = Plug a reader in and try again, or use `--wait`. Without a card: `--reader sim:hanako`.
err-reader-unknown = no reader fits this choice; there are:
    { $readers }
rec-reader-unknown = `mynacard readers` lists them all.
err-replay-mismatch = the transcript expects another command
rec-replay-mismatch = The transcript is of another conversation.
err-service-none = the smart card service is not running
rec-service-none = Debian, Ubuntu: `sudo apt install pcscd && sudo systemctl start pcscd.socket`. Without a card: `--reader sim:hanako`.
err-service-permission = the smart card service refuses this user
rec-service-permission = Log in at the computer itself, or let the administrator allow it (polkit: org.debian.pcsc-lite.access_pcsc).
err-signature-mismatch = the signature does not fit the card's certificate; it was not written
rec-signature-mismatch = Try again with the card placed well. If it stays so, do not use this card, and report it.

err-input-unreadable = { $path } cannot be read: { $reason }
rec-input-unreadable = Nothing was asked of the card. Check the path and its permissions.
err-output-exists = { $path } is there already
rec-output-exists = Choose another name, or `--force` where the command has it. A transcript always needs a new file.
err-output-unwritable = { $path } cannot be written: { $reason }
rec-output-unwritable = Choose another place, or check its permissions.
err-persona-exists = there is a resident { $name } already
rec-persona-exists = Choose another name; `mynacard sim list` shows those in use.
err-persona-field = { $path }, line { $line }: { $field }: { $reason }
rec-persona-field = Correct the field. `mynacard sim new NAME` writes a commented example.
err-persona-name = { $name } cannot be the name of a resident
rec-persona-name = Use 1 to 32 of a to z, 0 to 9 and hyphens, beginning with a letter.
err-persona-syntax = { $path }, line { $line }: { $reason }
rec-persona-syntax = Correct the line. `mynacard sim new NAME` writes a commented example.
err-persona-unknown = there is no resident { $name }; there are:
    { $known }
rec-persona-unknown = Use one of these names, a persona file, or make one with `mynacard sim new NAME`.
err-persona-unreadable = { $path } cannot be read: { $reason }
rec-persona-unreadable = Check the path and its permissions.
err-pin-no-terminal = there is no terminal to ask for the PIN at
rec-pin-no-terminal = Give its source: `--pin stdin`, `--pin fd:N`, `--pin file:PATH` or `--pin pinentry`.
err-pin-not-repeated = the new PIN was not repeated the same
rec-pin-not-repeated = Nothing was changed and no attempt was spent. Try again.
err-pin-sim-only = `--pin sim` is for simulated cards only; this one is real
rec-pin-sim-only = Leave it out and type the PIN, or give another source.
err-pin-source = the PIN cannot be read from { $path }: { $reason }
rec-pin-source = Nothing was presented. Check the source.
err-program-bug = this is a bug of mynacard { $version } ({ $place })
rec-program-bug = Please report this line and the command without any PIN. If a PIN was presented, take the card out.
err-sim-in-use = the simulated card { $name } is in use by another program
rec-sim-in-use = Wait until it has finished, or use another resident.
err-sim-state = the memory of the simulated card, { $path }, cannot be used: { $reason }
rec-sim-state = Check the permissions, or start anew with `mynacard sim reset NAME`.
err-trace-malformed = { $path } is not a transcript of mynacard (line { $line })
rec-trace-malformed = Give a file that was written with `--trace`.
err-usage-wrong = { $text }
rec-usage-wrong = `mynacard --help` shows what there is.

application-jpki = JPKI application
application-profile = profile application
application-visual = visual application
application-resident = resident application
application-common = common application
application-issuer-domain = issuer domain
application-other = other application

certificate-authentication = authentication certificate
certificate-signature = signature certificate
certificate-authentication-ca = CA certificate of the authentication certificate
certificate-signature-ca = CA certificate of the signature certificate

pin-authentication = authentication PIN (4 digits)
pin-signature = signature password (6 to 16 letters and digits)
pin-profile = profile PIN (4 digits)
pin-resident = resident PIN (4 digits)
pin-number-a = verification number A (12 digits, the My Number)
pin-number-b = verification number B (14 digits)
pin-birth = birth date (6 digits)
pin-other = PIN

shape-exactly = wrong length
shape-length = wrong length
shape-digits = it has digits 0 to 9 only
shape-letters-and-digits = it has letters A to Z and digits only
shape-needs-letter-and-digit = a new one needs at least one letter and one digit
shape-other = wrong shape

step-select-application = selecting an application
step-select-file = selecting a file
step-ask-attempts = asking for the attempts left
step-present-pin = presenting a PIN
step-change-pin = changing a PIN
step-sign = signing
step-token-information = token information
step-certificates-present = list of certificates
step-authentication-certificate = authentication certificate
step-authentication-ca-certificate = CA certificate of the authentication certificate
step-signature-certificate = signature certificate
step-signature-ca-certificate = CA certificate of the signature certificate
step-card-number = card number
step-data-object = data object
step-other = another step
