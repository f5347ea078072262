# For every code of the program, in the order of the codes: err- says what happened, rec- what to do
# next. Codes of the library have theirs in card-text.

label-error = error:{" "}

err-age-not-reached = the holder is not that old
rec-age-not-reached = The record on the card says so; nothing is wrong.
err-age-unknown = the card does not tell whether the holder is that old
rec-age-unknown = The card knows too little of the birth date.
err-card-busy = another job uses this card
rec-card-busy = Wait until it has finished, or give `timeoutMs`.
err-consent-disclosure = name, address, birth date and sex would go into the signed file without consent
rec-consent-disclosure = Agree at the terminal, or with `--consent-disclosure`. Nothing was asked of the card.
err-consent-missing = this identifies the holder, and there is no consent
rec-consent-missing = Ask the user, and say so: `consent.disclosesAttributes = true`.
err-document-refused = the signature is refused: { $reason } ({ $code })
rec-document-refused = `mynacard verify --rules` names every rule, `mynacard help { $code }` explains this one, and `mynacard explain FILE` shows what is inside the file.
err-document-unknown = { $path } is none of the formats that are known here: CMS, PDF, XML, JWS, ASiC
rec-document-unknown = Check that it is the right file. A bare signature value says nothing about itself.
err-document-unreadable = { $path } cannot be read far enough: { $reason } ({ $code })
rec-document-unreadable = The file is damaged, cut off, or written in a way that is not read here. Ask for it anew.
err-document-unsigned = { $path } is not a signed file, and there is no { $signature } in its folder
rec-document-unsigned = Give the signature: `mynacard verify FILE --signature SIGNATURE`.
err-document-unsuitable = { $path } cannot be signed: { $reason } ({ $code })
rec-document-unsuitable = Nothing was written. { $advice }
err-documents-refused = { $refused } of { $count } files are refused, or there is none
rec-documents-refused = `mynacard verify FILE` says of one file why.
err-folder-unknown = there is no folder for this: neither ${ $variable } nor $HOME is an absolute path
rec-folder-unknown = Set HOME to a folder of your own: `HOME=/folder mynacard …`.
err-font-unreadable = the font { $path } cannot be read: { $reason }
rec-font-unreadable = Debian: `sudo apt install fonts-ipaexfont-gothic`, or name another with `--font FILE`.
err-frame-broken = what came is no frame of this interface
rec-frame-broken = Send `Content-Length: N`, an empty line, and N bytes of JSON; with `--framing=lines` one JSON text on each line.
err-handling-unwritable = the record of this handling, { $path }, cannot be written: { $reason }; the number is not shown
rec-handling-unwritable = Check the path and its permissions; XDG_STATE_HOME says where it is.
err-input-changed = { $path } is no longer what was shown
rec-input-changed = Nothing was written for it. Look at the file again, then sign it.
err-input-unreadable = { $path } cannot be read: { $reason }
rec-input-unreadable = Nothing was asked of the card. Check the path and its permissions.
err-licence-certificate = { $path } is no certificate that can check a driving licence
rec-licence-certificate = Give one certificate with an RSA key of 2048 bits, as DER or PEM. The police does not publish it; for simulated licences `mynacard sim pki DIR` writes DIR/licence/police.der.
err-licence-expired = the driving licence has expired
rec-licence-expired = The date on the card is over. Whether a renewal is under way is not on the card.
err-output-exists = { $path } is there already
rec-output-exists = Choose another name, or `--force` where the command has it. A transcript always needs a new file.
err-output-unwritable = { $path } cannot be written: { $reason }
rec-output-unwritable = Choose another place, or check its permissions.
err-pdf-glyph = the font has no picture of a character that should be shown ({ $character })
rec-pdf-glyph = Use another font (`--font FILE`), or sign without `--visible`.
err-pdf-room = the signature of { $path } needs { $needed } bytes, and { $room } were kept free
rec-pdf-room = Sign without a time stamp, or ask another authority: this one sends too many certificates.
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
rec-picture-unreadable = With `--original`, and without `--show`, it is written as the card has it.
err-pin-no-terminal = there is no terminal to ask for the PIN at
rec-pin-no-terminal = Give its source: `--pin stdin`, `--pin fd:N`, `--pin file:PATH` or `--pin pinentry`.
err-pin-not-repeated = the new PIN was not repeated the same
rec-pin-not-repeated = Nothing was changed and no attempt was spent. Try again.
err-pin-same = the new { $pin } is the current one; nothing was sent
rec-pin-same = Choose another value.
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
err-record-not-genuine = some checks failed
rec-record-not-genuine = The lines above say which check failed and why. Choose the trusted authorities with `--trust`: production, jlis-test, sim, or a folder; simulated cards need `--trust sim`.
err-revocation-not-checked = everything else is valid, but revocation could not be checked
rec-revocation-not-checked = { advice-list }
err-setup-broken = something is in the way of using the card
rec-setup-broken = Type the line below the first finding marked NG, then `mynacard doctor` again.
err-sign-algorithm = this format cannot carry signatures of the card's kind of key
rec-sign-algorithm = Choose another format; `mynacard cert sign` shows the kind of key.
err-sign-existing = no signature can be added to { $path }: { $reason } ({ $code })
rec-sign-existing = Check it with `mynacard verify`. Only a signature over the same file can be added to.
err-sim-absent = no simulated cards are reached at { $path }
rec-sim-absent = Run it inside the command of `mynacard sim run`, or name the socket with `--socket`.
err-sim-command = the command { $path } cannot be run: { $reason }
rec-sim-command = Check its name and permissions. It follows `--`: `mynacard sim run hanako -- opensc-tool --list-readers`.
err-sim-in-use = the simulated card { $name } is in use by another program
rec-sim-in-use = Wait until it has finished, or use another resident.
err-sim-library = the client library of the simulated card is missing
rec-sim-library = Install the Debian package mynacard-sim, or mynacard with `make install`; or name the library `libcard_sim_pcsc.so` in `MYNACARD_SIM_LIBRARY`. Looked for: { $places }
err-sim-misbehaved = the command does not treat the card as it should
rec-sim-misbehaved = The lines above say in which scene. `mynacard sim run RESIDENT --log FILE -- COMMAND` shows each exchange.
err-sim-refused = the simulated card refused this: { $why ->
        [card] there is no such card
        [resident] there is no such resident
        [fault] a value of the fault is missing, malformed, or of another fault
        [quirk] there is no such quirk
        [quirk-value] the quirk has no such value
        [pin] the card has no such PIN
        [keys] keys are up to 32 digits, cancel or timeout
        [pinpad] the reader has no keypad; start it with `sim run --pinpad`
        [state] this is not a snapshot
        [io] its memory cannot be written
       *[other] the request is malformed
    }
rec-sim-refused = `mynacard sim ctl cards` lists the cards; quirks and their values are in `docs/card/quirks.md`, faults in `docs/simulator.md`.
err-sim-state = the memory of the simulated card, { $path }, cannot be used: { $reason }
rec-sim-state = Check the permissions, or start anew with `mynacard sim reset NAME`.
err-timestamp-silent = the time-stamp authority gave no time stamp: { $answer }
rec-timestamp-silent = Nothing was written. Check the address: plain http, an answer within ten seconds. Or sign without it.
err-timestamp-unfit = the time stamp is not trustworthy: { $reason } ({ $code })
rec-timestamp-unfit = Nothing was written. Try again, or ask another authority.
err-trace-malformed = { $path } is not a transcript of mynacard (line { $line })
rec-trace-malformed = Give a file that was written with `--trace`.
err-trust-issuer-key = { $path } holds no issuer's key
rec-trust-issuer-key = It has three lines, `key-id`, `modulus` and `exponent`, each a text of hexadecimal digits. `mynacard sim pki DIR` writes examples.
err-usage-wrong = { $text }
rec-usage-wrong = `{ $command } --help` shows what there is.
err-web-eid-argument = the site's request has a wrong argument: { $problem }
rec-web-eid-argument = The operator of the site must correct the request.
err-web-eid-request = the browser's request is not understood: { $problem }
rec-web-eid-request = Only the public Web eID extension can ask; the site or the extension may be too old or too new.

mend-decrypt = Decrypt it with `qpdf --decrypt FILE NEW`, and sign NEW.
mend-page = The last page of the file is page { $pages }. Choose one that it has.
mend-demand = The field demands /{ $entry } of its own. Fulfil it with `--pades` or `--filing moj` (/SubFilter) or `--timestamp` (/TimeStamp), or sign without `--field`.
mend-limit = This is a limit of this program. Sign the file as it is with `--format cms`.
mend-place = Choose another place with `--visible`.
mend-earlier = An earlier signature is broken, or would be. Ask for the file as it was signed, or sign it as it is with `--format cms`.
mend-rewrite = Write it anew with `qpdf --object-streams=disable FILE NEW`, look at NEW, and sign that; earlier signatures get lost. Or sign it as it is with `--format cms`.
mend-plain = Sign the file as it is with `--format cms`.

http-broken = its answer is no HTTP, or was cut off
http-no-connection = no connection to it was made
http-no-such-host = no computer has this name
http-status = it answered with the HTTP status { $status }
http-timed-out = no answer came within ten seconds
http-too-long = its answer is longer than a time stamp is

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
mistake-keys = must contain { $count } RSA keys of 2048 bits, PKCS #8 in PEM, one after the other
mistake-no-records = no shipped resident with records has this name
mistake-profile = it is no profile as `mynacard probe` writes it
mistake-pictures = the pictures are too large for a card
mistake-signature-does-not-fit = a signature does not fit; leave the file out to have everything signed
mistake-signatures = not the signatures of a card's records
mistake-licence = this driving licence cannot be written: a value is too long, no class, or no character of JIS X 0208
mistake-issue = the test CA cannot issue this certificate
