/**
 * Who deleted her account has no name any more: the site marks her, and the interface says so in
 * the reader's language. Done where answers are read, so that no screen has to think of it.
 */
let name = "";

export function setDeletedName(next: string): void {
  name = next;
}

const named = (_key: string, value: unknown): unknown =>
  value !== null && typeof value === "object" && "deleted" in value && value.deleted === true
    ? { ...value, name }
    : value;

/** JSON of a site. Hardly any answer names such a person: only those pay for it. */
export function readJson(text: string): unknown {
  return text.includes('"deleted":true') ? JSON.parse(text, named) : JSON.parse(text);
}
