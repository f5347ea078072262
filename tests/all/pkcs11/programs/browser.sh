# A browser on a screen of its own opens a page of a TLS 1.3 server that demands a certificate of the
# test CA. Its prompt is a window: the first one is answered, and every one is written down.
# browser firefox|chromium PIN
browser() {
    echo '<title>the page is shown</title><link rel="icon" href="data:,">' > page.html
    # Browsers take no CA for a server.
    openssl req -x509 -newkey rsa:2048 -nodes -keyout web.key -out web.pem -days 2 -CA srv.pem \
        -CAkey srv.key -subj /CN=localhost -addext basicConstraints=critical,CA:FALSE \
        -addext subjectAltName=DNS:localhost 2>/dev/null
    rm -rf hold screen log profile .pki .config/chromium
    mkfifo hold screen; exec 9<> hold
    for PORT in $(shuf -i 20000-50000 -n 20); do
        openssl s_server -accept 127.0.0.1:$PORT -cert web.pem -key web.key -Verify 2 \
            -verify_return_error -CAfile ca.pem -tls1_3 -WWW > log 2>&1 <&9 & S=$!
        for i in $(seq 600); do
            grep -q ACCEPT log && break 2; kill -0 $S 2>/dev/null || break; sleep 0.05
        done
    done
    Xvfb -displayfd 4 -screen 0 1280x1024x24 -nolisten tcp 4> screen > /dev/null 2>&1 & X=$!
    read -r N < screen; export DISPLAY=:$N
    case $1 in firefox) DB=profile ;; chromium) DB=.pki/nssdb ;; esac
    mkdir -p $DB && certutil -N -d sql:$DB --empty-password &&
        certutil -A -d sql:$DB -n srv -t C,C,C -i srv.pem || return 2
    printf 'library=%s\nname=mynacard\n\n' $M >> $DB/pkcs11.txt
    PAGE=https://localhost:$PORT/page.html
    case $1 in
    firefox)
        cat > profile/user.js <<C
user_pref("security.default_personal_cert", "Select Automatically");
user_pref("network.http.speculative-parallel-limit", 0);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("app.update.enabled", false);
C
        setsid -w firefox-esr --no-remote --profile $PWD/profile $PAGE > browser.log 2>&1 & B=$!
        ;;
    chromium)
        # As root it has no sandbox.
        [ $(id -u) != 0 ] || ROOT=--no-sandbox
        setsid -w chromium $ROOT --no-first-run --disable-gpu --user-data-dir=$PWD/profile $PAGE \
            > browser.log 2>&1 & B=$!
        ;;
    esac
    : > prompts; RESULT=1
    for i in $(seq 300); do
        sleep 0.2
        for W in $(xdotool search --onlyvisible --name 'Password Required|Unlock' 2>/dev/null); do
            grep -q "^$W\$" prompts && continue
            echo $W >> prompts
            [ $(wc -l < prompts) = 1 ] || break 2
            xdotool windowfocus --sync $W type --delay 30 $2 && xdotool key Return
        done
        xdotool search --name 'the page is shown' > /dev/null 2>&1 && RESULT=0 && break
        xdotool search --name 'Problem loading|Privacy error|localhost - Chromium' \
            > /dev/null 2>&1 && break
        # Chromium shows the certificate before it asks for the PIN.
        [ $1 != chromium ] || [ -s prompts ] || [ $((i % 15)) != 0 ] ||
            xdotool search --onlyvisible --name Chromium windowfocus key Return 2> /dev/null
    done
    kill -- -$B 2>/dev/null; wait $B
    kill $S $X; wait $S $X
    cat log
    NAME=$(openssl x509 -in auth.pem -noout -subject -nameopt oneline | sed 's/subject=//')
    [ $RESULT = 0 ] && grep -q "depth=0 $NAME" log && ! grep -q 'verify error' log
}
