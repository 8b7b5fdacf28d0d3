/**
 * The three sites of the demo as real processes: seeding, starting, killing, stopping. Each keeps
 * its data in a temporary folder and its words in target/e2e/<site>.log.
 */
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./wait.mjs";

const keys = ["nantes", "chateaubriant", "ancenis"];
/** Three web addresses and three lines between sites. */
const portsNeeded = 6;
const seedWithinMs = 120_000;
const readyWithinMs = 30_000;
const stopWithinMs = 20_000;

export class Sites {
  constructor({ binary, target }) {
    this.binary = binary;
    this.logs = join(target, "e2e");
    mkdirSync(this.logs, { recursive: true });
    // Short: a site's control socket lies in it, and Unix bounds the length of such a path.
    this.folder = mkdtempSync(join(tmpdir(), "bocage-e2e-"));
    this.all = {};
  }

  /** Founds, joins and fills the three with the demo's contents. */
  async seed() {
    this.firstPort ??= await freePorts();
    keys.forEach((key, index) => {
      const base = `http://localhost:${this.firstPort + index}`;
      this.all[key] ??= { key, base, directory: join(this.folder, key), process: null };
    });
    const words = ["demo", "--seed-only", "--directory", this.folder];
    const demo = this.#spawn([...words, "--first-port", String(this.firstPort)], "demo");
    const code = await ended(demo, seedWithinMs, "seeding the demo");
    if (code !== 0)
      throw new Error(`\`bocage demo --seed-only\` ended with ${code}:\n${this.log("demo")}`);
  }

  /** Makes the demo forget that it has told its story. */
  forgetSeeded() {
    const file = join(this.folder, "demo.json");
    const notes = JSON.parse(readFileSync(file, "utf8"));
    if (notes.seeded !== true) throw new Error("the demo did not note that it is seeded");
    writeFileSync(file, JSON.stringify({ ...notes, seeded: false }));
  }

  site(key) {
    return this.all[key];
  }

  async startAll() {
    await Promise.all(keys.map((key) => this.start(key)));
  }

  async start(key) {
    const site = this.site(key);
    const child = this.#spawn(["run", "--data-dir", site.directory], key);
    site.process = child;
    await until(
      `${key} to answer`,
      async () => {
        if (child.exitCode !== null)
          throw new Error(`ended with ${child.exitCode}: ${this.log(key)}`);
        return (await fetch(`${site.base}/api/v1/welcome`)).ok;
      },
      readyWithinMs,
    );
  }

  /** As a power cut does: nothing is written any more. */
  async kill(key) {
    const child = this.site(key).process;
    child.kill("SIGKILL");
    await ended(child, stopWithinMs, `the end of ${key}`);
  }

  /** As an administrator does; returns the exit code. */
  async stop(key) {
    const child = this.site(key).process;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return null;
    child.kill("SIGTERM");
    return ended(child, stopWithinMs, `${key} to stop`);
  }

  /** For programs on the site's own machine. */
  async admin(key, path) {
    const { base, directory } = this.site(key);
    const token = readFileSync(join(directory, "admin-token"), "utf8").trim();
    const answer = await fetch(`${base}/api/v1${path}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    if (!answer.ok) throw new Error(`${key} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  /** Space id to hash of its canonical rows. */
  async fingerprints(key) {
    return (await this.admin(key, "/admin/fingerprints")).spaces;
  }

  /** The end of what a process said. */
  log(name) {
    const text = readFileSync(join(this.logs, `${name}.log`), "utf8");
    return text.trimEnd().split("\n").slice(-15).join("\n");
  }

  /** Ends what still runs and removes the data. */
  async clear() {
    for (const { process: child } of Object.values(this.all)) {
      if (child && child.exitCode === null && child.signalCode === null) {
        child.kill("SIGKILL");
        await ended(child, stopWithinMs, "a process to end");
      }
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  #spawn(words, name) {
    // Added to, not begun again: what a killed site said stays readable.
    const log = openSync(join(this.logs, `${name}.log`), "a");
    const kept = Object.entries(process.env).filter(([each]) => !each.startsWith("BOCAGE_"));
    const env = Object.fromEntries(kept);
    return spawn(this.binary, words, { stdio: ["ignore", log, log], env });
  }
}

/** The exit code, or the signal's name. */
function ended(child, withinMs, what) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`waited ${withinMs / 1000} s for ${what}`));
    }, withinMs);
    const done = (code, signal) => {
      clearTimeout(timer);
      resolve(code ?? signal);
    };
    if (child.exitCode !== null || child.signalCode !== null) {
      done(child.exitCode, child.signalCode);
    } else {
      child.once("exit", done);
      child.once("error", reject);
    }
  });
}

/** The first of some ports in a row that nobody uses, over TCP or UDP. */
async function freePorts() {
  const tries = 50;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    // Below the range that the system gives to outgoing connections.
    const first = 12_000 + Math.floor(Math.random() * 18_000);
    const ports = Array.from({ length: portsNeeded }, (_, index) => first + index);
    const free = await Promise.all(ports.flatMap((port) => [tcpFree(port), udpFree(port)]));
    if (free.every(Boolean)) return first;
  }
  throw new Error(`no ${portsNeeded} free ports in a row in ${tries} tries`);
}

const tcpFree = (port) =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });

const udpFree = (port) =>
  new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.once("error", () => resolve(false));
    socket.bind(port, "127.0.0.1", () => socket.close(() => resolve(true)));
  });
