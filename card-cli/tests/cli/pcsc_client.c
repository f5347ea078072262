/* A client of PC/SC in C. Commands: query | hold NAME FILE | change. Prints what it saw. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <winscard.h>

static SCARDCONTEXT context;
static SCARDHANDLE card;
static char readers[1024];

static void check(const char *what, LONG result) {
    if (result != SCARD_S_SUCCESS) {
        printf("%s: %08lX %s\n", what, (unsigned long)result, pcsc_stringify_error(result));
        exit(1);
    }
}

static void transmit(const BYTE *command, DWORD length) {
    BYTE answer[258];
    DWORD room = sizeof answer;
    check("transmit", SCardTransmit(card, SCARD_PCI_T1, command, length, NULL, answer, &room));
    printf("%02X%02X\n", answer[room - 2], answer[room - 1]);
}

static const BYTE select_jpki[] = {0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26,
                                   0x01, 0x00, 0x00, 0x00, 0x01};
static const BYTE select_pin[] = {0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, 0x18};
static const BYTE query[] = {0x00, 0x20, 0x00, 0x80};

static void connect_first(void) {
    DWORD length = sizeof readers, protocol;
    check("establish", SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context));
    check("list", SCardListReaders(context, NULL, readers, &length));
    check("connect", SCardConnect(context, readers, SCARD_SHARE_SHARED,
                                  SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card, &protocol));
}

int main(int count, char **words) {
    const char *command = count > 1 ? words[1] : "";
    setvbuf(stdout, NULL, _IONBF, 0);
    connect_first();
    if (strcmp(command, "query") == 0) {
        check("begin", SCardBeginTransaction(card));
        transmit(select_jpki, sizeof select_jpki);
        transmit(select_pin, sizeof select_pin);
        transmit(query, sizeof query);
        check("end", SCardEndTransaction(card, SCARD_LEAVE_CARD));
    } else if (strcmp(command, "hold") == 0 && count == 4) {
        /* Two of these at once: the one that has the card writes a line at begin and at end. */
        for (int turn = 0; turn < 20; turn++) {
            check("begin", SCardBeginTransaction(card));
            FILE *log = fopen(words[3], "a");
            fprintf(log, "%s+\n", words[2]);
            fclose(log);
            transmit(select_jpki, sizeof select_jpki);
            log = fopen(words[3], "a");
            fprintf(log, "%s-\n", words[2]);
            fclose(log);
            check("end", SCardEndTransaction(card, SCARD_LEAVE_CARD));
        }
    }
    if (strcmp(command, "change") == 0) {
        /* The reader as it is, and then what each wait ended with. */
        SCARD_READERSTATE state = {.szReader = readers};
        for (int turn = 0; turn < 3; turn++) {
            check("change", SCardGetStatusChange(context, INFINITE, &state, 1));
            printf("%02X\n", (unsigned)(state.dwEventState & 0xFE));
            state.dwCurrentState = state.dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
        }
        exit(0);
    }
    check("disconnect", SCardDisconnect(card, SCARD_LEAVE_CARD));
    check("release", SCardReleaseContext(context));
    return 0;
}
