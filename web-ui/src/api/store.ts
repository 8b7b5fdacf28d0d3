/**
 * Where commands wait on this device: an IndexedDB table, or memory where the browser refuses one
 * (then nothing may be called «gardé sur cet appareil»). No network in here.
 */
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
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

interface Schema extends DBSchema {
  commands: { key: string; value: Waiting };
}

class IndexedStore implements CommandStore {
  readonly durable = true;
  constructor(readonly database: IDBPDatabase<Schema>) {}

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
    const database = await openDB<Schema>("bocage", 1, {
      upgrade: (fresh) => void fresh.createObjectStore("commands", { keyPath: "id" }),
    });
    return new IndexedStore(database);
  } catch {
    return new MemoryStore();
  }
}
