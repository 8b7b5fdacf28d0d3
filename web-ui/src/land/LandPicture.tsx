/**
 * The picture of sign-in: a bocage from above. The only place where furrows and hedges are mere
 * decoration. Computed once from a fixed seed, in a chunk that only sign-in loads.
 */
import { useMemo } from "react";
import type { Colour } from "../api/types.ts";
import { hedgePath, seededRandom } from "./crowns.js";
import {
  area,
  between,
  bounds,
  cut,
  lengthOf,
  type Point,
  type Polygon,
  pathOf,
  type Segment,
} from "./cuts.ts";
import styles from "./LandPicture.module.css";

const width = 580;
const height = 860;
const smallestField = 26_000;
const palette: readonly Colour[] = [
  "haie",
  "haie",
  "haie",
  "haie",
  "haie",
  "ajonc",
  "ajonc",
  "ajonc",
  "sarrasin",
  "sarrasin",
  "brique",
  "loire",
  "ardoise",
];
const furrows = ["lines", "dashes", "dots"] as const;

type FieldDrawing = { path: string; colour: Colour; furrow: string; angle: number };

function drawLand(): { fields: FieldDrawing[]; hedges: string } {
  const random = seededRandom(31);
  const fields: FieldDrawing[] = [];
  const lines: Segment[] = [];
  const divide = (part: Polygon): void => {
    const size = area(part);
    if (size < smallestField * (0.7 + random() * 0.9)) {
      fields.push({
        path: pathOf(part),
        colour: palette[Math.floor(random() * palette.length)] ?? "haie",
        furrow: furrows[Math.floor(random() * furrows.length)] ?? "dots",
        angle: Math.round(random() * 120 - 60),
      });
      return;
    }
    const box = bounds(part);
    const across = box.width * (0.8 + random() * 0.4) >= box.height;
    const at: Point = [
      box.left + box.width * (0.38 + random() * 0.24),
      box.top + box.height * (0.38 + random() * 0.24),
    ];
    const result = cut(part, at, (across ? Math.PI / 2 : 0) + (random() - 0.5) * 0.8);
    if (!result) return;
    lines.push(result[2]);
    divide(result[0]);
    divide(result[1]);
  };
  divide([
    [-20, -20],
    [width, -20],
    [width, height + 20],
    [-20, height + 20],
  ]);
  lines.push([
    [width - 2, -20],
    [width - 2, height + 20],
  ]);
  const hedges = lines.map((line, index) => openHedge(line, index, random())).join("");
  return { fields, hedges };
}

function openHedge(line: Segment, index: number, where: number): string {
  const half = 9 / lengthOf(line);
  const middle = 0.25 + where * 0.5;
  const draw = (from: Point, to: Point) =>
    hedgePath([from[0], from[1]], [to[0], to[1]], 300 + index, { scale: 1.15 });
  return draw(line[0], between(line, middle - half)) + draw(between(line, middle + half), line[1]);
}

export function LandPicture() {
  const { fields, hedges } = useMemo(drawLand, []);
  return (
    <svg
      aria-hidden="true"
      className={styles.picture}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="xMaxYMid slice"
    >
      <defs>
        {fields.map(({ furrow, angle }, index) => (
          <pattern
            // biome-ignore lint/suspicious/noArrayIndexKey: a fixed drawing
            key={index}
            id={`furrow-${index}`}
            width={furrow === "lines" ? 40 : 12}
            height={furrow === "lines" ? 10 : 12}
            patternUnits="userSpaceOnUse"
            patternTransform={`rotate(${angle})`}
          >
            <path d={furrowPath(furrow)} fill="light-dark(#1b2126, #eceff1)" />
          </pattern>
        ))}
      </defs>
      {fields.map(({ path, colour }, index) => (
        <g key={path} data-colour={colour}>
          <path d={path} className={styles.field} />
          <path d={path} fill={`url(#furrow-${index})`} className={styles.over} />
        </g>
      ))}
      <path d={hedges} className={styles.hedge} />
    </svg>
  );
}

function furrowPath(furrow: string): string {
  if (furrow === "lines") return "M0 4.4h40v1.2h-40z";
  if (furrow === "dashes") return "M1 2.5h6v1.2h-6zM7 8.5h5v1.2h-5z";
  return "M4.2 6a1.8 1.8 0 1 0 3.6 0a1.8 1.8 0 1 0-3.6 0";
}
