# Sourced by the findings: a root `ca.pem`, another one of the same name `other.pem`, and a leaf.
cat >leaf.cnf <<'END'
keyUsage=critical,digitalSignature,nonRepudiation
END
for name in ca other; do
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj '/C=JP/O=Example CA' \
        -keyout $name.key -out $name.pem -addext 'keyUsage=critical,keyCertSign,cRLSign' 2>/dev/null
done
openssl req -newkey rsa:2048 -nodes -subj '/C=JP/CN=Signer' -keyout leaf.key -out leaf.csr 2>/dev/null
openssl x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 \
    -extfile leaf.cnf -out leaf.pem 2>/dev/null
