/* Clients of known behaviour: polite | spender | unlocked | twice. They present 1234 to a card. */
#include <stdio.h>
#include <string.h>
#include <winscard.h>

static SCARDCONTEXT context;
static SCARDHANDLE card;

/* The status word, or 0 for any failure of the reader. */
static unsigned transmit(const BYTE *command, DWORD length) {
    BYTE answer[2100];
    DWORD room = sizeof answer;
    if (SCardTransmit(card, SCARD_PCI_T1, command, length, NULL, answer, &room) != 0 || room < 2)
        return 0;
    return answer[room - 2] << 8 | answer[room - 1];
}

static const BYTE select_jpki[] = {0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26,
                                   0x01, 0x00, 0x00, 0x00, 0x01};
static const BYTE query[] = {0x00, 0x20, 0x00, 0x98};
static const BYTE verify[] = {0x00, 0x20, 0x00, 0x98, 0x04, '1', '2', '3', '4'};

/* Whether everything went well. */
static int work(const char *what) {
    int polite = strcmp(what, "polite") == 0;
    if (transmit(select_jpki, sizeof select_jpki) != 0x9000)
        return 0;
    unsigned left = transmit(query, sizeof query);
    if (left == 0 || (polite && (left & 0xFFF0) == 0x63C0 && (left & 15) < 2))
        return 0;
    unsigned verdict = transmit(verify, sizeof verify);
    if (verdict != 0x9000 && verdict != 0 && strcmp(what, "twice") == 0)
        verdict = transmit(verify, sizeof verify);
    return verdict == 0x9000;
}

int main(int count, char **words) {
    char readers[1024];
    DWORD length = sizeof readers, protocol;
    const char *what = count > 1 ? words[1] : "";
    if (SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context) != 0 ||
        SCardListReaders(context, NULL, readers, &length) != 0 ||
        SCardConnect(context, readers, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1, &card, &protocol) != 0)
        return 1;
    int done = work(what);
    SCardDisconnect(card, strcmp(what, "unlocked") == 0 ? SCARD_LEAVE_CARD : SCARD_UNPOWER_CARD);
    SCardReleaseContext(context);
    return done ? 0 : 1;
}
