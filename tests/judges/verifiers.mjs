// What JavaScript's verifiers say of the files in the folder given; as verifiers.py does it.
// Run in the folder of node_modules: node verifiers.mjs FOLDER
import { readFileSync, writeFileSync } from "node:fs";
import { webcrypto } from "node:crypto";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

globalThis.crypto ??= webcrypto;
const resolve = createRequire(pathToFileURL(process.cwd() + "/")).resolve;
const load = async (name) => {
  const module = await import(pathToFileURL(resolve(name)));
  return module.default ?? module;
};
const named = async (name) => import(pathToFileURL(resolve(name)));

const folder = process.argv[2];
const read = (name) => readFileSync(`${folder}/${name}`);
const text = (name) => read(name).toString().trim();
const buffer = (name) => Uint8Array.from(read(name)).buffer;
const judged = {
  certificate: ["leaf.der", "changed.der"],
  CMS: ["a.txt", "changed.txt"],
  XML: ["a.signed.xml", "changed.signed.xml"],
  XAdES: ["xades.xml", "changed.xades.xml"],
  JWS: ["a.jws", "changed.jws"],
};

// A question takes the name of a file; it throws or answers false for what it does not like.
async function accepts(question, name) {
  try {
    const answer = await question(name);
    if (answer === false) console.error(`${name}: false`);
    return answer !== false;
  } catch (refusal) {
    console.error(`${name}: ${refusal?.message ?? JSON.stringify(refusal)}`);
    return false;
  }
}

async function line(verifier, what, question) {
  const [right, changed] = judged[what];
  read(changed); // a file that is missing is not refused
  const answer = (await accepts(question, right)) ? "accepted" : "refused";
  if (await accepts(question, changed)) throw new Error(`${verifier} accepts ${changed}`);
  console.log(`${verifier} | ${what} | ${answer} | –`);
}

const leaf = text("leaf.pem");
const x5c = [leaf.replace(/-----.*-----|\s/g, "")];
const key = text("key.pem");
const dsig = "http://www.w3.org/2000/09/xmldsig#";

const jose = await named("jose");
const publicKey = await jose.importX509(leaf, "RS256");
await line("jose compactVerify", "JWS", (name) => jose.compactVerify(text(name), publicKey));
const { createVerifier, createSigner } = await named("fast-jwt");
const fast = createVerifier({ key: text("leaf.pub.pem"), algorithms: ["RS256"] });
await line("fast-jwt", "JWS", (name) => void fast(text(name)));

const jsonwebtoken = await load("jsonwebtoken");
const only = { algorithms: ["RS256"] };
await line("jsonwebtoken", "JWS", (name) => {
  jsonwebtoken.verify(text(name), text("leaf.pub.pem"), only);
});

const pkijs = await named("pkijs");
pkijs.setEngine("node", new pkijs.CryptoEngine({ name: "node", crypto: webcrypto }));
const ca = pkijs.Certificate.fromBER(buffer("ca.der"));
const checkDate = new Date("2026-11-25T03:00:00Z");
await line("pkijs", "certificate", async (name) => {
  const certs = [pkijs.Certificate.fromBER(buffer(name))];
  const engine = new pkijs.CertificateChainValidationEngine({ trustedCerts: [ca], certs, checkDate });
  return (await engine.verify()).result;
});
await line("pkijs", "CMS", (name) => {
  const content = pkijs.ContentInfo.fromBER(buffer("a.p7s")).content;
  const data = new pkijs.SignedData({ schema: content });
  return data.verify({ signer: 0, data: buffer(name), trustedCerts: [ca], checkChain: true, checkDate });
});

const xmldom = await named("@xmldom/xmldom");
const parse = (xml) => new xmldom.DOMParser().parseFromString(xml, "text/xml");
const signature = (document) => document.getElementsByTagNameNS(dsig, "Signature")[0];
const { SignedXml } = await named("xml-crypto");
await line("xml-crypto", "XML", (name) => {
  const xml = text(name);
  const signed = new SignedXml({ publicCert: leaf });
  signed.loadSignature(signature(parse(xml)));
  return signed.checkSignature(xml);
});

(await named("xml-core")).setNodeDependencies({ ...xmldom, xpath: await load("xpath") });
const xades = await named("xadesjs");
xades.Application.setEngine("node", webcrypto);
for (const what of ["XML", "XAdES"]) {
  await line("xadesjs", what, (name) => {
    const document = xades.Parse(text(name));
    const signed = new xades.SignedXml(document);
    signed.LoadXml(signature(document));
    return signed.Verify();
  });
}

const forge = await load("node-forge");
await line("node-forge", "certificate", (name) => {
  const body = forge.asn1.fromDer(forge.util.createBuffer(read(name).toString("binary")));
  const store = forge.pki.createCaStore([text("ca.pem")]);
  return forge.pki.verifyCertificateChain(store, [forge.pki.certificateFromAsn1(body)]);
});

// Theirs, by the same key.
const write = (name, value) => writeFileSync(`${folder}/theirs-${name}`, value);
const payload = Buffer.from('{"a":1}');
const made = new jose.CompactSign(payload).setProtectedHeader({ alg: "RS256", x5c });
write("jose.jws", await made.sign(await jose.importPKCS8(key, "RS256")));
const signer = createSigner({ key, algorithm: "RS256", header: { x5c }, noTimestamp: true });
write("fast-jwt.jws", signer({ a: 1 }));
const plain = { algorithm: "RS256", header: { x5c }, noTimestamp: true };
write("jsonwebtoken.jws", jsonwebtoken.sign({ a: 1 }, key, plain));
const signing = new SignedXml({
  privateKey: key,
  publicCert: leaf,
  signatureAlgorithm: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
  canonicalizationAlgorithm: "http://www.w3.org/2001/10/xml-exc-c14n#",
});
signing.addReference({
  xpath: "/*",
  isEmptyUri: true,
  digestAlgorithm: "http://www.w3.org/2001/04/xmlenc#sha256",
  transforms: [`${dsig}enveloped-signature`, "http://www.w3.org/2001/10/xml-exc-c14n#"],
});
signing.computeSignature("<a>x</a>");
write("xml-crypto.xml", signing.getSignedXml());
const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const der = Buffer.from(key.replace(/-----.*-----|\s/g, ""), "base64");
const secret = await webcrypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
const document = xades.Parse("<a>x</a>");
const result = await new xades.SignedXml().Sign(algorithm, secret, document, {
  references: [{ uri: "", hash: "SHA-256", transforms: ["enveloped", "exc-c14n"] }],
  x509: x5c,
  signingCertificate: x5c[0],
});
document.documentElement.appendChild(document.importNode(result.GetXml(), true));
write("xadesjs.xml", new xmldom.XMLSerializer().serializeToString(document));
