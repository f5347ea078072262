# MODULE: a program that uses the module as it is told, line by line: look, login PIN, sign. Each line
# is answered by one line: ok, or what was wrong.
import sys
import PyKCS11

session = None
library = PyKCS11.PyKCS11Lib()
library.load(sys.argv[1])
print("ok", flush=True)
for line in sys.stdin:
    words = line.split()
    try:
        if words[0] == "look":
            slots = library.getSlotList(tokenPresent=True)
            session = library.openSession(slots[0]) if slots else None
            answer = "ok" if slots else "no token"
        elif words[0] == "login":
            session.login(words[1])
            answer = "ok"
        elif words[0] == "sign":
            keys = session.findObjects([(PyKCS11.CKA_CLASS, PyKCS11.CKO_PRIVATE_KEY)])
            signed = session.sign(keys[0], b"a", PyKCS11.Mechanism(PyKCS11.CKM_SHA256_RSA_PKCS))
            answer = "ok" if len(signed) == 256 else "no signature"
    except PyKCS11.PyKCS11Error as error:
        answer = str(error).split(" ")[0]
    print(answer, flush=True)
