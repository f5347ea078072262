/* Misuse of the client library: null pointers, wrong lengths, handles of others, threads, fork, unloading,
 * and a hundred thousand calls by chance. abuse LIBRARY SEED: prints "N cases, M failures, K calls". */
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <winscard.h>
#include <reader.h>

static int cases, failures;
static long calls;

static void is(const char *what, LONG got, LONG want) {
    cases++;
    if ((uint32_t)got == (uint32_t)want) return;
    failures++;
    printf("%s: %08x, not %08x\n", what, (uint32_t)got, (uint32_t)want);
}
#define IS(call, want) is(#call, (call), (LONG)(want))
#define TRUE_(what) is(#what, (what) ? 0 : 1, 0)

static const BYTE select_jpki[] = {0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0,
                                   0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01};
static char reader[128];

static SCARDHANDLE connected(SCARDCONTEXT context) {
    SCARDHANDLE card = 0;
    DWORD protocol;
    SCardConnect(context, reader, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1, &card, &protocol);
    return card;
}

static LONG exchange(SCARDHANDLE card) {
    BYTE answer[258];
    DWORD length = sizeof answer;
    return SCardTransmit(card, SCARD_PCI_T1, select_jpki, sizeof select_jpki, NULL, answer, &length);
}

/* Threads with a context each, and one that they share. */
static SCARDCONTEXT shared;
static void *worker(void *number) {
    SCARDCONTEXT context;
    long wrong = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context);
    SCARDHANDLE mine = connected(context), ours = connected(shared);
    for (int turn = 0; turn < 20; turn++) {
        SCARDHANDLE card = turn & 1 ? mine : ours;
        wrong |= SCardBeginTransaction(card);
        wrong |= exchange(card);
        wrong |= SCardEndTransaction(card, SCARD_LEAVE_CARD);
    }
    wrong |= SCardDisconnect(ours, SCARD_LEAVE_CARD);
    wrong |= SCardReleaseContext(context);
    (void)number;
    return (void *)wrong;
}

static LONG waited;
static void *waiter(void *context) {
    SCARD_READERSTATE state = {.szReader = reader, .dwCurrentState = SCARD_STATE_PRESENT};
    SCardGetStatusChange(*(SCARDCONTEXT *)context, 0, &state, 1);
    state.dwCurrentState = state.dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
    waited = SCardGetStatusChange(*(SCARDCONTEXT *)context, INFINITE, &state, 1);
    return NULL;
}

static uint64_t random_state;
static uint32_t draw(uint32_t below) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % below;
}

/* Numbers that a program might give by mistake. */
static long number(const long *known, int count) {
    static const long odd[] = {0, 1, 2, 3, 4, 7, -1, 0x7FFFFFFF, 0x80000000L, 0xFFFFFFFFL,
                               0x100000001L, INT64_MIN, INT64_MAX};
    if (draw(3)) return known[draw((uint32_t)count)];
    return odd[draw(sizeof odd / sizeof *odd)];
}

static void by_chance(long turns) {
    long contexts[4], cards[8];
    SCARDCONTEXT context;
    for (int at = 0; at < 4; at++) {
        SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context);
        contexts[at] = context;
    }
    for (int at = 0; at < 8; at++) cards[at] = connected(contexts[at % 4]);
    for (; turns > 0; turns--, calls++) {
        BYTE small[4] = {0}, room[300] = {0};
        DWORD lengths[] = {0, 3, 4, 258, sizeof room};
        DWORD length = lengths[draw(5)], protocol = 0, state = 0, atr_length = draw(34);
        BYTE *place = draw(4) ? (length <= sizeof small ? small : room) : NULL;
        /* At any address: nothing is said about alignment. */
        _Alignas(8) BYTE unaligned[sizeof(SCARD_IO_REQUEST) + 1] = {0, 2};
        SCARD_IO_REQUEST *pci = draw(2) ? (SCARD_IO_REQUEST *)(unaligned + 1) : NULL;
        SCARDHANDLE card = number(cards, 8);
        context = number(contexts, 4);
        SCARD_READERSTATE states[2] = {{.szReader = draw(4) ? reader : "?", .dwCurrentState = draw(1024)},
                                       {.szReader = "\\\\?PnP?\\Notification"}};
        switch (draw(14)) {
        case 0:
            if (SCardConnect(context, draw(4) ? reader : NULL, draw(5), draw(8), &card, &protocol) == 0)
                cards[draw(8)] = card;
            break;
        case 1: SCardReconnect(card, draw(5), draw(8), draw(5), draw(8) ? &protocol : NULL); break;
        case 2: SCardDisconnect(card, draw(6)); break;
        case 3: SCardBeginTransaction(cards[0]); break;
        case 4: SCardEndTransaction(card, draw(6)); break;
        case 5:
            SCardTransmit(cards[0], draw(8) ? SCARD_PCI_T1 : pci, draw(8) ? select_jpki : NULL,
                          draw(sizeof select_jpki + 1), pci, place, draw(8) ? &length : NULL);
            break;
        case 6:
            SCardControl(card, draw(2) ? CM_IOCTL_GET_FEATURE_REQUEST : draw(1 << 30), room, draw(60),
                         place, length, draw(4) ? &protocol : NULL);
            break;
        case 7: SCardGetAttrib(card, draw(2) ? SCARD_ATTR_ATR_STRING : draw(1 << 30), place, draw(8) ? &length : NULL); break;
        case 8:
            SCardStatus(cards[0], (LPSTR)place, &length, draw(2) ? &state : NULL, draw(2) ? &protocol : NULL,
                        draw(2) ? small : NULL, atr_length > 4 ? NULL : &atr_length);
            break;
        case 9: SCardListReaders(context, NULL, (LPSTR)place, draw(8) ? &length : NULL); break;
        case 10: SCardGetStatusChange(context, 0, draw(8) ? states : NULL, draw(3)); break;
        case 11: SCardCancel(context); break;
        case 12:
            if (draw(8) == 0) {
                int at = (int)draw(4);
                SCardReleaseContext(contexts[at]);
                SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context);
                contexts[at] = context;
                cards[at] = cards[at + 4] = connected(context);
                cards[0] = connected(contexts[0]);
            }
            break;
        default: pcsc_stringify_error(number(cards, 8));
        }
        /* A transaction that was begun would keep the other contexts waiting. */
        while (SCardEndTransaction(cards[0], SCARD_LEAVE_CARD) == SCARD_S_SUCCESS) {}
        LONG now = SCardStatus(cards[0], NULL, NULL, NULL, NULL, NULL, NULL);
        if (now == (LONG)SCARD_W_RESET_CARD) SCardReconnect(cards[0], 2, 2, 0, &protocol);
        else if (now != SCARD_S_SUCCESS) cards[0] = connected(contexts[0]);
    }
    for (int at = 0; at < 4; at++) SCardReleaseContext(contexts[at]);
}

int main(int count, char **words) {
    if (count != 4) return 2;
    SCARDCONTEXT context, other;
    SCARDHANDLE card;
    DWORD length, protocol, state;
    BYTE answer[258];
    IS(SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, NULL), SCARD_E_INVALID_PARAMETER);
    IS(SCardEstablishContext(99, NULL, NULL, &context), SCARD_E_INVALID_VALUE);
    IS(SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context), SCARD_S_SUCCESS);
    IS(SCardListReaders(context, NULL, NULL, NULL), SCARD_E_INVALID_PARAMETER);
    length = sizeof reader;
    IS(SCardListReaders(context, NULL, reader, &length), SCARD_S_SUCCESS);
    length = 1;
    char one;
    IS(SCardListReaders(context, NULL, &one, &length), SCARD_E_INSUFFICIENT_BUFFER);
    TRUE_(length > 1);

    IS(SCardConnect(context, reader, 2, 2, NULL, &protocol), SCARD_E_INVALID_PARAMETER);
    IS(SCardConnect(context, reader, 2, 2, &card, NULL), SCARD_E_INVALID_PARAMETER);
    IS(SCardConnect(context, NULL, 2, 2, &card, &protocol), SCARD_E_UNKNOWN_READER);
    IS(SCardConnect(context, "", 2, 2, &card, &protocol), SCARD_E_UNKNOWN_READER);
    char endless[4096];
    memset(endless, 'r', sizeof endless);
    endless[sizeof endless - 1] = 0;
    IS(SCardConnect(context, endless, 2, 2, &card, &protocol), SCARD_E_INVALID_VALUE);
    IS(SCardConnect(context + 1000000, reader, 2, 2, &card, &protocol), SCARD_E_INVALID_HANDLE);
    IS(SCardConnect(context, reader, 2, 2, &card, &protocol), SCARD_S_SUCCESS);

    IS(SCardTransmit(card, NULL, select_jpki, 15, NULL, answer, &length), SCARD_E_INVALID_PARAMETER);
    IS(SCardTransmit(card, SCARD_PCI_T1, NULL, 15, NULL, answer, &length), SCARD_E_INVALID_PARAMETER);
    IS(SCardTransmit(card, SCARD_PCI_T1, select_jpki, 15, NULL, NULL, &length), SCARD_E_INVALID_PARAMETER);
    IS(SCardTransmit(card, SCARD_PCI_T1, select_jpki, 15, NULL, answer, NULL), SCARD_E_INVALID_PARAMETER);
    length = 1;
    IS(SCardTransmit(card, SCARD_PCI_T1, select_jpki, 15, NULL, answer, &length), SCARD_E_INSUFFICIENT_BUFFER);
    TRUE_(length == 2);
    length = sizeof answer;
    IS(SCardTransmit(card, SCARD_PCI_T1, select_jpki, ~0ul, NULL, answer, &length), SCARD_E_INSUFFICIENT_BUFFER);
    length = ~0ul;
    IS(SCardTransmit(card, SCARD_PCI_T1, select_jpki, 15, NULL, answer, &length), SCARD_E_INSUFFICIENT_BUFFER);
    IS(exchange(card), SCARD_S_SUCCESS);
    IS(exchange(card + 1000000), SCARD_E_INVALID_HANDLE);
    IS(exchange(-1), SCARD_E_INVALID_HANDLE);

    IS(SCardControl(card, CM_IOCTL_GET_FEATURE_REQUEST, NULL, 0, NULL, 0, NULL), SCARD_E_INSUFFICIENT_BUFFER);
    IS(SCardControl(card, CM_IOCTL_GET_FEATURE_REQUEST, NULL, 9, answer, 258, NULL), SCARD_E_INVALID_PARAMETER);
    IS(SCardControl(card, ~0ul, NULL, 0, answer, 258, &length), SCARD_E_INVALID_VALUE);
    IS(SCardStatus(card, NULL, NULL, NULL, NULL, NULL, NULL), SCARD_S_SUCCESS);
    IS(SCardGetAttrib(card, SCARD_ATTR_ATR_STRING, NULL, NULL), SCARD_E_INVALID_PARAMETER);
    length = SCARD_AUTOALLOCATE;
    IS(SCardGetAttrib(card, SCARD_ATTR_ATR_STRING, NULL, &length), SCARD_E_INVALID_PARAMETER);
    BYTE *memory = NULL;
    length = SCARD_AUTOALLOCATE;
    IS(SCardGetAttrib(card, SCARD_ATTR_ATR_STRING, (LPBYTE)&memory, &length), SCARD_S_SUCCESS);
    TRUE_(memory && length > 2);
    IS(SCardFreeMemory(context, memory), SCARD_S_SUCCESS);
    IS(SCardFreeMemory(context, NULL), SCARD_S_SUCCESS);
    IS(SCardGetStatusChange(context, 0, NULL, 1), SCARD_E_INVALID_PARAMETER);
    IS(SCardGetStatusChange(context, 0, NULL, ~0ul), SCARD_E_INVALID_PARAMETER);
    SCARD_READERSTATE unnamed = {0};
    IS(SCardGetStatusChange(context, 0, &unnamed, 1), SCARD_E_INVALID_VALUE);
    TRUE_(pcsc_stringify_error(-1) && pcsc_stringify_error(12345) && pcsc_stringify_error(0));

    /* Of another context. */
    IS(SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &other), SCARD_S_SUCCESS);
    SCARDHANDLE theirs = connected(other);
    IS(SCardReleaseContext(other), SCARD_S_SUCCESS);
    IS(SCardReleaseContext(other), SCARD_E_INVALID_HANDLE);
    IS(exchange(theirs), SCARD_E_INVALID_HANDLE);
    IS(SCardCancel(other), SCARD_E_INVALID_HANDLE);
    IS(SCardDisconnect(theirs, SCARD_LEAVE_CARD), SCARD_E_INVALID_HANDLE);
    IS(SCardDisconnect(card, 99), SCARD_E_INVALID_VALUE);
    IS(SCardEndTransaction(card, SCARD_LEAVE_CARD), SCARD_E_NOT_TRANSACTED);

    /* Many contexts, none of them released by its owner. */
    for (int at = 0; at < 200; at++) SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &other);
    IS(SCardReleaseContext(other), SCARD_S_SUCCESS);

    /* Threads. */
    pthread_t threads[8];
    shared = context;
    for (long at = 0; at < 8; at++) pthread_create(&threads[at], NULL, worker, (void *)at);
    for (int at = 0; at < 8; at++) {
        void *wrong;
        pthread_join(threads[at], &wrong);
        TRUE_(wrong == NULL);
    }
    /* A wait that another thread ends; asked for again, because it may not have begun yet. */
    pthread_t waiting;
    waited = 1;
    pthread_create(&waiting, NULL, waiter, &context);
    while (__atomic_load_n(&waited, __ATOMIC_SEQ_CST) == 1) SCardCancel(context), usleep(1000);
    pthread_join(waiting, NULL);
    IS(waited, SCARD_E_CANCELLED);

    /* The child of a fork has no context, and takes none from its parent. */
    SCardBeginTransaction(card);
    pid_t child = fork();
    if (child == 0) {
        SCARDCONTEXT mine;
        int wrong = SCardIsValidContext(context) != (LONG)SCARD_E_INVALID_HANDLE;
        wrong |= exchange(card) != (LONG)SCARD_E_INVALID_HANDLE;
        wrong |= SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &mine) != SCARD_S_SUCCESS;
        wrong |= SCardReleaseContext(mine) != SCARD_S_SUCCESS;
        _exit(wrong);
    }
    int status;
    waitpid(child, &status, 0);
    TRUE_(status == 0);
    IS(exchange(card), SCARD_S_SUCCESS);
    IS(SCardEndTransaction(card, SCARD_LEAVE_CARD), SCARD_S_SUCCESS);

    /* Loaded once more, and unloaded. */
    void *again = dlopen(words[1], RTLD_NOW | RTLD_LOCAL);
    TRUE_(again != NULL && dlclose(again) == 0);
    IS(exchange(card), SCARD_S_SUCCESS);

    random_state = strtoull(words[2], NULL, 10);
    by_chance(atol(words[3]));
    IS(SCardReleaseContext(context), SCARD_S_SUCCESS);
    (void)state;
    printf("%d cases, %d failures, %ld calls\n", cases, failures, calls);
    return failures != 0;
}
