/**
 * Calls to this browser's own site, and only there. Every failure is one of two classes: the site
 * said no (`ApiError`, with its sentence), or it could not be reached (`UnreachableError`).
 * Nothing is retried here: queries ask again by themselves, commands wait in the outbox.
 */
import { readJson } from "../text/deleted.ts";
import type { ErrorBody, Me } from "./types.ts";

const base = "/api/v1";

/** Longer than a slow disk or line needs; after that the site counts as not reachable. */
const answerWithinMs = 20_000;

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly body: ErrorBody,
  ) {
    super(body.message);
    this.name = "ApiError";
  }
}

export class UnreachableError extends Error {
  constructor(cause?: unknown) {
    super("the site did not answer", { cause });
    this.name = "UnreachableError";
  }
}

let csrf = "";
let onSignedOut: () => void = () => undefined;

/** The token that every changing call carries; it comes with `Me`. */
export function setSession(me: Me | null): void {
  csrf = me?.csrf ?? "";
}

/** What to do when the site no longer knows this browser. */
export function whenSignedOut(act: () => void): void {
  onSignedOut = act;
}

type Method = "GET" | "POST" | "PUT" | "DELETE";

export async function call<Answer>(method: Method, path: string, body?: unknown): Promise<Answer> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (method !== "GET" && csrf) headers["x-bocage-csrf"] = csrf;
  let response: Response;
  let text: string;
  try {
    response = await fetch(base + path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      signal: AbortSignal.timeout(answerWithinMs),
    });
    text = await response.text();
  } catch (cause) {
    throw new UnreachableError(cause);
  }
  if (response.ok) return (text ? readJson(text) : undefined) as Answer;
  const error = readError(text);
  // Without our own error body the answer came from something in between, not from the site.
  if (!error) throw new UnreachableError(response.status);
  if (error.code === "not-signed-in") onSignedOut();
  throw new ApiError(response.status, error);
}

function readError(text: string): ErrorBody | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: ErrorBody };
    return typeof error?.code === "string" ? error : undefined;
  } catch {
    return undefined;
  }
}

export const get = <Answer>(path: string): Promise<Answer> => call("GET", path);

/**
 * The first screen's data, written by the site into the page: answers by path, without the base
 * (`{"/welcome": …, "/me": …, "/today": …}`), or null.
 */
export function firstData(): Record<string, unknown> {
  const text = document.getElementById("bocage-first")?.textContent ?? "null";
  try {
    const data = readJson(text);
    return data !== null && typeof data === "object" ? (data as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** 16 random bytes in hex: the id of a command, the nonce of an open item. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
