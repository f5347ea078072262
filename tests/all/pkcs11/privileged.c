/* A program that may run with more rights than its caller: privileged MODULE.
 * Prints "more rights" or "no more rights", and the label of every token that the module shows. */
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>

/* libpcsclite asks this where its service is, and in a set-uid program the C library answers
 * nothing: the service of the test could not be reached. */
char *secure_getenv(const char *name) { return getenv(name); }

int main(int count, char **argument) {
    CK_FUNCTION_LIST *f;
    CK_RV (*list)(CK_FUNCTION_LIST **);
    CK_SLOT_ID slots[32];
    CK_ULONG n = 32;
    CK_TOKEN_INFO token;
    void *module = count == 2 ? dlopen(argument[1], RTLD_NOW) : NULL;
    *(void **)&list = module ? dlsym(module, "C_GetFunctionList") : NULL;
    if (!list || list(&f) || f->C_Initialize(NULL)) return 2;
    printf("%s\n", getauxval(AT_SECURE) ? "more rights" : "no more rights");
    if (f->C_GetSlotList(1, slots, &n)) return 3;
    for (CK_ULONG i = 0; i < n; i++) {
        if (f->C_GetTokenInfo(slots[i], &token)) return 4;
        printf("token %.32s\n", token.label);
    }
    return f->C_Finalize(NULL) ? 5 : 0;
}
