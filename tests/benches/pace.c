/* Exchanges per second with the first reader: pace N. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <winscard.h>

static void check(const char *what, LONG result) {
    if (result != SCARD_S_SUCCESS) {
        fprintf(stderr, "%s: %s\n", what, pcsc_stringify_error(result));
        exit(1);
    }
}

int main(int count, char **words) {
    static const BYTE select[] = {0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0,
                                  0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01};
    long exchanges = count > 1 ? atol(words[1]) : 1000;
    SCARDCONTEXT context;
    SCARDHANDLE card;
    char readers[1024];
    DWORD length = sizeof readers, protocol;
    struct timespec from, to;
    check("service", SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context));
    check("readers", SCardListReaders(context, NULL, readers, &length));
    check("card", SCardConnect(context, readers, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1, &card,
                               &protocol));
    check("begin", SCardBeginTransaction(card));
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (long at = 0; at < exchanges; at++) {
        BYTE answer[258];
        DWORD room = sizeof answer;
        check("transmit", SCardTransmit(card, SCARD_PCI_T1, select, sizeof select, NULL, answer,
                                        &room));
    }
    clock_gettime(CLOCK_MONOTONIC, &to);
    double seconds = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
    printf("%.0f\n", (double)exchanges / seconds);
    check("end", SCardEndTransaction(card, SCARD_LEAVE_CARD));
    return 0;
}
