/* Misuse of the module: order, handles, null pointers, short buffers, fork, threads, loading.
 * abuse MODULE PIN OTHER-PIN: prints "N cases" and exits with 0 if every case answers as it must. */
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static CK_FUNCTION_LIST *f;
static int cases, failures;

static int is(const char *what, CK_RV got, CK_RV want) {
    cases++;
    if (got == want) return 1;
    failures++;
    printf("%s: 0x%lx, not 0x%lx\n", what, got, want);
    return 0;
}
#define IS(call, want) is(#call, (call), (want))
#define TRUE_(what) is(#what, (what) ? 0 : 1, 0)

static void *load(const char *path) {
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    CK_RV (*list)(CK_FUNCTION_LIST **) = module ? dlsym(module, "C_GetFunctionList") : NULL;
    if (!list || list(&f) != CKR_OK) { printf("no module: %s\n", dlerror()); exit(2); }
    return module;
}

static CK_SESSION_HANDLE s;
static CK_SLOT_ID slot;
static CK_OBJECT_HANDLE key, public_key, certificate;
static CK_BYTE out[256];
static CK_ULONG n;

static CK_OBJECT_HANDLE find(CK_OBJECT_CLASS class) {
    CK_ATTRIBUTE wanted = {CKA_CLASS, &class, sizeof class};
    CK_OBJECT_HANDLE found = 0;
    CK_ULONG count = 0;
    if (f->C_FindObjectsInit(s, &wanted, 1) == CKR_OK) {
        f->C_FindObjects(s, &found, 1, &count);
        f->C_FindObjectsFinal(s);
    }
    return count ? found : 0;
}

static void *signer(void *_) {
    CK_SESSION_HANDLE mine;
    CK_MECHANISM m = {CKM_SHA256_RSA_PKCS, NULL, 0};
    CK_BYTE room[256];
    CK_ULONG length = sizeof room;
    (void)_;
    if (f->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &mine)) return "open";
    for (int i = 0; i < 3; i++) {
        length = sizeof room;
        if (f->C_SignInit(mine, &m, key)) return "init";
        if (f->C_Sign(mine, (CK_BYTE *)"a", 1, room, &length) || length != 256) return "sign";
    }
    return f->C_CloseSession(mine) ? "close" : NULL;
}

static CK_RV waited;
static void *waiter(void *_) {
    CK_SLOT_ID at;
    (void)_;
    waited = f->C_WaitForSlotEvent(0, &at, NULL);
    return NULL;
}

int main(int count, char **argument) {
    if (count != 4) return 2;
    CK_BYTE *pin = (CK_BYTE *)argument[2], *other = (CK_BYTE *)argument[3];
    CK_ULONG length = strlen(argument[2]), other_length = strlen(argument[3]);
    /* It stays when it is unloaded: what was refused is remembered as long as the process lives. */
    dlclose(load(argument[1]));
    void *first = dlopen(argument[1], RTLD_NOW | RTLD_NOLOAD);
    TRUE_(first != NULL);
    if (!first) first = load(argument[1]);

    /* Before C_Initialize; every pointer is there. */
    void **pointers = (void **)((char *)f + offsetof(CK_FUNCTION_LIST, C_Initialize));
    int there = 1;
    for (int i = 0; i < 68; i++) there &= pointers[i] != NULL;
    TRUE_(there);
    CK_INFO info;
    CK_SLOT_ID slots[32];
    CK_SLOT_INFO slot_info;
    CK_TOKEN_INFO token;
    CK_SESSION_INFO session_info;
    CK_MECHANISM_INFO mechanism_info;
    const CK_RV NO = CKR_CRYPTOKI_NOT_INITIALIZED;
    IS(f->C_GetInfo(&info), NO);
    IS(f->C_GetSlotList(0, NULL, &n), NO);
    IS(f->C_GetSlotInfo(0, &slot_info), NO);
    IS(f->C_GetTokenInfo(0, &token), NO);
    IS(f->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &s), NO);
    IS(f->C_Login(1, CKU_USER, pin, length), NO);
    IS(f->C_Logout(1), NO);
    IS(f->C_Sign(1, NULL, 0, NULL, NULL), NO);
    IS(f->C_Finalize(NULL), NO);
    IS(f->C_GenerateRandom(1, out, 8), NO);

    /* C_Initialize. */
    CK_C_INITIALIZE_ARGS odd = {.pReserved = (void *)1};
    IS(f->C_Initialize(&odd), CKR_ARGUMENTS_BAD);
    CK_C_INITIALIZE_ARGS one = {.CreateMutex = (CK_CREATEMUTEX)1};
    IS(f->C_Initialize(&one), CKR_ARGUMENTS_BAD);
    CK_C_INITIALIZE_ARGS no_threads = {.flags = 3};
    IS(f->C_Initialize(&no_threads), CKR_OK);
    IS(f->C_Initialize(NULL), CKR_CRYPTOKI_ALREADY_INITIALIZED);
    IS(f->C_Finalize((void *)1), CKR_ARGUMENTS_BAD);
    IS(f->C_Finalize(NULL), CKR_OK);
    IS(f->C_Finalize(NULL), NO);
    IS(f->C_Initialize(NULL), CKR_OK);

    /* Null pointers, short lists, slots that are not there. */
    IS(f->C_GetInfo(NULL), CKR_ARGUMENTS_BAD);
    IS(f->C_GetSlotList(0, NULL, NULL), CKR_ARGUMENTS_BAD);
    IS(f->C_GetSlotList(1, NULL, &n), CKR_OK);
    TRUE_(n == 1);
    n = 0;
    IS(f->C_GetSlotList(1, slots, &n), CKR_BUFFER_TOO_SMALL);
    TRUE_(n == 1);
    n = 32;
    IS(f->C_GetSlotList(1, slots, &n), CKR_OK);
    slot = slots[0];
    IS(f->C_GetSlotInfo(slot, NULL), CKR_ARGUMENTS_BAD);
    IS(f->C_GetTokenInfo(slot, NULL), CKR_ARGUMENTS_BAD);
    IS(f->C_GetSlotInfo(9999, &slot_info), CKR_SLOT_ID_INVALID);
    IS(f->C_GetTokenInfo(9999, &token), CKR_SLOT_ID_INVALID);
    IS(f->C_OpenSession(9999, CKF_SERIAL_SESSION, NULL, NULL, &s), CKR_SLOT_ID_INVALID);
    IS(f->C_CloseAllSessions(9999), CKR_SLOT_ID_INVALID);
    n = 1;
    CK_MECHANISM_TYPE types[32];
    IS(f->C_GetMechanismList(slot, types, &n), CKR_BUFFER_TOO_SMALL);
    TRUE_(n == 9);
    IS(f->C_GetMechanismInfo(slot, 0x80001234, &mechanism_info), CKR_MECHANISM_INVALID);
    IS(f->C_GetMechanismInfo(slot, CKM_RSA_X_509, &mechanism_info), CKR_MECHANISM_INVALID);
    IS(f->C_GetMechanismInfo(slot, CKM_RSA_PKCS, NULL), CKR_ARGUMENTS_BAD);

    /* Sessions. */
    IS(f->C_OpenSession(slot, 0, NULL, NULL, &s), CKR_SESSION_PARALLEL_NOT_SUPPORTED);
    IS(f->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, NULL), CKR_ARGUMENTS_BAD);
    IS(f->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &s), CKR_OK);
    IS(f->C_GetSessionInfo(s, NULL), CKR_ARGUMENTS_BAD);
    IS(f->C_GetSessionInfo(s, &session_info), CKR_OK);
    TRUE_(session_info.state == CKS_RW_PUBLIC_SESSION);
    IS(f->C_CloseSession(s), CKR_OK);
    IS(f->C_CloseSession(s), CKR_SESSION_HANDLE_INVALID);
    IS(f->C_GetSessionInfo(s, &session_info), CKR_SESSION_HANDLE_INVALID);
    IS(f->C_Login(s, CKU_USER, pin, length), CKR_SESSION_HANDLE_INVALID);
    IS(f->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &s), CKR_OK);

    /* Objects. */
    CK_OBJECT_HANDLE found[8];
    IS(f->C_FindObjects(s, found, 8, &n), CKR_OPERATION_NOT_INITIALIZED);
    IS(f->C_FindObjectsFinal(s), CKR_OPERATION_NOT_INITIALIZED);
    CK_ATTRIBUTE no_value = {CKA_CLASS, NULL, 8};
    IS(f->C_FindObjectsInit(s, &no_value, 1), CKR_ARGUMENTS_BAD);
    IS(f->C_FindObjectsInit(s, NULL, 1), CKR_ARGUMENTS_BAD);
    IS(f->C_FindObjectsInit(s, NULL, 0), CKR_OK);
    IS(f->C_FindObjectsInit(s, NULL, 0), CKR_OPERATION_ACTIVE);
    IS(f->C_FindObjects(s, NULL, 8, &n), CKR_ARGUMENTS_BAD);
    IS(f->C_FindObjects(s, found, 8, &n), CKR_OK);
    TRUE_(n == 3);
    IS(f->C_FindObjectsFinal(s), CKR_OK);
    public_key = find(CKO_PUBLIC_KEY);
    certificate = find(CKO_CERTIFICATE);
    TRUE_(!find(CKO_PRIVATE_KEY));
    CK_BYTE few[4], id[4];
    CK_ATTRIBUTE asked[] = {{CKA_VALUE, few, sizeof few}, {CKA_ID, id, sizeof id},
                            {0x61D, few, sizeof few}};
    CK_RV told = f->C_GetAttributeValue(s, certificate, asked, 3);
    TRUE_(told == CKR_BUFFER_TOO_SMALL || told == CKR_ATTRIBUTE_TYPE_INVALID);
    TRUE_(asked[0].ulValueLen == (CK_ULONG)-1 && asked[1].ulValueLen == 1 && id[0] == 1);
    TRUE_(asked[2].ulValueLen == (CK_ULONG)-1);
    IS(f->C_GetAttributeValue(s, 0, asked, 1), CKR_OBJECT_HANDLE_INVALID);
    IS(f->C_GetAttributeValue(s, certificate, NULL, 1), CKR_ARGUMENTS_BAD);

    /* Logins that cost nothing. */
    CK_MECHANISM hashed = {CKM_SHA256_RSA_PKCS, NULL, 0}, plain = {CKM_RSA_PKCS, NULL, 0};
    IS(f->C_SignInit(s, &hashed, 1), CKR_USER_NOT_LOGGED_IN);
    IS(f->C_Logout(s), CKR_USER_NOT_LOGGED_IN);
    IS(f->C_Login(s, CKU_SO, pin, length), CKR_USER_TYPE_INVALID);
    IS(f->C_Login(s, 7, pin, length), CKR_USER_TYPE_INVALID);
    IS(f->C_Login(s, CKU_CONTEXT_SPECIFIC, pin, length), CKR_OPERATION_NOT_INITIALIZED);
    IS(f->C_Login(s, CKU_USER, NULL, 4), CKR_ARGUMENTS_BAD);
    IS(f->C_Login(s, CKU_USER, pin, 0), CKR_PIN_LEN_RANGE);
    IS(f->C_Login(s, CKU_USER, pin, 3), CKR_PIN_LEN_RANGE);
    IS(f->C_Login(s, CKU_USER, (CK_BYTE *)"12345", 5), CKR_PIN_LEN_RANGE);
    IS(f->C_Login(s, CKU_USER, (CK_BYTE *)"12a4", 4), CKR_PIN_INVALID);
    IS(f->C_Login(s, CKU_USER, (CK_BYTE *)"1234 ", 5), CKR_PIN_LEN_RANGE);
    IS(f->C_Login(s, CKU_USER, other, other_length), CKR_PIN_LEN_RANGE);

    /* The one wrong login of this program, and the same value four ways more. */
    IS(f->C_Login(s, CKU_USER, (CK_BYTE *)"9999", 4), CKR_PIN_INCORRECT);
    IS(f->C_Login(s, CKU_USER, (CK_BYTE *)"9999", 4), CKR_PIN_INCORRECT);
    IS(f->C_GetTokenInfo(slot, &token), CKR_OK);
    TRUE_(token.flags & CKF_USER_PIN_COUNT_LOW);
    IS(f->C_Login(s, CKU_USER, pin, length), CKR_OK);
    IS(f->C_Login(s, CKU_USER, pin, length), CKR_USER_ALREADY_LOGGED_IN);
    IS(f->C_Logout(s), CKR_OK);
    IS(f->C_Login(s, CKU_USER, (CK_BYTE *)"9999", 4), CKR_PIN_INCORRECT);
    IS(f->C_Finalize(NULL), CKR_OK);
    IS(f->C_Initialize(NULL), CKR_OK);
    IS(f->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &s), CKR_OK);
    IS(f->C_Login(s, CKU_USER, (CK_BYTE *)"9999", 4), CKR_PIN_INCORRECT);

    /* Signatures. */
    IS(f->C_Login(s, CKU_USER, pin, length), CKR_OK);
    key = find(CKO_PRIVATE_KEY);
    CK_ATTRIBUTE secret = {CKA_PRIVATE_EXPONENT, out, sizeof out};
    IS(f->C_GetAttributeValue(s, key, &secret, 1), CKR_ATTRIBUTE_SENSITIVE);
    IS(f->C_SignInit(s, NULL, key), CKR_ARGUMENTS_BAD);
    IS(f->C_SignInit(s, &hashed, public_key), CKR_KEY_HANDLE_INVALID);
    IS(f->C_SignInit(s, &hashed, certificate), CKR_KEY_HANDLE_INVALID);
    CK_MECHANISM raw = {CKM_RSA_X_509, NULL, 0}, pss = {CKM_RSA_PKCS_PSS, NULL, 0};
    IS(f->C_SignInit(s, &raw, key), CKR_MECHANISM_INVALID);
    IS(f->C_SignInit(s, &pss, key), CKR_MECHANISM_PARAM_INVALID);
    CK_RSA_PKCS_PSS_PARAMS salt = {CKM_SHA256, CKG_MGF1_SHA256, 20};
    CK_MECHANISM other_salt = {CKM_RSA_PKCS_PSS, &salt, sizeof salt};
    IS(f->C_SignInit(s, &other_salt, key), CKR_MECHANISM_PARAM_INVALID);
    n = sizeof out;
    IS(f->C_Sign(s, (CK_BYTE *)"a", 1, out, &n), CKR_OPERATION_NOT_INITIALIZED);
    IS(f->C_SignInit(s, &hashed, key), CKR_OK);
    IS(f->C_SignInit(s, &hashed, key), CKR_OPERATION_ACTIVE);
    n = 12345;
    IS(f->C_Sign(s, (CK_BYTE *)"a", 1, NULL, &n), CKR_OK);
    TRUE_(n == 256);
    n = 255;
    IS(f->C_Sign(s, (CK_BYTE *)"a", 1, out, &n), CKR_BUFFER_TOO_SMALL);
    TRUE_(n == 256);
    IS(f->C_Sign(s, (CK_BYTE *)"a", 1, out, &n), CKR_OK);
    IS(f->C_SignFinal(s, out, &n), CKR_OPERATION_NOT_INITIALIZED);
    IS(f->C_SignInit(s, &plain, key), CKR_OK);
    IS(f->C_Sign(s, (CK_BYTE *)"no digest info", 14, out, &n), CKR_DATA_INVALID);
    IS(f->C_SignInit(s, &hashed, key), CKR_OK);
    IS(f->C_SignUpdate(s, (CK_BYTE *)"a", 1), CKR_OK);
    IS(f->C_Sign(s, (CK_BYTE *)"a", 1, out, &n), CKR_OPERATION_ACTIVE);

    /* What is not there. */
    IS(f->C_VerifyInit(s, &hashed, public_key), CKR_FUNCTION_NOT_SUPPORTED);
    IS(f->C_EncryptInit(s, &plain, public_key), CKR_FUNCTION_NOT_SUPPORTED);
    IS(f->C_SetPIN(s, pin, 4, pin, 4), CKR_FUNCTION_NOT_SUPPORTED);
    IS(f->C_InitPIN(s, pin, 4), CKR_FUNCTION_NOT_SUPPORTED);
    IS(f->C_GenerateRandom(s, out, 8), CKR_RANDOM_NO_RNG);
    IS(f->C_GetFunctionStatus(s), CKR_FUNCTION_NOT_PARALLEL);

    /* A child of fork has no module until it initialises its own; the parent signs on. */
    pid_t child = fork();
    if (child == 0) {
        CK_ULONG m;
        int right = f->C_GetSlotList(0, NULL, &m) == NO && f->C_Finalize(NULL) == NO &&
            f->C_Initialize(NULL) == CKR_OK && f->C_GetSlotList(1, NULL, &m) == CKR_OK && m == 1 &&
            f->C_Finalize(NULL) == CKR_OK;
        _exit(right ? 0 : 1);
    }
    int status = 1;
    waitpid(child, &status, 0);
    TRUE_(status == 0);
    IS(f->C_SignInit(s, &hashed, key), CKR_OK);
    n = sizeof out;
    IS(f->C_Sign(s, (CK_BYTE *)"a", 1, out, &n), CKR_OK);

    /* Threads. */
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, signer, NULL);
    for (int i = 0; i < 4; i++) {
        void *why = NULL;
        pthread_join(threads[i], &why);
        TRUE_(why == NULL);
    }

    /* C_Finalize while another thread waits. */
    IS(f->C_WaitForSlotEvent(CKF_DONT_BLOCK, slots, NULL), CKR_NO_EVENT);
    IS(f->C_WaitForSlotEvent(0, NULL, NULL), CKR_ARGUMENTS_BAD);
    pthread_create(&threads[0], NULL, waiter, NULL);
    IS(f->C_CloseAllSessions(slot), CKR_OK);
    IS(f->C_GetSessionInfo(s, &session_info), CKR_SESSION_HANDLE_INVALID);
    IS(f->C_Finalize(NULL), CKR_OK);
    pthread_join(threads[0], NULL);
    is("waited", waited, NO);

    /* Loading and unloading, with no other handle left. */
    dlclose(first);
    for (int i = 0; i < 100; i++) {
        void *module = load(argument[1]);
        if (f->C_Initialize(NULL) != CKR_OK || f->C_Finalize(NULL) != CKR_OK) {
            TRUE_(!"initialised after loading again");
            break;
        }
        dlclose(module);
    }
    /* What was refused before all that is still not sent again. */
    load(argument[1]);
    IS(f->C_Initialize(NULL), CKR_OK);
    IS(f->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &s), CKR_OK);
    IS(f->C_Login(s, CKU_USER, (CK_BYTE *)"9999", 4), CKR_PIN_INCORRECT);
    IS(f->C_Finalize(NULL), CKR_OK);
    printf("%d cases, %d failures\n", cases, failures);
    return failures != 0;
}
