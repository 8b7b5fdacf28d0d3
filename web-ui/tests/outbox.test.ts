// @vitest-environment node
/** Commands on their way: nothing given to the outbox is lost, done twice or done by another person. */
import { describe, expect, test, vi } from "vitest";
import { ApiError, UnreachableError } from "../src/api/client.ts";
import { Outbox } from "../src/api/outbox.ts";
import { MemoryStore, type Waiting } from "../src/api/store.ts";
import type { Command, CommandAnswer, ErrorCode } from "../src/api/types.ts";

const send = (text: string): Command => ({
  feature: "message",
  do: "send",
  space: "s",
  channel: "c",
  text,
});
const thank: Command = { feature: "thanks", do: "give", space: "s", on: "i" };
const refusal = (code: ErrorCode, status = 403) =>
  new ApiError(status, { code, message: `non: ${code}` });

type Answer = CommandAnswer | Error;

/** An outbox whose site answers from a list, then with success. */
async function outboxWith(answers: Answer[], store = new MemoryStore()) {
  const sent: (Command & { id: string })[] = [];
  const post = async (body: unknown) => {
    sent.push(body as Command & { id: string });
    const answer = answers.shift() ?? { item: "done" };
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const outbox = new Outbox(Promise.resolve(store), post);
  await outbox.begin("claire");
  return { outbox, sent, store };
}

const texts = (list: readonly Waiting[]) =>
  list.map(({ command }) => ("text" in command ? command.text : command.feature));

describe("outbox", () => {
  test("a command is kept first, sent in order, and leaves with the answer", async () => {
    const { outbox, sent, store } = await outboxWith([{ item: "one" }, { item: "two" }]);
    const answers = Promise.all([outbox.run(send("un")), outbox.run(send("deux"))]);
    expect(texts(outbox.list())).toEqual(["un", "deux"]);
    expect(await answers).toEqual([{ item: "one" }, { item: "two" }]);
    await vi.waitFor(() => expect(outbox.list()).toEqual([]));
    expect(sent.map((command) => "text" in command && command.text)).toEqual(["un", "deux"]);
    expect(await store.all()).toEqual([]);
  });

  test("without the site it waits, and goes with the same id when the line is back", async () => {
    const { outbox, sent, store } = await outboxWith([new UnreachableError(), { item: "late" }]);
    const answer = outbox.run(send("plus tard"));
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    expect(texts(await store.all())).toEqual(["plus tard"]);
    outbox.wake();
    expect(await answer).toEqual({ item: "late" });
    expect(sent[1]?.id).toBe(sent[0]?.id);
  });

  test("after a reload, what waited is sent; another person's is not, and is not seen", async () => {
    const store = new MemoryStore();
    const row = (person: string, id: string): Waiting => ({
      id,
      person,
      command: send(person),
      atMs: 1,
    });
    await store.put(row("claire", "1"));
    await store.put(row("karim", "2"));
    const { outbox, sent } = await outboxWith([], store);
    await vi.waitFor(() => expect(sent.map(({ id }) => id)).toEqual(["1"]));
    await vi.waitFor(async () => expect(texts(await store.all())).toEqual(["karim"]));
    expect(outbox.list()).toEqual([]);
  });

  test("beginning twice at once does not send twice", async () => {
    const store = new MemoryStore();
    await store.put({ id: "1", person: "claire", command: send("une fois"), atMs: 1 });
    const sent: unknown[] = [];
    const outbox = new Outbox(Promise.resolve(store), async (body) => {
      sent.push(body);
      return {};
    });
    await Promise.all([outbox.begin("claire"), outbox.begin("claire")]);
    await vi.waitFor(() => expect(outbox.list()).toEqual([]));
    expect(sent).toHaveLength(1);
  });

  test.each(["busy", "too-many-tries", "not-signed-in", "csrf"] as const)(
    "«%s» means later",
    async (code) => {
      const { outbox, sent } = await outboxWith([refusal(code, 503)]);
      void outbox.run(send("patience"));
      await vi.waitFor(() => expect(sent).toHaveLength(1));
      expect(texts(outbox.list())).toEqual(["patience"]);
      expect(outbox.list()[0]?.refused).toBeUndefined();
    },
  );

  test("a refused text stays with its reason, can be sent again, and does not stop the next", async () => {
    const { outbox, sent, store } = await outboxWith([refusal("forbidden")]);
    await expect(outbox.run(send("refusé"))).rejects.toThrow("non: forbidden");
    expect(await outbox.run(send("suivant"))).toEqual({ item: "done" });
    await vi.waitFor(() => expect(texts(outbox.list())).toEqual(["refusé"]));
    expect((await store.all())[0]?.refused).toBe("non: forbidden");
    await outbox.again(outbox.list()[0]?.id ?? "");
    await vi.waitFor(() => expect(outbox.list()).toEqual([]));
    expect(sent).toHaveLength(3);
  });

  test("a refused tick carries no words, and leaves nothing behind", async () => {
    const { outbox, store } = await outboxWith([refusal("forbidden")]);
    await expect(outbox.run(thank)).rejects.toThrow();
    await vi.waitFor(() => expect(outbox.list()).toEqual([]));
    expect(await store.all()).toEqual([]);
  });

  test("signing out hides what waits and keeps it", async () => {
    const { outbox, store } = await outboxWith([new UnreachableError()]);
    void outbox.run(send("à garder"));
    await vi.waitFor(async () => expect(await store.all()).toHaveLength(1));
    outbox.end();
    expect(outbox.list()).toEqual([]);
    await expect(outbox.run(send("personne"))).rejects.toThrow();
    expect(texts(await store.all())).toEqual(["à garder"]);
  });
});
