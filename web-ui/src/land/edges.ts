/**
 * The slanted edges that fields of a list share. Edge k has the same two offsets on every screen,
 * so a list keeps its shape when rows are added at its end.
 */
import type { CSSProperties } from "react";

/** Offsets in px of edge k at its left and at its right, cyclic. */
export const edges: readonly (readonly [number, number])[] = [
  [3, -3],
  [-4, 4],
  [2, -4],
  [-3, 2],
  [4, -2],
  [-2, 4],
  [3, -4],
  [-4, 2],
  [2, -2],
  [-3, 4],
  [4, -3],
  [-2, 2],
];

const straight = [0, 0] as const;

export const edge = (index: number) => edges[index % edges.length] ?? straight;

/**
 * The four offsets of row `index`, as the variables that Land.module.css reads. `--tile` moves the
 * hedge's mask along, so that two hedges in view are not the same drawing.
 */
export function rowShape(index: number): CSSProperties {
  const [a, b] = edge(index);
  const [c, d] = edge(index + 1);
  return {
    "--a": `${a}px`,
    "--b": `${b}px`,
    "--c": `${c}px`,
    "--d": `${d}px`,
    "--tile": `${-53 * (index % 4)}px`,
  } as CSSProperties;
}
