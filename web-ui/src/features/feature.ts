/**
 * What a feature tells the shell about itself: its screens, and its tab in a space. A feature
 * never imports a sibling; what two of them need lives in parts, land, shell or api.
 */
import type { ComponentType } from "react";
import type { Section, SpaceDetail } from "../api/types.ts";

/** A screen's module exports it as default; it is a chunk of its own. */
export type ScreenModule = { default: ComponentType };

export type ScreenRoute = {
  path: string;
  load: () => Promise<ScreenModule>;
  /** Its texts are part of the entry: shown without waiting for those of other screens. */
  first?: boolean;
};

export type Feature = {
  name: string;
  /** Screens with an address of their own. */
  screens?: readonly ScreenRoute[];
  /** A tab of every space: shown when its section is on, or always when it has none. */
  tab?: {
    path: string;
    text: string;
    section?: Section;
    /** Managers only. */
    managers?: boolean;
    /** Whether it is for this person, when neither section nor role says so. */
    shown?: (detail: SpaceDetail) => boolean;
    /** What waits behind it, as a number beside the word. */
    count?: (detail: SpaceDetail) => number;
    load: () => Promise<ScreenModule>;
  };
};
