# What a library for Python asks of a module. sign.py MODULE PIN
import sys, PyKCS11 as p
lib = p.PyKCS11Lib(); lib.load(sys.argv[1])
s = lib.openSession(lib.getSlotList(tokenPresent=True)[0])
s.login(sys.argv[2])
for o in s.findObjects(): o.to_dict()
key = s.findObjects([(p.CKA_CLASS, p.CKO_PRIVATE_KEY)])[0]
assert len(s.sign(key, b'a document', p.Mechanism(p.CKM_SHA256_RSA_PKCS))) == 256
s.logout(); s.closeSession()
