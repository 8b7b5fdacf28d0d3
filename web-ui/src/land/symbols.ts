/**
 * The symbols a space can choose. A closed list: the name travels between sites, the drawing stays
 * here, and an unknown name (a newer site) falls back on the house.
 */
import {
  BookOpen,
  Bus,
  Compass,
  CookingPot,
  GraduationCap,
  Hammer,
  Heart,
  House,
  Landmark,
  type LucideIcon,
  School,
  Shovel,
  Signpost,
  Snowflake,
  TrafficCone,
  TreePine,
  Truck,
  Users,
  Wheat,
} from "lucide-react";

export const symbols = {
  house: House,
  school: School,
  cone: TrafficCone,
  wheat: Wheat,
  snow: Snowflake,
  pot: CookingPot,
  sign: Signpost,
  shovel: Shovel,
  compass: Compass,
  book: BookOpen,
  heart: Heart,
  tree: TreePine,
  truck: Truck,
  bus: Bus,
  town: Landmark,
  people: Users,
  study: GraduationCap,
  tools: Hammer,
} as const satisfies Record<string, LucideIcon>;

export type SymbolName = keyof typeof symbols;

export const symbolNames = Object.keys(symbols) as SymbolName[];

export const symbolIcon = (name: string): LucideIcon =>
  name in symbols ? symbols[name as SymbolName] : House;
