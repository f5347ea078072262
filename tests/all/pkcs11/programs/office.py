# Certificates that LibreOffice offers to sign with. Its question for a PIN is answered once, and
# written down. office.py PIPE PIN
import os
import sys
import time

import uno
import unohelper
from com.sun.star.lang import XInitialization, XServiceInfo, XSingleComponentFactory
from com.sun.star.task import XInteractionHandler2

HANDLER = "com.sun.star.task.InteractionHandler"
NAMES = ["com.sun.star.task.XInteractionPassword", "com.sun.star.task.XInteractionAbort"]
PASSWORD, ABORT = map(uno.getTypeByName, NAMES)


class Named(XServiceInfo):
    def getImplementationName(self):
        return "answers"

    def supportsService(self, name):
        return name == HANDLER

    def getSupportedServiceNames(self):
        return (HANDLER,)


class Handler(unohelper.Base, XInteractionHandler2, XInitialization, Named):
    answers = 1

    def initialize(self, _):
        pass

    def handle(self, request):
        self.handleInteractionRequest(request)

    def handleInteractionRequest(self, request):
        print("Enter Password or Pin", flush=True)
        for way in request.getContinuations():
            if way.queryInterface(PASSWORD) is not None and Handler.answers:
                Handler.answers -= 1
                way.setPassword(sys.argv[2])
                way.select()
                return True
        for way in request.getContinuations():
            if way.queryInterface(ABORT) is not None:
                way.select()
        return True


class Factory(unohelper.Base, XSingleComponentFactory, Named):
    def createInstanceWithContext(self, _):
        return Handler()

    def createInstanceWithArgumentsAndContext(self, *_):
        return Handler()


here = uno.getComponentContext()
resolver = here.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", here)
office = None
while office is None:
    try:
        address = "uno:pipe,name=%s;urp;StarOffice.ComponentContext" % sys.argv[1]
        office = resolver.resolve(address)
    except Exception:
        time.sleep(0.2)
manager = office.ServiceManager
# In place of the dialog, which cannot be shown without a screen.
manager.remove("com.sun.star.comp.uui.UUIInteractionHandler")
manager.insert(Factory())
maker = manager.createInstanceWithContext("com.sun.star.xml.crypto.NSSInitializer", office)
found = 1
try:
    for one in maker.createSecurityContext("").getSecurityEnvironment().getPersonalCertificates():
        print("certificate:", one.SubjectName)
        found = 0
except Exception as error:
    print(type(error).__name__)
sys.stdout.flush()
# Without leave: the office goes by a signal, and waiting for it here would hang.
os._exit(found)
