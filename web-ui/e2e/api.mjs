/** A person at a site through the public API, as a program: signs in, asks, commands. */
import { randomBytes } from "node:crypto";

export const password = "bocage-demo";

export class Person {
  static async signIn(base, login) {
    const answer = await fetch(`${base}/api/v1/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ login, password }),
    });
    if (!answer.ok) throw new Error(`${login} at ${base}: ${answer.status} ${await answer.text()}`);
    const cookie = answer.headers.getSetCookie()[0].split(";")[0];
    return new Person(base, login, cookie, await answer.json());
  }

  constructor(base, login, cookie, me) {
    Object.assign(this, { base, login, cookie, me });
  }

  async get(path) {
    const answer = await fetch(`${this.base}/api/v1${path}`, { headers: { cookie: this.cookie } });
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  async post(path, body) {
    const answer = await fetch(`${this.base}/api/v1${path}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        cookie: this.cookie,
        "x-bocage-csrf": this.me.csrf,
      },
      body: JSON.stringify(body),
    });
    if (!answer.ok) {
      throw new Error(`${JSON.stringify(body)}: ${answer.status} ${await answer.text()}`);
    }
    return answer.json();
  }

  /** Sends a command; when this returns, the site has acknowledged it. */
  command(command, id = randomBytes(16).toString("hex")) {
    return this.post("/commands", { id, ...command });
  }

  async space(name) {
    const { rows } = await this.get("/spaces?filter=mine");
    const found = rows.find((row) => row.name === name);
    if (!found) throw new Error(`${this.login} has no space «${name}»`);
    return found;
  }

  /** The item of a kind whose title begins like this. */
  async item(space, kind, title) {
    const { rows } = await this.get(`/spaces/${space}/items?kind=${kind}`);
    const found = rows.find((row) => row.title.startsWith(title));
    if (!found) throw new Error(`no ${kind} «${title}…» among ${rows.map((row) => row.title)}`);
    return found;
  }

  /** Every message of a channel, oldest first. */
  async messages(space, channel) {
    const rows = [];
    let before = "";
    do {
      const page = await this.get(
        `/spaces/${space}/channels/${channel}/messages?limit=50${before}`,
      );
      rows.unshift(...page.rows);
      before = page.before === null ? "" : `&before=${encodeURIComponent(page.before)}`;
    } while (before);
    return rows;
  }
}
