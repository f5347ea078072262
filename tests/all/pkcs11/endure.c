/* A program that goes on using the module.
 * endure MODULE busy: looks and signs while another program has a transaction; files tell the turn.
 * endure MODULE canary: logs in, signs, logs out; then its own memory holds the value nowhere.
 * endure MODULE many N: N signatures; memory and descriptors do not grow.
 * The value is in the file `secret`. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static CK_FUNCTION_LIST *f;
static CK_SESSION_HANDLE s;
static CK_SLOT_ID slot;
static CK_OBJECT_HANDLE key;

#define OK(call) do { CK_RV told = (call); \
    if (told) { printf("%s: 0x%lx\n", #call, told); exit(1); } } while (0)

static void tell(const char *name) { FILE *file = fopen(name, "w"); if (file) fclose(file); }
static void await_(const char *name) { while (access(name, F_OK)) usleep(1000); }

static void find_key(void) {
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE wanted = {CKA_CLASS, &class, sizeof class};
    CK_ULONG count = 0;
    OK(f->C_FindObjectsInit(s, &wanted, 1));
    OK(f->C_FindObjects(s, &key, 1, &count));
    OK(f->C_FindObjectsFinal(s));
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
    OK(f->C_GetSlotList(1, NULL, &count));
    OK(f->C_GetSlotInfo(slot, &a));
    OK(f->C_GetTokenInfo(slot, &b));
    OK(f->C_GetMechanismList(slot, NULL, &count));
    OK(f->C_GetSessionInfo(s, &c));
    OK(f->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &other));
    OK(f->C_CloseSession(other));
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

/* How often the value is in this process's writable memory. It is kept here with every bit turned. */
static int scan(const unsigned char *turned, size_t length) {
    int found = 0;
    char line[512];
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps)) {
        unsigned char *from, *to;
        char rights[8];
        if (sscanf(line, "%p-%p %7s", (void **)&from, (void **)&to, rights) != 3) continue;
        if (rights[0] != 'r' || rights[1] != 'w' || strstr(line, "[vvar]")) continue;
        for (unsigned char *at = from; at + length <= to; at++) {
            size_t same = 0;
            while (same < length && at[same] == (unsigned char)~turned[same]) same++;
            found += same == length;
        }
    }
    if (maps) fclose(maps);
    return found;
}

int main(int count, char **argument) {
    if (count < 3) return 2;
    CK_RV (*list)(CK_FUNCTION_LIST **);
    void *module = dlopen(argument[1], RTLD_NOW | RTLD_LOCAL);
    *(void **)&list = module ? dlsym(module, "C_GetFunctionList") : NULL;
    if (!list) { printf("%s\n", dlerror()); return 2; }
    OK(list(&f));
    OK(f->C_Initialize(NULL));
    CK_ULONG slots = 1;
    OK(f->C_GetSlotList(1, NULL, &slots));
    slots = 1;
    OK(f->C_GetSlotList(1, &slot, &slots));
    OK(f->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &s));

    unsigned char secret[32], turned[32];
    int file = fileno(fopen("secret", "r"));
    ssize_t length = read(file, secret, sizeof secret);
    if (length < 4) return 2;
    for (ssize_t i = 0; i < length; i++) turned[i] = ~secret[i];
    OK(f->C_Login(s, CKU_USER, secret, length));
    find_key();

    if (!strcmp(argument[2], "busy")) {
        tell("ready");
        await_("held");
        look();
        tell("looked");
        sign();
        tell("signed");
    } else if (!strcmp(argument[2], "canary")) {
        sign();
        int before = scan(turned, length);
        explicit_bzero(secret, sizeof secret);
        int kept = scan(turned, length);
        OK(f->C_Logout(s));
        int behind = scan(turned, length);
        printf("%d with ours, %d while logged in, %d behind C_Logout\n", before, kept, behind);
        return behind != 0 || kept == 0 || before <= kept;
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
