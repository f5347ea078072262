/* A program that goes on using the module.
 * endure MODULE busy N: looks N times and signs while another program has a transaction; files tell
 *   the turn. Prints how long the slowest call that only looks took, and the signature.
 * endure MODULE core: logs in, signs, wipes its copy, logs out; somebody else reads its memory.
 * endure MODULE crowd: eight threads use whatever token is there, until the file `stop` is; `owners`
 *   has a line SERIAL VALUE for each token. What they signed is in files.
 * endure MODULE one: one login, one signature, and no second try.
 * endure MODULE many N: N signatures; memory and descriptors do not grow.
 * The value is in the file `secret`. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static CK_FUNCTION_LIST *f;
static CK_SESSION_HANDLE s;
static CK_SLOT_ID slot;
static CK_OBJECT_HANDLE key;

#define OK(call) do { CK_RV told = (call); \
    if (told) { printf("%s: 0x%lx\n", #call, told); exit(1); } } while (0)

static void tell(const char *name) { FILE *file = fopen(name, "w"); if (file) fclose(file); }
static void await_(const char *name) { while (access(name, F_OK)) usleep(1000); }

static double now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec * 1e3 + at.tv_nsec / 1e6;
}

static double slowest;
static int looked;
#define LOOK(call) do { double begun = now(); OK(call); looked++; \
    if (now() - begun > slowest) slowest = now() - begun; } while (0)

static void find_key(void) {
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE wanted = {CKA_CLASS, &class, sizeof class};
    CK_ULONG count = 0;
    LOOK(f->C_FindObjectsInit(s, &wanted, 1));
    LOOK(f->C_FindObjects(s, &key, 1, &count));
    LOOK(f->C_FindObjectsFinal(s));
    if (count != 1) { printf("no key\n"); exit(1); }
}

static void sign(void) {
    CK_MECHANISM m = {CKM_SHA256_RSA_PKCS, NULL, 0};
    CK_BYTE out[256];
    CK_ULONG length = sizeof out;
    OK(f->C_SignInit(s, &m, key));
    OK(f->C_Sign(s, (CK_BYTE *)"a", 1, out, &length));
}

static void look(void) {
    CK_ULONG count;
    CK_SLOT_INFO a;
    CK_TOKEN_INFO b;
    CK_SESSION_INFO c;
    CK_SESSION_HANDLE other;
    LOOK(f->C_GetSlotList(1, NULL, &count));
    LOOK(f->C_GetSlotInfo(slot, &a));
    LOOK(f->C_GetTokenInfo(slot, &b));
    LOOK(f->C_GetMechanismList(slot, NULL, &count));
    LOOK(f->C_GetSessionInfo(s, &c));
    LOOK(f->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &other));
    LOOK(f->C_CloseSession(other));
    find_key();
}

/* KiB of its own; pages of files come and go by themselves. */
static long resident(void) {
    long here = 0;
    char line[256];
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file)) sscanf(line, "RssAnon: %ld kB", &here);
    if (file) fclose(file);
    return here;
}

static int descriptors(void) {
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (folder && readdir(folder)) count++;
    if (folder) closedir(folder);
    return count;
}

static struct { char serial[17], value[32]; } owners[8];
static int wrong;

/* What may come where a card is taken away at any moment; nothing else. */
static CK_RV may(const char *call, CK_RV told) {
    switch (told) {
    case CKR_OK: case CKR_USER_ALREADY_LOGGED_IN: case CKR_USER_NOT_LOGGED_IN:
    case CKR_TOKEN_NOT_PRESENT: case CKR_TOKEN_NOT_RECOGNIZED: case CKR_SESSION_HANDLE_INVALID:
    case CKR_DEVICE_REMOVED: case CKR_DEVICE_ERROR: case CKR_FUNCTION_CANCELED:
    case CKR_KEY_HANDLE_INVALID: case CKR_OBJECT_HANDLE_INVALID: case CKR_OPERATION_NOT_INITIALIZED:
        return told;
    }
    printf("%s: 0x%lx\n", call, told);
    wrong = 1;
    return told;
}
#define MAY(call) may(#call, (call))

static CK_OBJECT_HANDLE object(CK_SESSION_HANDLE mine, CK_OBJECT_CLASS class) {
    CK_ATTRIBUTE wanted = {CKA_CLASS, &class, sizeof class};
    CK_OBJECT_HANDLE found = 0;
    CK_ULONG count = 0;
    if (MAY(f->C_FindObjectsInit(mine, &wanted, 1))) return 0;
    if (MAY(f->C_FindObjects(mine, &found, 1, &count))) return 0;
    MAY(f->C_FindObjectsFinal(mine));
    return count ? found : 0;
}

static void use(CK_SESSION_HANDLE mine, CK_SLOT_ID at, FILE *file) {
    CK_TOKEN_INFO token;
    CK_MECHANISM m = {CKM_SHA256_RSA_PKCS, NULL, 0};
    CK_BYTE certificate[4096], out[256];
    CK_ULONG length = sizeof out;
    CK_ATTRIBUTE value = {CKA_VALUE, certificate, sizeof certificate};
    /* The session is older: if the card was changed in between, it is not valid any more. */
    if (MAY(f->C_GetTokenInfo(at, &token))) return;
    for (int i = 0; i < 8; i++) {
        if (memcmp(owners[i].serial, token.serialNumber, 16)) continue;
        CK_BYTE *pin = (CK_BYTE *)owners[i].value;
        CK_RV told = MAY(f->C_Login(mine, CKU_USER, pin, strlen(owners[i].value)));
        if (told && told != CKR_USER_ALREADY_LOGGED_IN) return;
        CK_OBJECT_HANDLE public = object(mine, CKO_CERTIFICATE), private = object(mine, CKO_PRIVATE_KEY);
        if (!public || !private) return;
        if (MAY(f->C_GetAttributeValue(mine, public, &value, 1))) return;
        if (MAY(f->C_SignInit(mine, &m, private))) return;
        if (MAY(f->C_Sign(mine, (CK_BYTE *)"a", 1, out, &length))) return;
        unsigned size = value.ulValueLen;
        fwrite(&size, sizeof size, 1, file);
        fwrite(certificate, size, 1, file);
        fwrite(out, sizeof out, 1, file);
        return;
    }
    printf("whose token is this?\n");
    wrong = 1;
}

static void *crowd(void *number) {
    unsigned seed = (unsigned)(size_t)number;
    char name[32];
    snprintf(name, sizeof name, "signed-%u", seed);
    FILE *file = fopen(name, "w");
    while (access("stop", F_OK)) {
        CK_SLOT_ID at = rand_r(&seed) % 4;
        CK_SESSION_HANDLE mine;
        if (MAY(f->C_OpenSession(at, CKF_SERIAL_SESSION, NULL, NULL, &mine))) { usleep(1000); continue; }
        use(mine, at, file);
        if (rand_r(&seed) % 4 == 0) MAY(f->C_Logout(mine));
        MAY(f->C_CloseSession(mine));
    }
    fclose(file);
    return NULL;
}

static int crowds(void) {
    FILE *file = fopen("owners", "r");
    for (int i = 0; i < 8 && file; i++)
        if (fscanf(file, "%16s %31s", owners[i].serial, owners[i].value) != 2) break;
    pthread_t threads[8];
    tell("ready");
    for (size_t i = 0; i < 8; i++) pthread_create(&threads[i], NULL, crowd, (void *)i);
    for (size_t i = 0; i < 8; i++) pthread_join(threads[i], NULL);
    OK(f->C_Finalize(NULL));
    return wrong;
}

int main(int count, char **argument) {
    if (count < 3) return 2;
    CK_RV (*list)(CK_FUNCTION_LIST **);
    void *module = dlopen(argument[1], RTLD_NOW | RTLD_LOCAL);
    *(void **)&list = module ? dlsym(module, "C_GetFunctionList") : NULL;
    if (!list) { printf("%s\n", dlerror()); return 2; }
    OK(list(&f));
    OK(f->C_Initialize(NULL));
    if (!strcmp(argument[2], "crowd")) return crowds();
    CK_ULONG slots = 1;
    OK(f->C_GetSlotList(1, NULL, &slots));
    slots = 1;
    OK(f->C_GetSlotList(1, &slot, &slots));
    OK(f->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &s));

    unsigned char secret[32];
    int file = fileno(fopen("secret", "r"));
    ssize_t length = read(file, secret, sizeof secret);
    if (length < 4) return 2;
    OK(f->C_Login(s, CKU_USER, secret, length));
    find_key();

    if (!strcmp(argument[2], "busy") && count > 3) {
        tell("ready");
        await_("held");
        slowest = looked = 0;
        for (int i = atoi(argument[3]); i > 0; i--) look();
        tell("looked");
        double begun = now();
        sign();
        tell("signed");
        printf("%d calls that only look: the slowest took %.2f ms; the signature %.0f ms\n", looked,
               slowest, now() - begun);
    } else if (!strcmp(argument[2], "one")) {
        sign();
    } else if (!strcmp(argument[2], "core")) {
        sign();
        explicit_bzero(secret, sizeof secret);
        FILE *pid = fopen("pid", "w");
        fprintf(pid, "%d", getpid());
        fclose(pid);
        tell("logged-in");
        await_("go-on");
        OK(f->C_Logout(s));
        tell("logged-out");
        await_("end");
        return 0;
    } else if (!strcmp(argument[2], "many") && count > 3) {
        for (int i = 0; i < 20; i++) sign();
        long memory = resident();
        int open = descriptors();
        for (int i = atoi(argument[3]); i > 0; i--) sign();
        printf("%ld KiB more, %d descriptors more\n", resident() - memory, descriptors() - open);
        if (memory == 0 || resident() - memory >= 256 || descriptors() != open) return 1;
    }
    OK(f->C_Logout(s));
    OK(f->C_Finalize(NULL));
    return 0;
}
