/**
 * Cutting a rectangle into neighbouring fields: pure geometry, used by the plan of sites and by
 * the sign-in picture. Points are px; polygons are convex and go round once.
 */
export type Point = readonly [number, number];
export type Polygon = readonly Point[];
export type Segment = readonly [Point, Point];

export function area(polygon: Polygon): number {
  let sum = 0;
  for (let index = 0; index < polygon.length; index++) {
    const [x, y] = polygon[index] ?? [0, 0];
    const [u, v] = polygon[(index + 1) % polygon.length] ?? [0, 0];
    sum += x * v - u * y;
  }
  return Math.abs(sum) / 2;
}

export function centre(polygon: Polygon): Point {
  const count = polygon.length || 1;
  const x = polygon.reduce((sum, [each]) => sum + each, 0) / count;
  const y = polygon.reduce((sum, [, each]) => sum + each, 0) / count;
  return [x, y];
}

export function bounds(polygon: Polygon) {
  const xs = polygon.map(([x]) => x);
  const ys = polygon.map(([, y]) => y);
  const left = Math.min(...xs);
  const top = Math.min(...ys);
  return { left, top, width: Math.max(...xs) - left, height: Math.max(...ys) - top };
}

export function contains(polygon: Polygon, [x, y]: Point): boolean {
  let inside = false;
  for (let index = 0, last = polygon.length - 1; index < polygon.length; last = index++) {
    const [ax, ay] = polygon[index] ?? [0, 0];
    const [bx, by] = polygon[last] ?? [0, 0];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

/** Cuts along the line through `at` in the direction of `angle` (radians). */
export function cut(
  polygon: Polygon,
  at: Point,
  angle: number,
): [Polygon, Polygon, Segment] | null {
  const [nx, ny] = [-Math.sin(angle), Math.cos(angle)];
  const side = ([x, y]: Point) => (x - at[0]) * nx + (y - at[1]) * ny;
  const one: Point[] = [];
  const other: Point[] = [];
  const ends: Point[] = [];
  polygon.forEach((point, index) => {
    const next = polygon[(index + 1) % polygon.length] ?? point;
    const here = side(point);
    const there = side(next);
    (here >= 0 ? one : other).push(point);
    if (here >= 0 === there >= 0) return;
    const share = here / (here - there);
    const crossing: Point = [
      point[0] + (next[0] - point[0]) * share,
      point[1] + (next[1] - point[1]) * share,
    ];
    one.push(crossing);
    other.push(crossing);
    ends.push(crossing);
  });
  const [from, to] = ends;
  return from && to ? [one, other, [from, to]] : null;
}

export type Land<Owner> = { parts: { owner: Owner; polygon: Polygon }[]; cuts: Segment[] };

/** A name with its state under it is wider than high: a part should be too. */
const nameShape = 1.6;

/**
 * One part for each owner: cut in two across the longer side, each half of the owners on its side
 * with its share of the land, and again. `slant(n)` gives the few degrees of the n-th cut.
 */
export function share<Owner>(
  polygon: Polygon,
  owners: readonly Owner[],
  slant: (cutNumber: number) => number,
): Land<Owner> {
  const land: Land<Owner> = { parts: [], cuts: [] };
  const divide = (part: Polygon, group: readonly Owner[]): void => {
    const [first] = group;
    if (first === undefined) return;
    if (group.length === 1) {
      land.parts.push({ owner: first, polygon: part });
      return;
    }
    const half = Math.floor(group.length / 2);
    const fraction = half / group.length;
    const { left, top, width, height } = bounds(part);
    const across = width >= height * nameShape;
    const at: Point = across
      ? [left + width * fraction, top + height / 2]
      : [left + width / 2, top + height * fraction];
    const angle = (across ? Math.PI / 2 : 0) + slant(land.cuts.length);
    const result = cut(part, at, angle);
    if (!result) {
      land.parts.push({ owner: first, polygon: part });
      return;
    }
    const [one, other, line] = result;
    land.cuts.push(line);
    const axis = across ? 0 : 1;
    const oneIsFirst = centre(one)[axis] < centre(other)[axis];
    divide(oneIsFirst ? one : other, group.slice(0, half));
    divide(oneIsFirst ? other : one, group.slice(half));
  };
  divide(polygon, owners);
  return land;
}

export const pathOf = (polygon: Polygon): string =>
  `M${polygon.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}z`;

export const between = ([from, to]: Segment, fraction: number): Point => [
  from[0] + (to[0] - from[0]) * fraction,
  from[1] + (to[1] - from[1]) * fraction,
];

export const lengthOf = ([from, to]: Segment): number =>
  Math.hypot(to[0] - from[0], to[1] - from[1]);
