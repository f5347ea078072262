/* Reads the authentication certificate, asks the counter, presents the PIN, signs.
   gcc $(pkg-config --cflags libpcsclite) client.c -o client -lpcsclite; ./client DIGEST
   DIGEST: SHA-256 of the document in hexadecimal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <winscard.h>

static SCARDHANDLE card;
static BYTE answer[258];
static DWORD length;

static void check(const char *what, LONG result) {
    if (result != SCARD_S_SUCCESS) {
        fprintf(stderr, "%s: %s\n", what, pcsc_stringify_error(result));
        exit(1);
    }
}

/* Sends a command; its status word. The data of the answer are the first `length` bytes. */
static unsigned send(const void *command, DWORD bytes) {
    length = sizeof answer;
    check("transmit", SCardTransmit(card, SCARD_PCI_T1, command, bytes, NULL, answer, &length));
    length -= 2;
    return answer[length] << 8 | answer[length + 1];
}

static void keep(const char *name, const BYTE *data, size_t bytes) {
    FILE *file = fopen(name, "wb");
    if (!file || fwrite(data, 1, bytes, file) != bytes || fclose(file)) exit(1);
}

int main(int count, char **words) {
    SCARDCONTEXT context;
    char readers[1024];
    DWORD room = sizeof readers, protocol;
    check("service", SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context));
    check("readers", SCardListReaders(context, NULL, readers, &room));
    check("card", SCardConnect(context, readers, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1, &card,
                               &protocol));
    check("begin", SCardBeginTransaction(card));
    if (send("\x00\xA4\x04\x0C\x0A\xD3\x92\xF0\x00\x26\x01\x00\x00\x00\x01", 15) != 0x9000) return 1;

    BYTE certificate[4096];
    size_t have = 0, end = 4;
    while (have < end) {
        BYTE read[5] = {0x00, 0xB0, have ? have >> 8 : 0x8A, have & 0xFF, 0x00};
        if (send(read, 5) != 0x9000 || !length || have + length > sizeof certificate) return 1;
        memcpy(certificate + have, answer, length);
        have += length;
        end = 4 + (certificate[2] << 8 | certificate[3]);
    }
    keep("certificate.der", certificate, end);

    unsigned counter = send("\x00\x20\x00\x98", 4);
    printf("%u attempts left\n", counter & 15);
    if ((counter & 15) < 2 || send("\x00\x20\x00\x98\x04" "1234", 9) != 0x9000) return 1;

    BYTE sign[57] = "\x80\x2A\x00\x97\x33"
                    "\x30\x31\x30\x0D\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";
    if (count != 2 || strlen(words[1]) != 64) return 2;
    for (int at = 0; at < 32; at++) sscanf(words[1] + 2 * at, "%2hhx", &sign[24 + at]);
    if (send(sign, sizeof sign) != 0x9000) return 1;
    keep("signature", answer, length);

    /* The card forgets the PIN. */
    send("\x00\xA4\x04\x0C\x07\xA0\x00\x00\x01\x51\x00\x00", 12);
    check("end", SCardEndTransaction(card, SCARD_UNPOWER_CARD));
    return 0;
}
