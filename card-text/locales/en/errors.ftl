# For every code of `card_core::Error`, in its order: err- says what happened, rec- what to do next.
# A program may say the second with its own commands. Below: the words that fill them.

err-application-missing = this card has no { $application }
rec-application-missing = Use a My Number Card; other cards and older ones lack this, and only some carry a driving licence.
err-card-malformed = the card's data are malformed: { $step }, byte { $at }
rec-card-malformed = Try again with the card placed well. If it stays so, report it to the maker of this program.
err-card-mute = what is in the reader does not answer
rec-card-mute = Turn the card over, clean its contacts, or lay it flat on the reader, and try again.
err-card-none = no card is in the reader
rec-card-none = Put the card in and try again.
err-card-power = the card lost its power
rec-card-power = Take the card out, put it in again, and try again. Contactless: leave it still.
err-card-refused = the card refused: { $step } (status { $status })
rec-card-refused = Take the card out, put it in again, and try again. If it stays so, report it to the maker of this program.
err-card-removed = the card was removed
rec-card-removed = Put the card in, leave it there, and try again.{ perhaps-spent }
err-card-reset = another program reset the card
rec-card-reset = Try again. If it stays so, close the other program.
err-card-several = several readers hold a card
rec-card-several = Choose one reader, or leave only one card in.
err-card-silent = the card's answer was lost
rec-card-silent = Take the card out, put it in again, and try again.{ perhaps-spent }
err-certificate-absent = the card holds no { $certificate }
rec-certificate-absent = It was not issued, declined, or has gone when it expired. A municipal office issues it.
err-file-missing = the card has no such file: { $step }
rec-file-missing = This kind of card lacks it.
err-operation-cancelled = cancelled
rec-operation-cancelled = { $presented ->
        [0] No PIN was sent.
       *[other] If a PIN was sent, the card has forgotten it.
    } Try again when you like.
err-pin-absent = this card has no { $pin }
rec-pin-absent = A card without PINs (顔認証マイナンバーカード) can neither log in nor sign on a computer. No attempt was spent.
err-pin-blocked = the { $pin } is blocked
rec-pin-blocked = No attempt is left. A municipal office sets a new one (for the driving licence: the police); with the other PINs intact some convenience stores do too.
err-pin-last-attempt = { $left ->
        [1] the { $pin } has only its last attempt left; nothing was sent
       *[other] the card does not say how many attempts the { $pin } has left, so this could be the last one; nothing was sent
    }
rec-pin-last-attempt = Go on only if you are sure of it, and say so. If it is wrong then, only a municipal office can help.
err-pin-needed = the card wants the { $pin } first
rec-pin-needed = Type it when you are asked.
err-pin-not-set = the holder chose no { $pin }, so none is presented
rec-pin-not-set = Leave the PIN out: readers present four asterisks to such a licence. No attempt was spent.
err-pin-refused-before = the card has just refused this { $pin }; it was not sent again
rec-pin-refused-before = Use another value.
err-pin-shape = this cannot be the { $pin }: { $shape }
rec-pin-shape = Nothing was sent and no attempt was spent. Take care not to confuse it with another PIN.
err-pin-split = the resident PIN was changed in the { $changed }, but not in the { $unchanged } ({ $cause })
rec-pin-split = The two places now hold different PINs. Look at the attempts left of both; a municipal office can set both.
err-pin-wrong = the { $pin } is wrong; { $left ->
        [unknown] the card does not say how many attempts are left
        [1] 1 attempt is left
       *[other] { $left } attempts are left
    }
rec-pin-wrong = Take care not to confuse it with another PIN. After the last attempt only a municipal office can help.
err-pinpad-cancelled = the { $pin } was cancelled on the reader
rec-pinpad-cancelled = Nothing was sent to the card and no attempt was spent.
err-pinpad-length = the { $pin } typed on the reader has the wrong number of digits
rec-pinpad-length = Nothing was sent to the card and no attempt was spent. Type 4 digits and the key OK.
err-pinpad-none = the reader has no keypad for the { $pin }
rec-pinpad-none = Type it on the computer.
err-pinpad-not-repeated = the two new values of the { $pin } typed on the reader differ
rec-pinpad-not-repeated = The old value still holds. Start again.
err-pinpad-refused = the reader's keypad refused to ask for the { $pin } ({ $status })
rec-pinpad-refused = No PIN was sent to the card. Type it on the computer.
err-pinpad-timeout = nothing was typed on the reader in time ({ $pin })
rec-pinpad-timeout = Nothing was sent to the card and no attempt was spent. Start again, or type it on the computer.
err-reader-ambiguous = several readers fit this name
rec-reader-ambiguous = Give a longer part of the name, or the number.
err-reader-busy = another program is using the card and did not let go in time
rec-reader-busy = Close the other program, or wait longer, and try again. No PIN was sent.
err-reader-failed = the reader failed (PC/SC { $number })
rec-reader-failed = Plug the reader out and in again, and try again.
err-reader-gone = the reader is gone
rec-reader-gone = Plug the reader in and try again.{ perhaps-spent }
err-reader-none = no reader is connected
rec-reader-none = Plug a reader in and try again.
err-reader-unknown = no reader fits this choice
rec-reader-unknown = Choose one of the readers that are connected.
err-replay-mismatch = the transcript expects another command
rec-replay-mismatch = The transcript is of another conversation.
err-secure-extended-length = card or reader does not take the long commands that secure messaging needs
rec-secure-extended-length = Use another reader, or read without secure messaging.
err-secure-lost = the session of secure messaging was lost; nothing was read in the clear instead
rec-secure-lost = Try again.
err-service-none = the smart card service is not running
rec-service-none = Debian, Ubuntu: `sudo apt install pcscd && sudo systemctl start pcscd.socket`.
err-service-permission = the smart card service refuses this user
rec-service-permission = Log in at the computer itself, or let the administrator allow it (polkit: org.debian.pcsc-lite.access_pcsc). Where polkit does not run, as in a container, start the service with `pcscd --disable-polkit`.
err-signature-mismatch = the signature does not fit the card's certificate; it was not written
rec-signature-mismatch = Try again with the card placed well. If it stays so, do not use this card, and report it.
err-signature-pss = this card makes no PSS signature of this digest
rec-signature-pss = Use a PKCS #1 v1.5 signature (RS256), or SHA-256 as the digest. With TLS: allow version 1.2.

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

shape-exactly = it must have exactly { $least } half-width digits
shape-length = it must have { $least } to { $most } half-width letters and digits
shape-digits = it must have half-width digits 0 to 9 only
shape-letters-and-digits = it must have letters A to Z and digits only
shape-needs-letter-and-digit = a new one needs at least one letter and one digit
shape-check-digit = its last digit does not fit the others; one of them is wrong
shape-date = it begins with a birth date YYMMDD as printed on the card
shape-year = the birth date must be followed by the year in which the card expires
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
reason-too-large = it is longer than the limit of this program
reason-not-text = it is no text

# What is said after advice about a card that was lost; `presented` is how many PINs had left for it.
perhaps-spent = { $presented ->
        [0] {""}
       *[other] {" "}If a PIN was on its way, look at the attempts left first: it may have cost one.
    }
