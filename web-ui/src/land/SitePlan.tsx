/**
 * The plan of sites: neighbours in one rectangle. A full hedge where two sites have each other's
 * news, far-apart trees where news is late; every hedge has an opening. Decoration only: the table
 * beside it says the same in words.
 */
import { useEffect, useMemo, useRef, useState } from "react";
import { hedgePath, seededRandom } from "./crowns.js";
import {
  between,
  centre,
  contains,
  lengthOf,
  type Point,
  pathOf,
  type Segment,
  share,
} from "./cuts.ts";
import styles from "./SitePlan.module.css";

export type PlanSite = {
  id: string;
  name: string;
  word: string;
  state: "here" | "current" | "late";
};

const margin = 10;
const opening = 18;

export function SitePlan({ sites }: { sites: readonly PlanSite[] }) {
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(660);
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const watch = new ResizeObserver(() => setWidth(Math.max(240, element.clientWidth)));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  // Drawn in real pixels, so that words keep their size; a narrow plan is a taller one.
  const height = Math.max(220, Math.ceil((sites.length * 31_000) / width));
  const drawing = useMemo(() => draw(sites, width, Math.min(height, 640)), [sites, width, height]);
  return (
    <div ref={frame} className={styles.plan} aria-hidden="true" data-colour="haie">
      <svg
        aria-hidden="true"
        width={width}
        height={drawing.height}
        viewBox={`0 0 ${width} ${drawing.height}`}
      >
        {drawing.parts.map(({ owner, path }) => (
          <path key={owner.id} d={path} className={styles.part} data-state={owner.state} />
        ))}
        <path d={drawing.hedges} className={styles.hedge} />
      </svg>
      {drawing.parts.map(({ owner, at, room }) => (
        <p
          key={owner.id}
          className={styles.label}
          data-state={owner.state}
          style={{ left: at[0], top: at[1], maxWidth: room }}
        >
          <strong>{owner.name}</strong>
          <span>{owner.word}</span>
        </p>
      ))}
    </div>
  );
}

function draw(sites: readonly PlanSite[], width: number, height: number) {
  const [left, top, right, bottom] = [margin, margin, width - margin, height - margin];
  const corners: Point[] = [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ];
  const random = seededRandom(1901);
  const land = share(corners, sites, () => (random() - 0.5) * 0.12);
  const isLate = (point: Point) =>
    land.parts.some(({ owner, polygon }) => owner.state === "late" && contains(polygon, point));

  let hedges = "";
  const border: Segment[] = corners.map((from, index) => [from, corners[(index + 1) % 4] ?? from]);
  border.forEach((line, index) => {
    hedges += withOpening(line, 0.6, (piece) => hedgePath(...ends(piece), 40 + index));
  });
  land.cuts.forEach((line, index) => {
    hedges += withOpening(line, 0.62, (piece) =>
      runs(piece, isLate)
        .map(([run, sparse]) => hedgePath(...ends(run), 7 + index, { sparse }))
        .join(""),
    );
  });
  const parts = land.parts.map(({ owner, polygon }) => {
    const xs = polygon.map(([x]) => x);
    const room = Math.max(...xs) - Math.min(...xs) - 24;
    return { owner, path: pathOf(polygon), at: centre(polygon), room };
  });
  return { parts, hedges, height };
}

const ends = ([from, to]: Segment): [[number, number], [number, number]] => [
  [from[0], from[1]],
  [to[0], to[1]],
];

/** Every hedge has an opening. */
function withOpening(line: Segment, where: number, drawPiece: (piece: Segment) => string): string {
  const length = lengthOf(line);
  if (length < opening * 4) return drawPiece(line);
  const half = opening / 2 / length;
  return (
    drawPiece([line[0], between(line, where - half)]) +
    drawPiece([between(line, where + half), line[1]])
  );
}

/** Pieces of a cut beside a late site, and pieces that are not. */
function runs(line: Segment, isLate: (point: Point) => boolean): [Segment, boolean][] {
  const steps = Math.max(2, Math.round(lengthOf(line) / 6));
  const length = lengthOf(line) || 1;
  const across: Point = [(line[1][1] - line[0][1]) / length, (line[0][0] - line[1][0]) / length];
  const lateAt = (fraction: number) => {
    const [x, y] = between(line, fraction);
    const [dx, dy] = [across[0] * 4, across[1] * 4];
    return isLate([x + dx, y + dy]) || isLate([x - dx, y - dy]);
  };
  const found: [Segment, boolean][] = [];
  let from = 0;
  let late = lateAt(0.5 / steps);
  for (let step = 1; step <= steps; step++) {
    const next = step < steps ? lateAt((step + 0.5) / steps) : !late;
    if (next === late) continue;
    found.push([[between(line, from), between(line, step / steps)], late]);
    from = step / steps;
    late = next;
  }
  return found;
}
