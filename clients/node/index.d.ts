import { EventEmitter } from "node:events";

import type { ErrorCode, Methods, Question } from "./generated.js";

export * from "./generated.js";

/** What `mynacard serve` answered instead of a result. Never holds a PIN. */
export declare class MynacardError extends Error {
  /** The stable word of docs/errors.md, or of the protocol. */
  code: ErrorCode | (string & {});
  /** What to do next, for people. */
  next: string;
  /** Whether the same request can go well later. */
  retriable: boolean;
  /** Null where the answer to a PIN was lost. */
  attemptsSpent: number | null;
  attemptsLeft?: number;
  exit?: number;
  details: Record<string, unknown>;
}

export type SecretHandler = (question: Question) => string | null | Promise<string | null>;

export interface CallOptions {
  /** Asks the user for a PIN; null declines, what it throws cancels. */
  onSecret?: SecretHandler;
  /** Cancels the request. */
  signal?: AbortSignal;
}

export interface SessionOptions {
  /** Simulated residents; without any the readers of this computer are used. */
  sim?: string | string[];
  /** The program; MYNACARD or `mynacard` without it. */
  program?: string;
  /** The whole command line of the server, in place of `program` and `sim`. */
  command?: string[];
  locale?: "ja" | "en" | (string & {});
  onSecret?: SecretHandler;
  env?: Record<string, string | undefined>;
}

export interface Session extends Methods {}

/** A running `mynacard serve`. Emits each event under its own name, and all of them as `event`. */
export declare class Session extends EventEmitter {
  static open(options?: SessionOptions): Promise<Session>;
  /** Ends the program: whatever waits for a PIN is cancelled. Gives its exit status. */
  close(): Promise<number | null>;
  cards(): Promise<string[]>;
  waitForCard(options?: { signal?: AbortSignal }): Promise<string>;
  call(method: string, params?: object, options?: CallOptions): Promise<unknown>;
}
