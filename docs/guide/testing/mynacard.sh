# This program: reads the authentication certificate, asks the counter, presents the PIN, signs.
set -e
mynacard cert auth --format der -o certificate.der
mynacard pin status
printf 1234 | mynacard --pin stdin sign --format raw --key auth -o signature document
