// @vitest-environment node
/** Both languages say everything, every key that is used exists, and no component writes by itself. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FluentBundle, FluentResource } from "@fluent/bundle";
import { parseSync } from "rolldown/utils";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const languages = ["fr", "en"] as const;

function bundleOf(language: string) {
  const bundle = new FluentBundle(language, { useIsolating: false });
  const problems: string[] = [];
  const keys: string[] = [];
  for (const file of readdirSync(join(root, "locales", language))) {
    const text = readFileSync(join(root, "locales", language, file), "utf8");
    const resource = new FluentResource(text);
    keys.push(...resource.body.map(({ id }) => id));
    const written = [...text.matchAll(/^([a-z][\w-]*) =/gm)].map(([, id]) => id);
    const read = new Set(resource.body.map(({ id }) => id));
    problems.push(...written.filter((id) => !read.has(id ?? "")).map((id) => `${file}: ${id}`));
    problems.push(...bundle.addResource(resource).map((error) => `${file}: ${error.message}`));
  }
  return { bundle, keys, problems };
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return sources(path);
    return /\.tsx?$/.test(entry.name) && !/\.test\./.test(entry.name) ? [path] : [];
  });
}

const components = sources("src").filter((path) => !path.startsWith("src/editor/"));

describe("texts", () => {
  test.each(languages)(
    "every message of %s is well formed, and none is written twice",
    (language) => {
      const { problems, keys } = bundleOf(language);
      expect(problems).toEqual([]);
      expect(new Set(keys).size).toBe(keys.length);
    },
  );

  test("French and English have the same keys, with the same values in them", () => {
    const [french, english] = languages.map(bundleOf);
    expect(english?.keys.toSorted()).toEqual(french?.keys.toSorted());
    const values = (language: string) => {
      const all = readdirSync(join(root, "locales", language)).sort();
      return all.map((file) => {
        const text = readFileSync(join(root, "locales", language, file), "utf8");
        const blocks = text.split(/^(?=[a-z][\w-]* =)/m).slice(1);
        return blocks.map((block) => {
          const used = [...block.matchAll(/\$(\w+)/g)].map(([, name]) => name);
          return `${block.split(" =")[0]} ${[...new Set(used)].sort().join(" ")}`;
        });
      });
    };
    const french2 = values("fr").flat().toSorted();
    const english2 = values("en").flat().toSorted();
    // «{ $count } non lu(s)» and «{ $count } unread» use the same values, whatever the plural.
    expect(english2).toEqual(french2);
  });

  test("every key that a component uses exists, and every key is used", () => {
    const { keys } = bundleOf("fr");
    const known = new Set(keys);
    const used = new Set<string>();
    const starts: string[] = [];
    for (const path of components) {
      const text = readFileSync(join(root, path), "utf8");
      for (const [, key = ""] of text.matchAll(/["`]([a-z]+(?:-[a-z]+)*)["`]/g)) {
        if (known.has(key)) used.add(key);
      }
      for (const [, key = ""] of text.matchAll(/\bt\(\s*"([^"]+)"/g)) used.add(key);
      for (const [, start = ""] of text.matchAll(/`([a-z-]+-)\$\{/g)) starts.push(start);
      for (const [, end = ""] of text.matchAll(/`\$\{[^}]+\}(-[a-z-]+)`/g)) {
        for (const key of keys) if (key.endsWith(end)) used.add(key);
      }
    }
    expect([...used].filter((key) => !known.has(key))).toEqual([]);
    const unused = keys.filter(
      (key) => !used.has(key) && !starts.some((start) => key.startsWith(start)),
    );
    expect(unused).toEqual([]);
  });
});

/** Attributes that a person reads or hears. */
const spoken = new Set(["aria-label", "title", "placeholder", "label", "alt", "help", "text"]);
/** The product's name is not translated. */
const names = new Set(["Bocage"]);
/** A sentence or a word: at least one letter that is not part of an entity or of a unit. */
const isText = (text: string) => /\p{L}{2}/u.test(text) && !names.has(text.trim());

function literals(path: string, text: string): string[] {
  const { program, errors } = parseSync(path, text);
  expect(errors).toEqual([]);
  const found: string[] = [];
  const visit = (node: unknown): void => {
    if (node === null || typeof node !== "object") return;
    if (Array.isArray(node)) {
      node.forEach(visit);
      return;
    }
    const { type, value, name } = node as {
      type?: string;
      value?: unknown;
      name?: { name?: string };
    };
    if (type === "JSXText" && typeof value === "string" && isText(value)) found.push(value.trim());
    if (type === "JSXAttribute" && spoken.has(String(name?.name))) {
      const given = value as { type?: string; value?: unknown } | null;
      if (given?.type === "Literal" && isText(String(given.value))) found.push(String(given.value));
    }
    Object.values(node).forEach(visit);
  };
  visit(program);
  return found;
}

describe("components", () => {
  test("the finder of literal sentences finds one", () => {
    const sample = 'const part = <p title="Bonjour" lang="fr">Un mot{" "}{t("key")} · Bocage</p>;';
    expect(literals("sample.tsx", sample)).toEqual(["Bonjour", "Un mot", "· Bocage"]);
  });

  test.each(components.filter((path) => path.endsWith(".tsx")))(
    "%s writes no sentence by itself",
    (path) => {
      expect(literals(path, readFileSync(join(root, path), "utf8"))).toEqual([]);
    },
  );
});

test("a language asked for twice at once arrives whole for both", async () => {
  const { bundleNow, loadAllTexts, loadBundle } = await import("../src/text/bundles.ts");
  await loadAllTexts("fr");
  // As the profile does: once when chosen, again when the site has answered.
  const [first, second] = [loadBundle("en"), loadBundle("en")];
  expect(bundleNow("en")).toBeUndefined();
  for (const bundle of await Promise.all([first, second])) {
    expect(bundle.hasMessage("profile-title")).toBe(true);
  }
});
