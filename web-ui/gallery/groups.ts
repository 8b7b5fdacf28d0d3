/** Groups of people, as the gallery's site tells of them. */
import type { GroupList, SpaceGroup } from "../src/api/types.ts";
import { at, claire, hex, karim, marie, solene, sylvie } from "./fixtures.ts";

const kitchens = hex("group kitchens", 32);
const roads = hex("group roads", 32);

export const groupList: GroupList = {
  rows: [
    {
      id: kitchens,
      name: "Cuisines du Nord",
      territory: "Pays de Châteaubriant",
      people: [solene, sylvie],
      mayChange: true,
    },
    { id: roads, name: "Équipe routes", territory: null, people: [karim, marie], mayChange: false },
  ],
  places: [
    { id: null, name: null },
    { id: hex("territory", 32), name: "Pays de Châteaubriant" },
  ],
};

export const spaceGroups: SpaceGroup[] = [
  {
    group: kitchens,
    name: "Cuisines du Nord",
    role: "contributor",
    people: 2,
    ended: false,
    by: claire,
    sinceMs: at(9, 0, 20),
  },
];
