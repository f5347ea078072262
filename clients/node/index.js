// The My Number Card for Node programs, through `mynacard serve`.

import { spawn } from "node:child_process";
import { EventEmitter } from "node:events";

import { API, Methods } from "./generated.js";

const LARGEST = 64 * 1024 * 1024;

/** What `mynacard serve` answered instead of a result. Never holds a PIN. */
export class MynacardError extends Error {
  constructor(message, data = {}) {
    super(message);
    this.name = "MynacardError";
    this.code = data.code ?? "";
    this.next = data.next ?? "";
    this.retriable = data.retriable ?? false;
    this.attemptsSpent = data.attemptsSpent === undefined ? 0 : data.attemptsSpent;
    this.attemptsLeft = data.attemptsLeft;
    this.exit = data.exit;
    this.details = data.details ?? {};
  }
}

const gone = (message = "mynacard serve has ended") =>
  new MynacardError(message, { code: "server.gone", next: "Install mynacard, or name it with program." });

/**
 * A running `mynacard serve`. Emits `event` (method, params), and each event under its own name.
 * `await Session.open()`, then `await session.close()`: the card has forgotten every PIN.
 */
export class Session extends EventEmitter {
  #child;
  #open = new Map();
  #last = 0;
  #gone = false;
  #ended;
  #chunks = [];
  #size = 0;
  #onSecret;

  static async open(options = {}) {
    const session = new Session(options);
    const { locale } = options;
    const client = { name: "mynacard-node", version: "0.1.0" };
    try {
      session.server = await session.call("initialize", { api: API, client, locale, ui: "client" });
    } catch (error) {
      await session.close();
      throw error;
    }
    return session;
  }

  constructor({ sim = [], program = process.env.MYNACARD ?? "mynacard", command, onSecret, env } = {}) {
    super();
    this.#onSecret = onSecret;
    const residents = [sim].flat().flatMap((resident) => ["--sim", resident]);
    const [name, ...words] = command ?? [program, "serve", ...residents];
    this.#child = spawn(name, words, { stdio: ["pipe", "pipe", "ignore"], env: env ?? process.env });
    this.#ended = new Promise((resolve) => {
      this.#child.once("error", (error) => {
        this.#end(gone(`mynacard cannot be started: ${error.code}`));
        resolve(null);
      });
      this.#child.once("close", (status) => {
        this.#end(gone());
        resolve(status);
      });
    });
    // The end is told by `close`; a write that fails is no second one.
    this.#child.stdin.on("error", () => {});
    this.#child.stdout.on("data", (chunk) => this.#read(chunk));
  }

  /** Ends the program: whatever waits for a PIN is cancelled. Gives its exit status. */
  close() {
    this.#child.stdin.end();
    return this.#ended;
  }

  /** The cards that are there. */
  async cards() {
    const { readers } = await this.readersList();
    return readers.map((reader) => reader.card).filter((card) => card !== null);
  }

  /** The first card that is there, or comes; rejects when `signal` is aborted. */
  async waitForCard({ signal } = {}) {
    for (;;) {
      let stop;
      const change = new Promise((resolve, reject) => {
        const come = () => resolve();
        const abort = () => reject(signal.reason);
        stop = () => {
          this.off("card/inserted", come);
          this.off("end", come);
          signal?.removeEventListener("abort", abort);
        };
        this.on("card/inserted", come);
        this.on("end", come);
        signal?.addEventListener("abort", abort);
      });
      change.catch(() => {});
      try {
        signal?.throwIfAborted();
        const [card] = await this.cards();
        if (card !== undefined) return card;
        await change;
      } finally {
        stop();
      }
    }
  }

  /**
   * Sends a request. Questions for a PIN go to `onSecret`, which gives the value or null, also as a
   * promise; what it throws cancels the request. So does `signal`.
   */
  call(method, params = {}, { onSecret = this.#onSecret, signal } = {}) {
    if (this.#gone) return Promise.reject(gone());
    if (signal?.aborted) return Promise.reject(signal.reason);
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      const job = { resolve, reject, onSecret, reason: undefined };
      const abort = () => this.#cancel(id, signal.reason);
      job.done = () => signal?.removeEventListener("abort", abort);
      signal?.addEventListener("abort", abort);
      this.#open.set(id, job);
      this.#send({ id, method, params });
    });
  }

  /** The answer is awaited: then the card has forgotten. */
  #cancel(id, reason) {
    const job = this.#open.get(id);
    if (!job) return;
    job.reason ??= { reason };
    this.#send({ method: "$/cancelRequest", params: { id } });
  }

  async #ask(message) {
    const id = message.params.for;
    try {
      const value = (await this.#open.get(id)?.onSecret?.(message.params)) ?? null;
      if (value !== null && typeof value !== "string") throw new TypeError("onSecret gives a text or null");
      this.#send({ id: message.id, result: value === null ? null : { value } });
    } catch (error) {
      this.#cancel(id, error);
    }
  }

  #send(message) {
    if (this.#gone) return;
    const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }));
    this.#child.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
    this.#child.stdin.write(body);
  }

  #read(chunk) {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    for (;;) {
      if (this.#need > this.#size) return;
      const data = Buffer.concat(this.#chunks);
      this.#chunks = [data];
      const end = data.indexOf("\r\n\r\n");
      if (end < 0) {
        if (data.length > 8192) this.#child.kill();
        return;
      }
      const length = Number(/^content-length: *(\d+)\r?$/im.exec(data.toString("latin1", 0, end))?.[1]);
      if (!(length <= LARGEST)) {
        this.#child.kill();
        return;
      }
      this.#need = end + 4 + length;
      if (data.length < this.#need) return;
      const body = data.subarray(end + 4, this.#need);
      this.#chunks = [data.subarray(this.#need)];
      this.#size = data.length - this.#need;
      this.#need = 0;
      let message;
      try {
        message = JSON.parse(body);
      } catch {
        this.#child.kill();
        return;
      }
      this.#sort(message);
    }
  }

  #need = 0;

  #sort(message) {
    if (message.method !== undefined) {
      if (message.id !== undefined) {
        this.#ask(message);
        return;
      }
      this.emit("event", message.method, message.params);
      this.emit(message.method, message.params);
      return;
    }
    const job = this.#open.get(message.id);
    if (!job) return;
    this.#open.delete(message.id);
    job.done();
    if (job.reason) job.reject(job.reason.reason);
    else if (message.error) job.reject(new MynacardError(message.error.message, message.error.data));
    else job.resolve(message.result);
  }

  #end(error) {
    if (this.#gone) return;
    this.#gone = true;
    for (const job of this.#open.values()) {
      job.done();
      job.reject(job.reason ? job.reason.reason : error);
    }
    this.#open.clear();
    this.emit("end");
  }
}

for (const name of Object.getOwnPropertyNames(Methods.prototype)) {
  if (name !== "constructor") Session.prototype[name] = Methods.prototype[name];
}

export { API };
