/* Loaded before libpcsclite: the reader announces APDUs of 65,536 bytes (PC/SC part 10), where the
 * virtual one announces nothing. */
#include <string.h>
#include <winscard.h>

LONG SCardControl(SCARDHANDLE card, DWORD code, LPCVOID in, DWORD in_length, LPVOID out, DWORD room,
                  LPDWORD length) {
    static const unsigned char features[] = {0x12, 4, 0, 0, 0x12, 0x12}, largest[] = {0x0A, 4, 0, 0, 1, 0};
    (void)card, (void)in, (void)in_length;
    const unsigned char *answer = code == 0x1212 ? largest : features;
    if (room < sizeof features) return SCARD_E_INSUFFICIENT_BUFFER;
    memcpy(out, answer, sizeof features);
    *length = sizeof features;
    return SCARD_S_SUCCESS;
}
