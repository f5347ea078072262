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
  const other = join(home, "b.txt");
  writeFileSync(other, "made up too");
  const both = { card, files: [{ file }, { file: other }], format: "asic", consent: AGREED };
  const container = join(home, "both.asice");
  for (const place of [{ output: container }, {}]) {
    const signed = await session.documentSign({ ...both, ...place }, types("SIM12345"));
    assert.equal(signed.files.length, 2);
    const [content, ...more] = signed.contents;
    assert.deepEqual(more, []);
    if (place.output) assert.equal(content, null);
    else writeFileSync(container, Buffer.from(content, "base64"));
    const judged = await session.documentVerify({ file: container, trust: "sim" });
    assert.deepEqual([judged.accepted, judged.files], [true, ["a.txt", "b.txt"]]);
  }
  await assert.rejects(session.documentSign({ ...both, output: container }), code("output.exists"));
});

/** A session with a card in a reader of its own, which `ctl` moves: `sim ctl`. */
async function insertInReader(context) {
  const home = mkdtempSync(join(tmpdir(), "mynacard-"));
  const env = { ...process.env, HOME: home, XDG_STATE_HOME: join(home, "state") };
  const program = process.env.MYNACARD;
  const place = join(home, "control");
  const script = 'printf %s "$MYNACARD_SIM_CONTROL" >"$1"; exec "$2" serve';
  const shell = ["sh", "-c", script, "sh", place, program];
  const command = [program, "sim", "run", "hanako", "--", ...shell];
  const session = await Session.open({ command, env, locale: "en" });
  context.after(async () => {
    await session.close();
    rmSync(home, { recursive: true });
  });
  const control = readFileSync(place, "utf8");
  const ctl = (word, ...more) =>
    JSON.parse(execFileSync(program, ["--json", "sim", "ctl", "--socket", control, word, ...more], { env }));
  const file = join(home, "a.txt");
  writeFileSync(file, "made up");
  return { session, ctl, file, card: await session.waitForCard() };
}

test("every method, cancelled and with the card pulled", async (context) => {
  const { session, ctl, file, ...first } = await insertInReader(context);
  let { card } = first;
  const removed = () => new Promise((resolve) => session.once("card/removed", resolve));
  for (const [name, [params, ...values]] of Object.entries(families(file))) {
    const pull = async () => {
      const gone = removed();
      ctl("remove", "hanako");
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
    ctl("insert", "hanako");
    card = await session.waitForCard();
  }
  const { attempts } = await session.pinStatus({ card });
  assert.deepEqual([attempts.authentication, attempts.signature], [3, 5]);
});

test("every method with its errors", async (context) => {
  const { session, ctl, file, ...first } = await insertInReader(context);
  let { card } = first;
  const calls = families(file);
  // Whose counter the card tells.
  calls.ageCheck = [{ over: 20, proof: false }, "4321"];
  const counters = {
    certificateRead: "signature", documentSign: "signature", faceRead: "visual-number-b",
    loginSign: "authentication", pinChange: "authentication", pinCheck: "authentication",
  };
  const left = async () => (await session.pinStatus({ card })).attempts;
  const presented = () => ctl("cards").cards[0].presented;
  const full = await left();
  let asked;
  /** A call fails, and cost what it says; null: the answer was lost, or the card never saw the value. */
  const fails = async (expected, spent, name, params, values, ...fault) => {
    const [before, cost] = [await left(), presented()];
    let said = 0;
    if (fault.length) ctl("fault", "hanako", ...fault);
    const onSecret = (question) => { asked = question; return values[said++]; };
    const error = await session[name]({ card, ...params }, { onSecret }).then(
      () => assert.fail(`${name}: no ${expected}`), (it) => it,
    );
    assert.deepEqual([error.code, error.attemptsSpent], [expected, spent], name);
    assert.ok(error.next, name);
    if (["card.removed", "card.silent"].includes(expected)) {
      // Of an attempt only where a PIN had left for the card.
      assert.equal(error.next.includes("it may have cost one"), spent === null, name);
    }
    if (expected === "card.removed") {
      const gone = card;
      ctl("insert", "hanako");
      // The session may not have noticed yet that the card was gone.
      while ([undefined, gone].includes(card)) [card] = await session.cards();
    }
    const after = await left();
    const lost = Object.keys(before).reduce((sum, pin) => sum + before[pin] - after[pin], 0);
    assert.equal(lost, spent ?? 0, name);
    assert.equal(presented() - cost, spent ?? 1, name);
  };
  for (const [name, [params, ...values]] of Object.entries(calls)) {
    await fails("usage.wrong", 0, name, { ...params, timeoutMs: "1" }, []);
    await fails("card.silent", 0, name, params, values, "lose-answer", "--at", "1");
    await fails("card.removed", 0, name, params, values, "remove", "--at", "1");
    if (params.consent) {
      await fails("consent.missing", 0, name, { ...params, consent: undefined }, []);
    }
    if (!values.length) continue;
    const [right, ...more] = values;
    const wrong = right.slice(0, -1) + (right.endsWith("0") ? "1" : "0");
    await fails("pin.wrong", 1, name, params, [wrong, ...more]);
    const counter = counters[name] ?? "profile";
    const count = (number) => ctl("counter", "hanako", counter, String(number));
    count(full[counter.replaceAll("-", "_")]);
    // Where any of several opens a record, the length says which was typed.
    const which = name === "faceRead" ? "number-b" : "pin";
    const named = asked.alternatives.length ? { with: which } : {};
    await fails("pin.shape", 0, name, { ...params, ...named }, ["12", ...more]);
    for (const fault of ["remove", "remove-after", "lose-answer"]) {
      const expected = fault === "lose-answer" ? "card.silent" : "card.removed";
      await fails(expected, null, name, params, values, fault, "--presenting");
    }
    for (const [number, expected] of [[1, "pin.last-attempt"], [0, "pin.blocked"]]) {
      count(number);
      await fails(expected, 0, name, params, values);
    }
    count(full[counter.replaceAll("-", "_")]);
    assert.equal(typeof await session[name]({ card, ...params }, types(...values)), "object", name);
  }
  // While one request has the card, no other gets it.
  const others = async () => {
    for (const [name, [params]] of Object.entries(calls)) {
      await assert.rejects(session[name]({ card, ...params }), code("card.busy"), name);
    }
    return null;
  };
  await assert.rejects(session.loginSign({ card, ...LOGIN }, { onSecret: others }), code("operation.cancelled"));
});

test("a driving licence", async (context) => {
  const { session, card } = await insert(context, "menkyo");
  // Of a resident that is made up, as every value here.
  assert.ok((await session.cardLicence({ card, what: "expiry" }, types("2468"))).expiry);
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
