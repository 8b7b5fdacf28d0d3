// @ts-check
/**
 * The drawing rule of a hedge, seen from above: a row of tree crowns of uneven size on a thin bar.
 *
 * Pure geometry from a fixed seed, in plain JavaScript so that the build script (which writes the
 * two mask tiles) and the interface (which draws plans of sites) share one rule. No DOM, no colour.
 */

/**
 * Mulberry32: a small seeded generator. Drawings must be the same on every screen and in every
 * build, so `Math.random` has no place here.
 * @param {number} seed
 * @returns {() => number} numbers in [0, 1)
 */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Crowns along a straight line of `length` px: `along` the line, `across` from its middle, radius.
 * A full hedge has a crown every 1.7 to 3.9 px; a sparse one (news is late) only far-apart trees.
 * @param {number} length
 * @param {number} seed
 * @param {{ sparse?: boolean, scale?: number }} [options]
 * @returns {{ along: number, across: number, radius: number }[]}
 */
export function crowns(length, seed, options = {}) {
  const random = seededRandom(seed);
  const scale = options.scale ?? 1;
  const list = [];
  for (let along = 0; along < length; ) {
    const radius = 1.5 + 2.6 * random() * random();
    const across = (random() * 2 - 1) * 1.1;
    list.push({ along, across: across * scale, radius: radius * scale });
    along += (options.sparse ? 14 + 12 * random() : 1.7 + 2.2 * random()) * scale;
  }
  return list;
}

/** @param {number} value */
export const short = (value) => String(Math.round(value * 10) / 10);

/**
 * One circle as path data, so that a whole hedge is a single element.
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 */
export function circlePath(x, y, radius) {
  const r = short(radius);
  const d = short(radius * 2);
  return `M${short(x - radius)} ${short(y)}a${r} ${r} 0 1 0 ${d} 0a${r} ${r} 0 1 0-${d} 0`;
}

/**
 * A hedge between two points as path data, bar included unless it is sparse.
 * @param {[number, number]} from
 * @param {[number, number]} to
 * @param {number} seed
 * @param {{ sparse?: boolean, scale?: number }} [options]
 */
export function hedgePath(from, to, seed, options = {}) {
  const [x0, y0] = from;
  const length = Math.hypot(to[0] - x0, to[1] - y0);
  if (length === 0) return "";
  const ux = (to[0] - x0) / length;
  const uy = (to[1] - y0) / length;
  let path = crowns(length, seed, options)
    .map(({ along, across, radius }) =>
      circlePath(x0 + ux * along - uy * across, y0 + uy * along + ux * across, radius),
    )
    .join("");
  if (!options.sparse) {
    const half = options.scale ?? 1;
    const px = -uy * half;
    const py = ux * half;
    path += `M${short(x0 + px)} ${short(y0 + py)}L${short(to[0] + px)} ${short(to[1] + py)}L${short(
      to[0] - px,
    )} ${short(to[1] - py)}L${short(x0 - px)} ${short(y0 - py)}z`;
  }
  return path;
}

/** The mask tile: its period, and how many px the crowns may stand away from the bar. */
export const tile = { length: 236, width: 10, seed: 1789 };

/**
 * The hedge tile as an SVG file; crowns near an end are repeated beyond the other one, so that
 * tiles join without a seam. `upright` gives the transpose.
 * @param {boolean} upright
 */
export function hedgeTile(upright) {
  const middle = tile.width / 2;
  let path = "";
  for (const { along, across, radius } of crowns(tile.length, tile.seed)) {
    for (const place of [along - tile.length, along, along + tile.length]) {
      if (place + radius < 0 || place - radius > tile.length) continue;
      path += upright
        ? circlePath(middle + across, place, radius)
        : circlePath(place, middle + across, radius);
    }
  }
  const [w, h] = upright ? [tile.width, tile.length] : [tile.length, tile.width];
  // Wound like the circles: the other way round would cut the bar out of the crowns.
  path += upright
    ? `M${middle - 1} 0v${tile.length}h2v-${tile.length}z`
    : `M0 ${middle - 1}v2h${tile.length}v-2z`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}"><path d="${path}"/></svg>\n`;
}

/** The sandbox furrow: waves in a 24 x 10 tile. */
export const waveTile = () => furrowTile(24, 10, "M0 5q6-6 12 0t12 0");

/** The team furrow: staggered dashes, 6 px long, in a 16 x 12 tile. */
export const dashTile = () => furrowTile(16, 12, "M1 3h6M9 9h6");

/**
 * @param {number} width
 * @param {number} height
 * @param {string} path
 */
const furrowTile = (width, height, path) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
  `<path d="${path}" fill="none" stroke="#000" stroke-width="1.3"/></svg>\n`;
