/**
 * Where commands wait on this device: an IndexedDB table, or memory where the browser refuses one
 * (then nothing may be called «gardé sur cet appareil»). No network in here.
 */
import type { DBSchema, IDBPDatabase } from "idb";
import type { Command } from "./types.ts";

export type Waiting = {
  /** The command's id, made once: sending it again, later or elsewhere, does it once. */
  id: string;
  /** Who gave it: on a shared machine the next person must not send it. */
  person: string;
  command: Command;
  atMs: number;
  /** The site's sentence, when it said no. Kept until the person has seen it. */
  refused?: string;
};

export interface CommandStore {
  /** True when what is put here outlives the tab. */
  readonly durable: boolean;
  all(): Promise<Waiting[]>;
  put(waiting: Waiting): Promise<void>;
  remove(id: string): Promise<void>;
}

/** Changes of a page that its site has not confirmed, as finished bytes, oldest first. */
export type Unsaved = {
  /** The tab's nonce for this page: the changes were made under the actor it gives. */
  nonce: string;
  person: string;
  space: string;
  item: string;
  changes: { n: number; bytes: string[] }[];
  /** The site said no: kept, not sent again. */
  refused?: boolean;
};

interface Schema extends DBSchema {
  commands: { key: string; value: Waiting };
  unsaved: { key: string; value: Unsaved };
}

type Database = IDBPDatabase<Schema>;
let opening: Promise<Database> | undefined;

function openDatabase(): Promise<Database> {
  opening ??= import("idb").then(({ openDB }) =>
    openDB<Schema>("bocage", 1, {
      upgrade(fresh) {
        fresh.createObjectStore("commands", { keyPath: "id" });
        fresh.createObjectStore("unsaved", { keyPath: "nonce" });
      },
    }),
  );
  return opening;
}

class IndexedStore implements CommandStore {
  readonly durable = true;
  constructor(readonly database: Database) {}

  async all(): Promise<Waiting[]> {
    const rows = await this.database.getAll("commands");
    return rows.sort((one, other) => one.atMs - other.atMs);
  }

  async put(waiting: Waiting): Promise<void> {
    const transaction = this.database.transaction("commands", "readwrite", {
      durability: "strict",
    });
    await transaction.store.put(waiting);
    await transaction.done;
  }

  async remove(id: string): Promise<void> {
    await this.database.delete("commands", id);
  }
}

export class MemoryStore implements CommandStore {
  readonly durable = false;
  readonly #rows = new Map<string, Waiting>();
  all = async () => [...this.#rows.values()];
  put = async (waiting: Waiting) => void this.#rows.set(waiting.id, waiting);
  remove = async (id: string) => void this.#rows.delete(id);
}

export async function openStore(): Promise<CommandStore> {
  try {
    return new IndexedStore(await openDatabase());
  } catch {
    return new MemoryStore();
  }
}

/** Where a page's unconfirmed changes are kept; without a database they live in the tab alone. */
export interface UnsavedStore {
  readonly durable: boolean;
  of(person: string, item: string): Promise<Unsaved[]>;
  put(unsaved: Unsaved): Promise<void>;
  remove(nonce: string): Promise<void>;
}

export async function openUnsaved(): Promise<UnsavedStore> {
  const database = await openDatabase().catch(() => undefined);
  return {
    durable: database !== undefined,
    of: async (person, item) =>
      ((await database?.getAll("unsaved")) ?? []).filter(
        (row) => row.person === person && row.item === item && !row.refused,
      ),
    put: async (unsaved) => void (await database?.put("unsaved", unsaved)),
    remove: async (nonce) => void (await database?.delete("unsaved", nonce)),
  };
}
