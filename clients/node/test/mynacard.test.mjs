// The package against simulated cards. Needs the variable MYNACARD.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { test } from "node:test";

import { Session } from "../index.js";

const PROJECT = fileURLToPath(new URL("..", import.meta.url));
const AGREED = { disclosesAttributes: true };
const LOGIN = { origin: "https://example.org", challenge: "A".repeat(44) };

/** A session with the card of a resident, in a folder of its own. */
async function insert(context, sim = "hanako") {
  const home = mkdtempSync(join(tmpdir(), "mynacard-"));
  const env = { ...process.env, HOME: home, XDG_STATE_HOME: join(home, "state") };
  const session = await Session.open({ sim, env, locale: "en" });
  context.after(async () => {
    await session.close();
    rmSync(home, { recursive: true });
  });
  return { session, home, card: await session.waitForCard() };
}

const types = (...values) => ({ onSecret: () => values.shift() });
const code = (expected) => (error) => error.code === expected;

/** Every method at a card with its parameters, and what its user types. */
function families(file) {
  return {
    ageCheck: [{ over: 20, trust: "sim" }, "020401"],
    cardNumber: [{}],
    cardStatus: [{}],
    certificateRead: [{ which: "sign", consent: AGREED }, "SIM12345"],
    documentSign: [{ files: [{ file }], format: "jws", consent: AGREED }, "SIM12345"],
    faceRead: [{ consent: AGREED }, "02040120361001"],
    genuineCheck: [{ record: "profile", trust: "sim" }, "4321"],
    loginSign: [LOGIN, "1234"],
    numberRead: [{ handling: { purpose: "tax" } }, "4321"],
    pinChange: [{ which: "auth" }, "1234", "5555"],
    pinCheck: [{ which: "auth" }, "5555"],
    pinStatus: [{}],
    profileRead: [{ consent: AGREED }, "4321"],
  };
}

test("every method", async (context) => {
  const { session, home, card } = await insert(context);
  const file = join(home, "a.txt");
  writeFileSync(file, "made up");
  for (const [name, [params, ...values]] of Object.entries(families(file))) {
    if (values.length) {
      const declined = session[name]({ card, ...params }, types(null));
      await assert.rejects(declined, code("operation.cancelled"), name);
    }
    const result = await session[name]({ card, ...params }, types(...values));
    assert.equal(typeof result, "object", name);
  }
  const { der } = await session.certificateRead({ card, which: "auth" });
  assert.equal((await session.certificateVerify({ der, trust: "sim" })).accepted, true);
  const { origin } = LOGIN;
  const { nonce: challenge } = await session.loginChallenge({ origin });
  const { token } = await session.loginSign({ card, origin, challenge }, types("5555"));
  const judge = { origin, challenge, token, trust: "sim" };
  assert.equal((await session.loginVerify(judge)).accepted, true);
  assert.equal((await session.loginVerify(judge)).reason, "nonce.unknown");
  const output = join(home, "a.p7s");
  const steps = new Set();
  session.on("request/progress", ({ step }) => steps.add(step));
  const files = [{ file, output }];
  await session.documentSign({ card, files, format: "cms", consent: AGREED }, types("SIM12345"));
  assert.deepEqual([...steps].sort(), ["keep", "read", "sign"]);
  const judged = await session.documentVerify({ file, signature: output, trust: "sim" });
  assert.equal(judged.accepted, true);
});

test("every method, cancelled and with the card pulled", async (context) => {
  const home = mkdtempSync(join(tmpdir(), "mynacard-"));
  const env = { ...process.env, HOME: home, XDG_STATE_HOME: join(home, "state") };
  const program = process.env.MYNACARD;
  const place = join(home, "control");
  const script = 'printf %s "$MYNACARD_SIM_CONTROL" >"$1"; exec "$2" serve';
  const shell = ["sh", "-c", script, "sh", place, program];
  const session = await Session.open({ command: [program, "sim", "run", "hanako", "--", ...shell], env });
  context.after(async () => {
    await session.close();
    rmSync(home, { recursive: true });
  });
  const control = readFileSync(place, "utf8");
  const ctl = (word) => execFileSync(program, ["sim", "ctl", "--socket", control, word, "hanako"], { env });
  let card = await session.waitForCard();
  const removed = () => new Promise((resolve) => session.once("card/removed", resolve));
  const file = join(home, "a.txt");
  writeFileSync(file, "made up");
  for (const [name, [params, ...values]] of Object.entries(families(file))) {
    const pull = async () => {
      const gone = removed();
      ctl("remove");
      await gone;
      return "0000";
    };
    if (values.length) {
      const stop = new AbortController();
      const reason = new Error("changed their mind");
      const onSecret = () => { stop.abort(reason); return new Promise(() => {}); };
      const cancelled = session[name]({ card, ...params }, { onSecret, signal: stop.signal });
      await assert.rejects(cancelled, reason, name);
      const pulled = session[name]({ card, ...params }, { onSecret: pull });
      await assert.rejects(pulled, code("card.removed"), name);
    } else {
      await pull();
      await assert.rejects(session[name]({ card, ...params }), code("card.removed"), name);
    }
    ctl("insert");
    card = await session.waitForCard();
  }
  const { attempts } = await session.pinStatus({ card });
  assert.deepEqual([attempts.authentication, attempts.signature], [3, 5]);
});

test("what goes wrong has a code and shows no PIN", async (context) => {
  const { session, card } = await insert(context);
  const wrong = await session.pinCheck({ card, which: "auth" }, types("0817")).catch((it) => it);
  assert.equal(wrong.code, "pin.wrong");
  assert.deepEqual([wrong.attemptsLeft, wrong.attemptsSpent], [2, 1]);
  assert.ok(wrong.next);
  for (const thing of [wrong, session]) {
    assert.ok(!inspect(thing, { depth: 9, showHidden: true }).includes("0817"));
  }
  await assert.rejects(session.call("pin/check", { card, which: "auth", witch: 1 }), code("usage.wrong"));
  await assert.rejects(session.cardStatus({ card: "c0" }), code("card.removed"));
  const last = await insert(context, "nokori");
  const refused = last.session.loginSign({ card: last.card, ...LOGIN }, types("1234"));
  await assert.rejects(refused, code("pin.last-attempt"));
});

test("an exception and a signal cancel", async (context) => {
  const { session, card } = await insert(context);
  const unwilling = new Error("unwilling");
  const onSecret = () => { throw unwilling; };
  await assert.rejects(session.loginSign({ card, ...LOGIN }, { onSecret }), unwilling);
  await assert.rejects(session.loginSign({ card, ...LOGIN }, { onSecret: () => 1234 }), TypeError);
  const stop = new AbortController();
  const thinks = { signal: stop.signal, onSecret: () => { stop.abort(unwilling); return new Promise(() => {}); } };
  await assert.rejects(session.loginSign({ card, ...LOGIN }, thinks), unwilling);
  const { attempts } = await session.pinStatus({ card });
  assert.equal(attempts.authentication, 3);
});

test("a thousand jobs leave nothing behind", async (context) => {
  const { session, card } = await insert(context);
  for (let round = 0; round < 1000; round++) await session.cardNumber({ card });
  const many = Array.from({ length: 20 }, () => session.cardStatus({ card, timeoutMs: 600_000 }));
  assert.equal((await Promise.all(many)).length, 20);
  assert.equal(session.listenerCount("card/inserted"), 0);
});

test("the program goes", async () => {
  await assert.rejects(Session.open({ program: "/no/such/program" }), code("server.gone"));
  const session = await Session.open({ sim: "hanako" });
  assert.equal(await session.close(), 0);
  await assert.rejects(session.cards(), code("server.gone"));
});

test("the package", () => {
  execFileSync(process.execPath, [join(PROJECT, "generate.mjs"), "--check"]);
  const readme = readFileSync(join(PROJECT, "README.md"), "utf8");
  const block = /```js\n([\s\S]*?)```/.exec(readme)[1].replace('"mynacard"', '"./index.js"');
  const said = execFileSync(process.execPath, ["--input-type=module", "-e", block], { cwd: PROJECT });
  assert.equal(said.toString(), "web-eid:1.0\n");
  const packed = readdirSync(PROJECT);
  for (const file of JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8")).files) {
    assert.ok(packed.includes(file), file);
  }
});
