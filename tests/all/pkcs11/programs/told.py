# MODULE PROFILE HOME: a program that uses the module as it is told, line by line. Each line is answered by
# one line: what was asked for, "ok", or what was wrong.
#   look       opens a session with the first token
#   objects    the classes of what is in it, as numbers
#   mechanisms whether RSA_PKCS_PSS is among them
#   login PIN, sign, pss, logout, close, finalize
import os
import sys
import PyKCS11

os.environ["MYNACARD_PKCS11_PROFILE"] = sys.argv[2]
os.environ["HOME"] = sys.argv[3]
for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
    os.environ.pop(name, None)


PKCS1 = PyKCS11.Mechanism(PyKCS11.CKM_SHA256_RSA_PKCS)
PSS = PyKCS11.RSA_PSS_Mechanism(
    PyKCS11.CKM_SHA256_RSA_PKCS_PSS, PyKCS11.CKM_SHA256, PyKCS11.CKG_MGF1_SHA256, 32
)
session = None
library = PyKCS11.PyKCS11Lib()
library.load(sys.argv[1])
print("ok", flush=True)
for line in sys.stdin:
    words = line.split()
    answer = "ok"
    try:
        match words[0]:
            case "look":
                slots = library.getSlotList(tokenPresent=True)
                session = library.openSession(slots[0]) if slots else None
                answer = "ok" if slots else "no token"
            case "objects":
                found = session.findObjects()
                kinds = [session.getAttributeValue(one, [PyKCS11.CKA_CLASS])[0] for one in found]
                answer = " ".join(map(str, sorted(kinds)))
            case "login":
                session.login(words[1])
            case "sign" | "pss":
                wanted = [(PyKCS11.CKA_CLASS, PyKCS11.CKO_PRIVATE_KEY)]
                keys = session.findObjects(wanted)
                scheme = PSS if words[0] == "pss" else PKCS1
                answer = "no key"
                if keys and len(session.sign(keys[0], b"a", scheme)) == 256:
                    answer = "ok"
            case "mechanisms":
                names = library.getMechanismList(slots[0])
                answer = "yes" if "CKM_RSA_PKCS_PSS" in names else "no"
            case "logout":
                session.logout()
            case "close":
                session.closeSession()
            case "finalize":
                library.lib.C_Finalize()
                library.lib.C_Initialize()
    except PyKCS11.PyKCS11Error as error:
        answer = str(error).split(" ")[0]
    print(answer, flush=True)
