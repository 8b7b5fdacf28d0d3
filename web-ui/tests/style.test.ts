// @vitest-environment node
/** The drawn material: tiles are what the rule draws, and every pair of colours can be read. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { dashTile, hedgeTile, waveTile } from "../src/land/crowns.js";
import { area, share } from "../src/land/cuts.ts";
import { edges } from "../src/land/edges.ts";

const read = (path: string) => readFileSync(join(import.meta.dirname, "../src", path), "utf8");

describe("tiles", () => {
  test.each([
    ["hedge.svg", hedgeTile(false)],
    ["hedge-upright.svg", hedgeTile(true)],
    ["waves.svg", waveTile()],
    ["dashes.svg", dashTile()],
  ])("%s is what the rule draws (else: npm run tiles), and small", (file, drawn) => {
    expect(read(`land/tiles/${file}`)).toBe(drawn);
    expect(drawn.length).toBeLessThan(4_500);
  });
});

describe("plan of sites", () => {
  test.each([1, 2, 3, 7, 20])("%i sites share the whole rectangle", (count) => {
    const corners = [
      [0, 0],
      [660, 0],
      [660, 320],
      [0, 320],
    ] as const;
    const owners = Array.from({ length: count }, (_, index) => index);
    const { parts, cuts } = share(corners, owners, (cut) => (cut % 2 ? 0.05 : -0.05));
    expect(parts.map(({ owner }) => owner).toSorted((a, b) => a - b)).toEqual(owners);
    expect(cuts).toHaveLength(count - 1);
    const total = parts.reduce((sum, { polygon }) => sum + area(polygon), 0);
    expect(total).toBeCloseTo(660 * 320, 3);
    // Nobody gets a corner too small for a name.
    for (const { polygon } of parts)
      expect(area(polygon)).toBeGreaterThan((660 * 320) / count / 2.5);
  });

  test("twelve edges, each a few px off", () => {
    expect(edges).toHaveLength(12);
    for (const [left, right] of edges) expect(Math.abs(left - right)).toBeLessThanOrEqual(8);
  });
});

type Theme = 0 | 1;
const css = read("style/tokens.css");

function colour(name: string, theme: Theme): string {
  const found = new RegExp(`--${name}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(css);
  const value = found?.[theme + 1];
  if (!value) throw new Error(`--${name} is not in tokens.css`);
  return value;
}

function luminance(hex: string): number {
  const channel = (at: number) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

const spaces = ["haie", "ajonc", "brique", "pommier", "bruyere", "loire", "ardoise", "sarrasin"];
const pairs: [text: string, ground: string, least: number][] = [
  ...["page", "ground", "selected"].flatMap((ground): [string, string, number][] => [
    ["ink", ground, 7],
    ["muted", ground, 4.5],
    ["primary", ground, 4.5],
  ]),
  ...["danger", "success", "warning", "info"].map((state): [string, string, number] => [
    state,
    "page",
    4.5,
  ]),
  ["info", "info-ground", 4.5],
  ["warning", "ground", 4.5],
  ["on-primary", "primary", 4.5],
  ["on-primary", "primary-hover", 4.5],
  ["control-border", "page", 3],
  ["hedge", "page", 3],
  ...spaces.flatMap((name): [string, string, number][] => [
    [`${name}-strong`, `${name}-field`, 4.5],
    [`${name}-strong`, "page", 4.5],
    ["ink", `${name}-field`, 7],
  ]),
];

describe.each([
  ["light", 0],
  ["dark", 1],
] as const)("colours, %s", (_, theme) => {
  test.each(pairs)("%s on %s", (text, ground, least) => {
    expect(contrast(colour(text, theme), colour(ground, theme))).toBeGreaterThanOrEqual(least);
  });
});
