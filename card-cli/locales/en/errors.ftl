# For every code: err- says what happened, rec- what to do next.

label-error = error:{" "}

err-application-missing = this card has no { $application }
rec-application-missing = Use a My Number Card; other cards and older ones lack this, and only some carry a driving licence. `mynacard status` shows what is there.
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
err-card-several = several readers hold a card:{ $readers }
rec-card-several = Choose one with `--reader`: its number or a part of its name.
err-card-silent = the card's answer was lost
rec-card-silent = Take the card out, put it in again, and try again. If a PIN was on its way, `mynacard pin status` tells whether it cost an attempt.
err-certificate-absent = the card holds no { $certificate }
rec-certificate-absent = It was not issued, declined, or has gone when it expired. A municipal office issues it.
err-file-missing = the card has no such file: { $step }
rec-file-missing = This kind of card lacks it. `mynacard status` shows what is there.
err-operation-cancelled = cancelled
rec-operation-cancelled = If a PIN was sent, the card has forgotten it. Try again when you like.
err-pin-absent = this card has no { $pin }
rec-pin-absent = A card without PINs (顔認証マイナンバーカード) can neither log in nor sign on a computer. No attempt was spent.
err-pin-blocked = the { $pin } is blocked
rec-pin-blocked = No attempt is left. A municipal office sets a new one (for the driving licence: the police); with the other PINs intact some convenience stores do too.
err-pin-same = the new { $pin } is the current one; nothing was sent
rec-pin-same = Choose another value.
err-pin-last-attempt = { $left ->
        [1] the { $pin } has only its last attempt left; nothing was sent
       *[other] the card does not say how many attempts the { $pin } has left, so this could be the last one; nothing was sent
    }
rec-pin-last-attempt = If you are sure of it, repeat the command with `--spend-last-attempt`. If it is wrong then, only a municipal office can help.
err-pin-needed = the card wants the { $pin } first
rec-pin-needed = Repeat the command with `--pin`.
err-pin-not-set = the holder chose no { $pin }, so none is presented
rec-pin-not-set = Leave the PIN out: readers present four asterisks to such a licence. No attempt was spent.
err-pin-refused-before = the card has just refused this { $pin }; it was not sent again
rec-pin-refused-before = Use another value.
err-pin-shape = this cannot be the { $pin }: { $shape }
rec-pin-shape = Nothing was sent and no attempt was spent. Take care not to confuse it with another PIN.
err-pin-split = the resident PIN was changed in the { $changed }, but not in the { $unchanged } ({ $cause })
rec-pin-split = The two places now hold different PINs. `mynacard pin status` shows whether an attempt was spent; a municipal office can set both.
err-pin-wrong = the { $pin } is wrong; { $left ->
        [unknown] the card does not say how many attempts are left
        [1] 1 attempt is left
       *[other] { $left } attempts are left
    }
rec-pin-wrong = Take care not to confuse it with another PIN. After the last attempt only a municipal office can help.
err-reader-ambiguous = several readers fit this name:{ $readers }
rec-reader-ambiguous = Give a longer part of the name, or the number.
err-reader-busy = another program is using the card and did not let go in time
rec-reader-busy = Close the other program, or wait longer with `--wait=SECONDS`, and try again. No PIN was sent.
err-reader-failed = the reader failed (PC/SC { $number })
rec-reader-failed = Plug the reader out and in again, and try again.
err-reader-gone = the reader is gone
rec-reader-gone = Plug the reader in and try again. If a PIN was on its way, `mynacard pin status` tells whether it cost an attempt.
err-reader-none = no reader is connected
rec-reader-none = Plug a reader in and try again, or use `--wait`. Without a card: `--reader sim:hanako`.
err-reader-unknown = no reader fits this choice; there are:{ $readers }
rec-reader-unknown = `mynacard readers` lists them all.
err-replay-mismatch = the transcript expects another command
rec-replay-mismatch = The transcript is of another conversation.
err-secure-extended-length = card or reader does not take the long commands that secure messaging needs
rec-secure-extended-length = Use another reader, or read without secure messaging.
err-secure-lost = the session of secure messaging was lost; nothing was read in the clear instead
rec-secure-lost = Try again.
err-service-none = the smart card service is not running
rec-service-none = Debian, Ubuntu: `sudo apt install pcscd && sudo systemctl start pcscd.socket`. Without a card: `--reader sim:hanako`.
err-service-permission = the smart card service refuses this user
rec-service-permission = Log in at the computer itself, or let the administrator allow it (polkit: org.debian.pcsc-lite.access_pcsc). Where polkit does not run, as in a container, start the service with `pcscd --disable-polkit`.
err-signature-mismatch = the signature does not fit the card's certificate; it was not written
rec-signature-mismatch = Try again with the card placed well. If it stays so, do not use this card, and report it.
err-signature-pss = this card makes no PSS signature of this digest
rec-signature-pss = Use a PKCS #1 v1.5 signature (RS256), or SHA-256 as the digest. With TLS: allow version 1.2.

err-handling-unwritable = the record of this handling, { $path }, cannot be written: { $reason }; the number is not shown
rec-handling-unwritable = Check the path and its permissions; XDG_STATE_HOME says where it is.

err-input-unreadable = { $path } cannot be read: { $reason }
rec-input-unreadable = Nothing was asked of the card. Check the path and its permissions.
err-card-busy = another job uses this card
rec-card-busy = Wait until it has finished, or give `timeoutMs`.
err-consent-missing = this shows who the holder is, and nobody agreed to that
rec-consent-missing = Ask the user, and say so: `consent.disclosesAttributes = true`.
err-consent-disclosure = name, address, birth date and sex go into the signed file, and nobody agreed to that
rec-consent-disclosure = Agree at the terminal, or with `--consent-disclosure`. Nothing was asked of the card.
err-document-unsuitable = { $path } cannot be signed: { $reason } ({ $code })
rec-document-unsuitable = Nothing was written. { $advice }
mend-decrypt = Decrypt it with `qpdf --decrypt FILE NEW`, and sign NEW.
mend-page = Choose a page that the file has: `qpdf --show-npages FILE` counts them.
mend-limit = This is a limit of this program. Sign the file as it is with `--format cms`.
mend-place = Choose another place with `--visible`.
mend-earlier = An earlier signature is broken, or would be. Ask for the file as it was signed, or sign it as it is with `--format cms`.
mend-rewrite = Write it anew with `qpdf --object-streams=disable FILE NEW`, and sign NEW; earlier signatures get lost. Or sign it as it is with `--format cms`.
mend-plain = Sign the file as it is with `--format cms`.
err-document-refused = the signature is refused: { $reason } ({ $code })
rec-document-refused = `mynacard verify --rules` names every rule, `mynacard help { $code }` explains this one, and `mynacard explain FILE` shows what is inside the file.
err-document-unsigned = { $path } is no signed file, and no { $signature } lies beside it
rec-document-unsigned = Give the signature: `mynacard verify FILE --signature SIGNATURE`.
err-documents-refused = { $refused } of { $count } files are refused, or there is none
rec-documents-refused = `mynacard verify FILE` says of one file why.
err-document-unknown = { $path } is none of the formats that are known here: CMS, PDF, XML, JWS
rec-document-unknown = Check that it is the right file. A bare signature value says nothing about itself.
err-document-unreadable = { $path } cannot be read far enough: { $reason } ({ $code })
rec-document-unreadable = The file is damaged, cut off, or written in a way that is not read here. Ask for it anew.
err-font-unreadable = the font { $path } cannot be read: { $reason }
rec-font-unreadable = Debian: `sudo apt install fonts-ipaexfont-gothic`, or name another with `--font FILE`.
err-input-changed = { $path } is no longer what was shown
rec-input-changed = Nothing was written for it. Look at the file again, then sign it.
err-pdf-glyph = the font has no picture of a character that should be shown ({ $character })
rec-pdf-glyph = Use another font (`--font FILE`), or sign without `--visible`.
err-pdf-room = the signature of { $path } needs { $needed } bytes, and { $room } were kept free
rec-pdf-room = Sign without a time stamp, or ask another authority: this one sends too many certificates.
err-sign-algorithm = this format cannot carry signatures of the card's kind of key
rec-sign-algorithm = Choose another format; `mynacard cert sign` shows the kind of key.
err-sign-existing = no signature can be added to { $path }: { $reason } ({ $code })
rec-sign-existing = Check it with `mynacard verify`. Only a signature over the same file can be added to.
err-timestamp-silent = the time-stamp authority did not answer
rec-timestamp-silent = Nothing was written. Check the address: plain http, an answer within ten seconds. Or sign without it.
err-timestamp-unfit = the time stamp is not to be believed: { $reason } ({ $code })
rec-timestamp-unfit = Nothing was written. Try again, or ask another authority.
err-frame-broken = what came is no frame of this interface
rec-frame-broken = Send `Content-Length: N`, an empty line, and N bytes of JSON; with `--framing=lines` one JSON text on each line.
err-licence-certificate = { $path } is no certificate that can check a driving licence
rec-licence-certificate = Give one certificate with an RSA key of 2048 bits, as DER or PEM. The police does not publish it; for simulated licences `mynacard sim pki DIR` writes DIR/licence/police.der.
err-age-not-reached = the holder is not that old
rec-age-not-reached = The record on the card says so; nothing is wrong.
err-age-unknown = the card does not tell whether the holder is that old
rec-age-unknown = The card knows too little of the birth date.
err-licence-expired = the driving licence has expired
rec-licence-expired = The date on the card is over. Whether a renewal is under way is not on the card.
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
err-persona-unknown = there is no resident { $name }; there are:{ $known }
rec-persona-unknown = Use one of these names, a persona file, or make one with `mynacard sim new NAME`.
err-persona-unreadable = { $path } cannot be read: { $reason }
rec-persona-unreadable = Check the path and its permissions.
err-picture-unreadable = the portrait cannot be converted: { $problem }
rec-picture-unreadable = Without `--png` and `--show` it is written as the card has it.
err-pin-no-terminal = there is no terminal to ask for the PIN at
rec-pin-no-terminal = Give its source: `--pin stdin`, `--pin fd:N`, `--pin file:PATH` or `--pin pinentry`.
err-pin-not-repeated = the new PIN was not repeated the same
rec-pin-not-repeated = Nothing was changed and no attempt was spent. Try again.
err-pin-sim-only = `--pin sim` is for simulated cards only; this one is not known to be simulated
rec-pin-sim-only = Leave it out and type the PIN, or give another source.
err-pin-source = the PIN cannot be read from { $path }: { $reason }
rec-pin-source = Nothing was presented. Check the source.
err-program-bug = this is a bug of mynacard { $version } ({ $place })
rec-program-bug = Please report this line and the command without any PIN. If a PIN was presented, take the card out.
err-purpose-law = { $problem }
rec-purpose-law = `--law NAME` belongs to `--purpose other-by-law` and to no other purpose: the name of the law or ordinance.
err-purpose-missing = a My Number is read for a purpose only, and none was given
rec-purpose-missing =
    The law lists what a My Number may be asked for, collected and kept for (番号法, Act No. 27 of 2013, articles 14, 19
    and 20). Say which it is: `--purpose social-security`, `tax`, `disaster`, `other-by-law` with `--law NAME`, or
    `holder` if you are the holder and look at your own. A line about it is kept, without the number.
err-purpose-unknown = this is no purpose that a My Number is read for
rec-purpose-unknown = The law lists them (番号法, articles 14, 19 and 20): `social-security`, `tax`, `disaster`, `other-by-law`; or `holder`.
err-record-not-genuine = not everything of it is proven
rec-record-not-genuine = The lines above say which check failed and why. Whose word is believed is said with `--trust`: production, jlis-test, sim, or a folder.
err-sim-absent = no simulated cards are reached at { $path }
rec-sim-absent = Run it inside the command of `mynacard sim run`, or name the socket with `--socket`.
err-sim-command = the command { $path } cannot be run: { $reason }
rec-sim-command = Check its name and permissions. It follows `--`: `mynacard sim run hanako -- opensc-tool --list-readers`.
err-sim-in-use = the simulated card { $name } is in use by another program
rec-sim-in-use = Wait until it has finished, or use another resident.
err-sim-library = the client library of the simulated card is missing
rec-sim-library = Install mynacard with `make install`, or name the library `libcard_sim_pcsc.so` in `MYNACARD_SIM_LIBRARY`. Looked for: { $places }
err-sim-misbehaved = the command does not treat the card as it should
rec-sim-misbehaved = The lines above say in which scene. `mynacard sim run RESIDENT --log FILE -- COMMAND` shows each exchange.
err-sim-refused = the simulated card refused this: { $why ->
        [card] there is no such card
        [resident] there is no such resident
        [fault] a value of the fault is missing, malformed, or of another fault
        [quirk] there is no such quirk
        [quirk-value] the quirk has no such value
        [pin] the card has no such PIN
        [state] this is not a snapshot
        [io] its memory cannot be written
       *[other] the request is malformed
    }
rec-sim-refused = `mynacard sim ctl cards` lists the cards; quirks and their values are in `docs/card/quirks.md`, faults in `docs/simulator.md`.
err-sim-state = the memory of the simulated card, { $path }, cannot be used: { $reason }
rec-sim-state = Check the permissions, or start anew with `mynacard sim reset NAME`.
err-trace-malformed = { $path } is not a transcript of mynacard (line { $line })
rec-trace-malformed = Give a file that was written with `--trace`.
err-trust-issuer-key = { $path } holds no issuer's key
rec-trust-issuer-key = It has three lines, `key-id`, `modulus` and `exponent`, each a text of hexadecimal digits. `mynacard sim pki DIR` writes examples.
err-usage-wrong = { $text }
err-web-eid-argument = the site's request has a wrong argument: { $problem }
rec-web-eid-argument = The operator of the site must correct the request.
rec-usage-wrong = `{ $command } --help` shows what there is.
err-web-eid-request = the browser's request is not understood: { $problem }
rec-web-eid-request = Only the public Web eID extension can ask; the site or the extension may be too old or too new.

application-jpki = JPKI application
application-profile = profile application
application-visual = visual application
application-resident = resident application
application-common = common application
application-licence = licence application (driving licence)
application-issuer-domain = issuer domain
application-other = other application

certificate-authentication = authentication certificate
certificate-signature = signature certificate
certificate-authentication-ca = CA certificate of the authentication certificate
certificate-signature-ca = CA certificate of the signature certificate

pin-authentication = authentication PIN (4 digits)
pin-signature = signature password (6 to 16 letters and digits)
pin-licence = driving licence PIN (4 digits)
pin-profile = profile PIN (4 digits)
pin-resident = resident PIN (4 digits)
pin-number-a = verification number A (12 digits, the My Number)
pin-number-b = verification number B (14 digits: birth date 6, year of expiry 4, security code 4)
pin-birth = birth date (6 digits YYMMDD with the year of the Japanese era as printed, such as 020401 for 1 April of Heisei 2)
pin-other = PIN

shape-exactly = it must have exactly { $least } characters
shape-length = it must have { $least } to { $most } characters
shape-digits = it must have half-width digits 0 to 9 only
shape-letters-and-digits = it must have letters A to Z and digits only
shape-needs-letter-and-digit = a new one needs at least one letter and one digit
shape-check-digit = its last digit does not fit the others; one of them is wrong
shape-date = it begins with a birth date YYMMDD as printed on the card
shape-year = behind the birth date stands the year in which the card expires
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
step-key-reference = key reference
step-my-number = My Number
step-attributes = name, address, birth date and sex
step-signature-record = signature over number and attributes
step-profile-certificate = certificate of the profile application
step-profile-information = basic information of the profile application
step-session-key = key for session keys
step-own-key = own key of the profile application
step-age-record = age record
step-card-face = card face
step-visual-information = basic information of the visual application
step-visual-certificate = certificate of the visual application
step-number-picture = picture of the My Number
step-licence-pin-state = PIN state of the driving licence
step-licence-record = driving licence record
step-licence-signature = signature of the driving licence
step-open-session = opening a session of secure messaging
step-other = another step

reason-not-found = it is not there
reason-not-permitted = not permitted
reason-is-a-folder = it is a folder
reason-is-no-folder = a part of the path is no folder
reason-full = there is no room left
reason-read-only = it can only be read
reason-too-large = it is too long
reason-not-text = it is no text
reason-not-a-name = the name cannot be that of a file
reason-not-ours = it was not written by this program
reason-too-short = it is too short
reason-no-list = it is not a revocation list in DER or PEM, or a damaged one
reason-no-pinentry = no program pinentry is installed
reason-no-issuer-key = no issuer's key (*.cvkey.toml) is in it

purpose-law-missing = the name of the law is missing
purpose-law-unasked = this purpose takes no name of a law
purpose-law-name = this cannot be the name of a law

picture-broken = it is no picture that can be decoded
picture-too-large = it says that it is larger than the pictures of a card are
picture-colours = its colours are of an unknown kind

mistake-missing = is missing
mistake-unknown-resident = no shipped resident has this name
mistake-name = must be 1 to 32 of a to z, 0 to 9 and hyphen, and begin with a letter
mistake-text = must have 1 to { $count } characters and no control characters
mistake-digits = must be { $count } digits
mistake-flags = must be { $count } digits, each 0 or 1, one for each character of the text
mistake-answer-to-reset = must be 2 to 33 bytes in hexadecimal
mistake-range = must be { $least } to { $most }
mistake-birth-date = must be an era digit (0 to 5) and a date YYYYMMDD, zeros where unknown
mistake-sex = must be 1 (male), 2 (female) or 3 (unknown)
mistake-check-digit = the check digit is wrong: this cannot be a My Number
mistake-date = must be a date such as 2036-04-01
mistake-instant = must be an instant in UTC such as 2026-10-27T02:15:00Z, before 2050
mistake-ends-before-it-begins = lies before the instant of issue
mistake-pin-four-digits = must be 4 digits
mistake-pin-password = must be 6 to 16 of A to Z and 0 to 9
mistake-attempts = the card gives at most { $count } attempts
mistake-file = { $file } cannot be read
mistake-key = not a private key in PEM (PKCS #8)
mistake-certificate = not an X.509 certificate in DER
mistake-key-does-not-fit = the certificate is for another key
mistake-keys = must hold { $count } RSA keys of 2048 bits, PKCS #8 in PEM, one after the other
mistake-no-records = no shipped resident with records has this name
mistake-profile = it is no profile as `mynacard probe` writes it
mistake-pictures = the pictures are too large for a card
mistake-signature-does-not-fit = a signature does not fit; leave the file out to have everything signed
mistake-signatures = not the signatures of a card's records
mistake-licence = this driving licence cannot be written: a value is too long, no class, or no character of JIS X 0208
mistake-issue = the test CA cannot issue this certificate
err-setup-broken = something is in the way of using the card
rec-setup-broken = Type the line below the first finding marked NG, then `mynacard doctor` again.
