# Shell that the lines of clients/lines.rs share: a TLS server that demands a certificate of the test
# CA, and an SSH server that knows the card's key.
P=$(cat pin) W=$(cat password)
server() { # version
    rm -f log hold; mkfifo hold; exec 9<> hold
    for PORT in $(shuf -i 20000-50000 -n 20); do
        openssl s_server -accept 127.0.0.1:$PORT -cert srv.pem -key srv.key -Verify 2 \
            -verify_return_error -CAfile ca.pem $1 -naccept 1 > log 2>&1 <&9 & S=$!
        for i in $(seq 600); do
            grep -q ACCEPT log && return; kill -0 $S 2>/dev/null || break; sleep 0.05
        done
    done
}
# The server has taken the client's certificate. A client that did not even connect is replaced by
# a connection that ends at once, so that the server ends.
seen() {
    (exec 3<> /dev/tcp/127.0.0.1/$PORT) 2>/dev/null
    wait $S 2>/dev/null
    grep -q 'Client certificate' log && ! grep -q 'verify error' log || { cat log; false; }
}
sshd_up() {
    [ $(id -u) != 0 ] || mkdir -p /run/sshd
    cat > sshd.conf <<C
HostKey $PWD/host
AuthorizedKeysFile $PWD/authorized
StrictModes no
UsePAM no
PidFile none
C
    printf '#!/bin/sh\necho "$1" >> %s/prompts\ncat %s/pin\n' $PWD $PWD > ask; chmod +x ask
    export SSH_ASKPASS=$PWD/ask SSH_ASKPASS_REQUIRE=force DISPLAY=:none
    O="-F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ProxyCommand=$PWD/proxy"
    printf '#!/bin/sh\nexec /usr/sbin/sshd -i -f %s/sshd.conf\n' $PWD > proxy; chmod +x proxy
}
agent() { eval $(ssh-agent -P "$M") >/dev/null; trap 'kill $SSH_AGENT_PID' EXIT; ssh-add -s $M; }
tst() { # version, PIN or file, -w or -W
    tstclnt -h 127.0.0.1 -a localhost -p $PORT -d $DB -n "$NICK" -V $1:$1 ${3:--w} $2 -o -Q <&9
}
printf 'name = card\nlibrary = %s\nslotListIndex = 0\n' $M > java.cfg
TOOL="pkcs11-tool --module $M"
provider_conf() {
    cat > provider.cnf <<C
openssl_conf = a
[a]
providers = b
[b]
default = own
pkcs11 = pkcs11
[own]
activate = 1
[pkcs11]
module = $PROVIDER
pkcs11-module-path = $M
activate = 1
C
}
# What `mynacard pkcs11 install` writes for LibreOffice.
office() { # PIN
    rm -rf office office.log .config/libreoffice
    mkdir -p office .config/libreoffice/4/user
    printf 'library=%s\nname=mynacard\n\n' $M > office/pkcs11.txt
    cat > .config/libreoffice/4/user/registrymodifications.xcu <<C
<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="CertDir" oor:op="fuse"><value>$PWD/office</value></prop></item>
</oor:items>
C
    setsid -w /usr/lib/libreoffice/program/soffice --headless --norestore --nologo \
        "--accept=pipe,name=p$$;urp" > office.log 2>&1 & OFFICE=$!
    timeout 100 /usr/bin/python3 office.py p$$ $1; CODE=$?
    kill -- -$OFFICE 2>/dev/null; wait $OFFICE
    return $CODE
}
